"""`bot.classifying.network` in Keras, for training: the same layers, with what is left out at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from bot.classifying.network import DILATIONS, SentenceNetwork
from bot.tagging.features import MOST_FEATURES, ROWS, Seen
from bot.tagging.keras_network import batches_of, dense, gelu, kept
from bot.tagging.network import WIDTH, in_eight_bits

HIDDEN, OF_FEATURES, OF_VECTORS, LOOKS = 160, 96, 96, 4
_LEARNING_RATE, _LAST_RATE = 2e-3, 0.02
_DROPOUT, _FEATURES_LEFT_OUT, _TOKENS_LEFT_OUT, _VECTORS_LEFT_OUT = 0.2, 0.2, 0.05, 0.1
# What the labels of a batch give to the other intents: some sentences could be two.
_SMOOTHING = 0.05
_FAR = 1e4
Batch = tuple[NDArray[Any], ...]


@dataclass(frozen=True)
class Heard:
    """A sentence as it is seen, and its intent."""

    seen: Seen
    intent: str


class KerasSentenceNetwork(tf.keras.Model):
    """Feature rows [batch, tokens, MOST_FEATURES] (0: none), vectors and a mask in; scores of the intents out."""

    def __init__(self, intents: int) -> None:
        super().__init__()
        layers, uniform = tf.keras.layers, tf.keras.initializers.RandomUniform(-0.1, 0.1)
        self.table = layers.Embedding(ROWS + 1, OF_FEATURES, embeddings_initializer=uniform)
        self.vectors = layers.Dense(OF_VECTORS)
        self.drop = layers.Dropout(_DROPOUT)
        self.first = layers.Dense(HIDDEN, activation=gelu)
        self.norms = [layers.LayerNormalization(epsilon=1e-3) for _ in DILATIONS]
        self.convolutions = [
            layers.Conv1D(HIDDEN, WIDTH, padding="same", activation=gelu, dilation_rate=dilation)
            for dilation in DILATIONS
        ]
        self.looks = layers.Dense(LOOKS)
        # Without it nothing is learnt: the sums of many features are too large for the head.
        self.pooled = layers.LayerNormalization(epsilon=1e-3)
        self.head = layers.Dense(HIDDEN, activation=gelu)
        self.intents = layers.Dense(intents)

    def call(self, rows: Any, vectors: Any, mask: Any, training: bool = False) -> Any:
        """Scores of the intents [batch, intents]."""
        there = tf.cast(rows > 0, tf.float32)
        if training:
            there *= kept(tf.shape(there), _FEATURES_LEFT_OUT) / (1 - _FEATURES_LEFT_OUT)
            there *= kept(tf.shape(there)[:2], _TOKENS_LEFT_OUT)[..., None]
            vectors *= kept(tf.shape(vectors)[:2], _VECTORS_LEFT_OUT)[..., None]
        named = tf.reduce_sum(self.table(rows) * there[..., None], 2)
        hidden = tf.concat([named, self.vectors(vectors)], -1)
        hidden = self.first(self.drop(hidden, training=training)) * mask[..., None]
        for at, norm in enumerate(self.norms):
            normed = self.drop(norm(hidden), training=training) * mask[..., None]
            hidden = (hidden + self.convolutions[at](normed)) * mask[..., None]
        beyond = (mask[..., None] - 1) * _FAR
        looks = tf.nn.softmax(self.looks(hidden) + beyond, axis=1)
        seen = tf.reshape(tf.einsum("btk,bth->bkh", looks, hidden), (-1, LOOKS * HIDDEN))
        pooled = self.pooled(tf.concat([seen, tf.reduce_max(hidden + beyond, 1)], -1))
        return self.intents(self.drop(self.head(self.drop(pooled, training=training)), training=training))


def fit(
    rounds: Sequence[Sequence[Heard]], intents: Sequence[str], seed: int, tell: Callable[[str], None]
) -> SentenceNetwork:
    """Train through the rounds, with Adam and a rate that falls as a cosine."""
    tf.keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    planned = [batches_of([len(one.seen.rows) for one in heard], random) for heard in rounds]
    rate = tf.keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, sum(map(len, planned)), alpha=_LAST_RATE)
    network = KerasSentenceNetwork(len(intents))
    learn = _learner(network, tf.keras.optimizers.legacy.Adam(rate, clipnorm=1.0))
    at_of = {name: at for at, name in enumerate(intents)}
    for number, (heard, batches) in enumerate(zip(rounds, planned, strict=True), 1):
        losses = [float(learn(*arrays_of([heard[at] for at in batch], at_of))) for batch in batches]
        tell(f"round {number} of {len(rounds)}: loss {np.mean(losses):.4f}")
    return exported(network, intents)


def arrays_of(heard: Sequence[Heard], at_of: dict[str, int]) -> Batch:
    """Rows, vectors, mask and intents of one batch."""
    size, longest = len(heard), max(len(one.seen.rows) for one in heard)
    rows = np.zeros((size, longest, MOST_FEATURES), np.int32)
    vectors = np.zeros((size, longest, heard[0].seen.vectors.shape[1]), np.float32)
    mask = np.zeros((size, longest), np.float32)
    for at, one in enumerate(heard):
        for token, found in enumerate(one.seen.rows):
            rows[at, token, : len(found)] = np.array(found) + 1
        length = len(one.seen.rows)
        vectors[at, :length], mask[at, :length] = one.seen.vectors, 1
    return rows, vectors, mask, np.array([at_of[one.intent] for one in heard], np.int32)


def _learner(network: KerasSentenceNetwork, optimizer: Any) -> Callable[..., Any]:
    @tf.function(reduce_retracing=True, autograph=False)
    def learn(rows: Any, vectors: Any, mask: Any, intents: Any) -> Any:
        with tf.GradientTape() as tape:
            scores = network(rows, vectors, mask, training=True)
            wanted = tf.one_hot(intents, scores.shape[1]) * (1 - _SMOOTHING) + _SMOOTHING / scores.shape[1]
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, scores))
        variables = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    found: Callable[..., Any] = learn
    return found


def exported(network: KerasSentenceNetwork, intents: Sequence[str]) -> SentenceNetwork:
    """The trained weights for numpy."""
    table, scale = in_eight_bits(network.table.get_weights()[0][1:])
    weights: dict[str, NDArray[Any]] = {
        "table": table, "table_scale": scale,
        **dict(dense("vectors", network.vectors)), **dict(dense("first", network.first)),
        **dict(dense("looks", network.looks)), **dict(dense("head", network.head)), **dict(dense("intents", network.intents)),
    }  # fmt: skip
    weights["pooled_scale"], weights["pooled_shift"] = network.pooled.get_weights()
    for at, (norm, convolution) in enumerate(zip(network.norms, network.convolutions, strict=True)):
        weights[f"scale{at}"], weights[f"shift{at}"] = norm.get_weights()
        kernel, weights[f"conv_bias{at}"] = convolution.get_weights()
        weights[f"conv{at}"] = kernel.reshape(WIDTH * HIDDEN, HIDDEN)
    return SentenceNetwork(list(intents), weights)
