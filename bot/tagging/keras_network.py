"""`bot.tagging.network` in Keras, for training: the same layers, with what is left out at random."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from bot.tagging.features import MOST_FEATURES, ROWS
from bot.tagging.labels import LABELS, OF_REASONS, REASON_LABELS
from bot.tagging.network import DILATIONS, UNKNOWN_INTENT, WIDTH, Network, in_eight_bits

if TYPE_CHECKING:
    from bot.tagging.train import Example

HIDDEN, OF_FEATURES, OF_VECTORS, OF_INTENT = 160, 96, 96, 32
_BATCH = 64
_LEARNING_RATE, _LAST_RATE = 2e-3, 0.02
_DROPOUT, _FEATURES_LEFT_OUT, _VECTORS_LEFT_OUT, _INTENT_LEFT_OUT = 0.3, 0.15, 0.1, 0.2
# How much the lengths of a batch's sentences may differ, in tokens.
_SPREAD = 6
Batch = tuple[NDArray[Any], ...]


class KerasNetwork(tf.keras.Model):
    """Feature rows [batch, tokens, MOST_FEATURES] (0: none), vectors, intents and a mask in; two layers of scores out."""

    def __init__(self, intents: int) -> None:
        super().__init__()
        layers, uniform = tf.keras.layers, tf.keras.initializers.RandomUniform(-0.1, 0.1)
        self.table = layers.Embedding(ROWS + 1, OF_FEATURES, embeddings_initializer=uniform)
        self.intents = layers.Embedding(intents, OF_INTENT)
        self.vectors = layers.Dense(OF_VECTORS)
        self.drop = layers.Dropout(_DROPOUT)
        self.first = layers.Dense(HIDDEN, activation=gelu)
        self.norms = [layers.LayerNormalization(epsilon=1e-3) for _ in DILATIONS]
        self.convolutions = [
            layers.Conv1D(HIDDEN, WIDTH, padding="same", activation=gelu, dilation_rate=dilation)
            for dilation in DILATIONS
        ]
        self.labels, self.reasons = layers.Dense(len(LABELS)), layers.Dense(len(REASON_LABELS))

    def call(self, rows: Any, vectors: Any, intents: Any, mask: Any, training: bool = False) -> tuple[Any, Any]:
        """Scores of every token's labels."""
        there = tf.cast(rows > 0, tf.float32)
        if training:
            there *= kept(tf.shape(there), _FEATURES_LEFT_OUT) / (1 - _FEATURES_LEFT_OUT)
            vectors *= kept(tf.shape(vectors)[:2], _VECTORS_LEFT_OUT)[..., None]
        named = tf.reduce_sum(self.table(rows) * there[..., None], 2)
        of_intent = tf.repeat(self.intents(intents)[:, None], tf.shape(rows)[1], 1)
        hidden = tf.concat([named, self.vectors(vectors), of_intent], -1)
        hidden = self.first(self.drop(hidden, training=training)) * mask[..., None]
        for at, norm in enumerate(self.norms):
            # Beyond the end there is nothing, whatever the batch's longest sentence.
            normed = self.drop(norm(hidden), training=training) * mask[..., None]
            hidden = (hidden + self.convolutions[at](normed)) * mask[..., None]
        hidden = self.drop(hidden, training=training)
        return self.labels(hidden), self.reasons(hidden)


def gelu(values: Any) -> Any:
    """The activation of all layers."""
    return tf.nn.gelu(values, approximate=True)


def kept(shape: Any, share_left_out: float) -> Any:
    """Ones, and zeros at random."""
    return tf.cast(tf.random.uniform(shape) > share_left_out, tf.float32)


def fit(
    rounds: Sequence[Sequence[Example]], intents: Mapping[str, int], seed: int, tell: Callable[[str], None]
) -> Network:
    """Train one network through the rounds, with Adam and a rate that falls as a cosine."""
    tf.keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    planned = [batches_of([len(one.labels) for one in examples], random) for examples in rounds]
    rate = tf.keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, sum(map(len, planned)), alpha=_LAST_RATE)
    network = KerasNetwork(len(intents))
    learn = _learner(network, tf.keras.optimizers.legacy.Adam(rate, clipnorm=1.0))
    for number, (examples, batches) in enumerate(zip(rounds, planned, strict=True), 1):
        losses = [float(learn(*arrays_of([examples[at] for at in batch], intents, random))) for batch in batches]
        tell(f"network {seed + 1}, round {number} of {len(rounds)}: loss {np.mean(losses):.4f}")
    return exported(network, intents)


def batches_of(lengths: Sequence[int], random: np.random.Generator) -> list[NDArray[np.int64]]:
    """Places of the sentences of each batch, drawn anew; those of one batch are about as long."""
    order = np.argsort(np.array(lengths) + random.uniform(0, _SPREAD, len(lengths)))
    batches = [order[at : at + _BATCH] for at in range(0, len(order), _BATCH)]
    random.shuffle(batches)
    return batches


def arrays_of(examples: Sequence[Example], intents: Mapping[str, int], random: np.random.Generator) -> Batch:
    """Rows, vectors, intents, mask, labels, reasons and the mask of those whose reasons count, of one batch."""
    size, longest = len(examples), max(len(one.labels) for one in examples)
    rows = np.zeros((size, longest, MOST_FEATURES), np.int32)
    vectors = np.zeros((size, longest, examples[0].seen.vectors.shape[1]), np.float32)
    mask, reasons_count = np.zeros((size, longest), np.float32), np.zeros((size, longest), np.float32)
    labels, reasons = np.zeros((size, longest), np.int32), np.zeros((size, longest), np.int32)
    named = np.zeros(size, np.int32)
    for at, one in enumerate(examples):
        length = len(one.labels)
        named[at] = intents[UNKNOWN_INTENT if random.random() < _INTENT_LEFT_OUT else one.intent]
        for token, found in enumerate(one.seen.rows):
            rows[at, token, : len(found)] = np.array(found) + 1
        vectors[at, :length], mask[at, :length] = one.seen.vectors, 1
        labels[at, :length], reasons[at, :length] = one.labels, one.reasons
        reasons_count[at, :length] = one.intent in OF_REASONS
    return rows, vectors, named, mask, labels, reasons, reasons_count


def _learner(network: KerasNetwork, optimizer: Any) -> Callable[..., Any]:
    def cross_entropy(wanted: Any, scores: Any, mask: Any) -> Any:
        each = tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, scores)
        return tf.reduce_sum(each * mask) / (tf.reduce_sum(mask) + 1)

    @tf.function(reduce_retracing=True, autograph=False)
    def learn(rows: Any, vectors: Any, intents: Any, mask: Any, labels: Any, reasons: Any, count: Any) -> Any:
        with tf.GradientTape() as tape:
            found, why = network(rows, vectors, intents, mask, training=True)
            loss = cross_entropy(labels, found, mask) + cross_entropy(reasons, why, count)
        variables = network.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    found: Callable[..., Any] = learn
    return found


def exported(network: KerasNetwork, intents: Mapping[str, int]) -> Network:
    """The trained weights for numpy."""
    table, scale = in_eight_bits(network.table.get_weights()[0][1:])
    weights: dict[str, NDArray[Any]] = {
        "table": table, "table_scale": scale,
        "intents": network.intents.get_weights()[0],
        **dict(dense("vectors", network.vectors)), **dict(dense("first", network.first)),
        **dict(dense("labels", network.labels)), **dict(dense("reasons", network.reasons)),
    }  # fmt: skip
    for at, (norm, convolution) in enumerate(zip(network.norms, network.convolutions, strict=True)):
        weights[f"scale{at}"], weights[f"shift{at}"] = norm.get_weights()
        kernel, weights[f"conv_bias{at}"] = convolution.get_weights()
        weights[f"conv{at}"] = kernel.reshape(WIDTH * HIDDEN, HIDDEN)
    return Network(dict(intents), weights)


def dense(name: str, layer: Any) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """A layer's weights by name."""
    kernel, bias = layer.get_weights()
    yield name, kernel
    yield f"{name}_bias", bias
