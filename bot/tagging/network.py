"""The network that answers, in numpy: a table of features and word vectors into four convolutions over the tokens.

Each token begins as the sum of its features' rows, its projected vector and the intent's row. Convolutions of width three with
dilations 1, 2, 4, 1 (Strubell et al. 2017), each added to what went in, see eight tokens on either side. Two layers on top give
chances for all kinds, and for reasons.
`bot.tagging.train` fits it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.tagging.features import Seen
from bot.tagging.labels import LABELS, REASON_LABELS

Floats = NDArray[np.float32]

DILATIONS = (1, 2, 4, 1)
WIDTH = 3
UNKNOWN_INTENT = "?"
_GELU = 0.7978845608  # sqrt(2 / pi)
_TINY = 1e-3  # Keras's layer normalisation adds it to the variance


@dataclass(frozen=True)
class Chances:
    """Log probabilities of one message: [tokens, LABELS] and [tokens, REASON_LABELS]."""

    labels: Floats
    reasons: Floats


@dataclass(frozen=True)
class Network:
    """`intents` gives each intent's row; `weights` are the arrays by name, as `bot.tagging.keras_network` names them.

    The table of features is the bulk: eight bits a number, with a scale a row (`table_scale`).
    """

    intents: dict[str, int]
    weights: dict[str, NDArray[Any]]

    def chances(self, seen: Seen, intent: str | None) -> Chances:
        """What each token may be, in a message understood as `intent` (None or a name not learnt: unknown)."""
        weights = self.weights
        hidden = self._first(seen, intent)
        for at, dilation in enumerate(DILATIONS):
            before = around(normed(hidden, weights[f"scale{at}"], weights[f"shift{at}"]), dilation)
            hidden = hidden + gelu(before @ weights[f"conv{at}"] + weights[f"conv_bias{at}"])
        return Chances(
            log_softmax(hidden @ weights["labels"] + weights["labels_bias"]),
            log_softmax(hidden @ weights["reasons"] + weights["reasons_bias"]),
        )

    def _first(self, seen: Seen, intent: str | None) -> Floats:
        weights = self.weights
        named = named_features(seen, weights["table"], weights["table_scale"])
        vectors = seen.vectors @ weights["vectors"] + weights["vectors_bias"]
        row = self.intents.get(intent or UNKNOWN_INTENT, self.intents[UNKNOWN_INTENT])
        of_intent = weights["intents"][..., row, :][..., None, :]
        of_intent = np.broadcast_to(of_intent, (*named.shape[:-1], of_intent.shape[-1]))
        return gelu(np.concatenate([named, vectors, of_intent], axis=-1) @ weights["first"] + weights["first_bias"])


def named_features(seen: Seen, table: NDArray[np.int8], scale: Floats) -> Floats:
    """The sum of the table's rows of each token's features: [tokens, columns]."""
    rows = np.fromiter(chain.from_iterable(seen.rows), np.int64)
    starts = np.cumsum([0, *map(len, seen.rows[:-1])])
    return np.asarray(np.add.reduceat(table[..., rows, :] * scale[..., rows, :], starts, axis=-2), np.float32)


def around(rows: Floats, dilation: int) -> Floats:
    """Each row beside those `dilation` before and behind it, zeros beyond the ends: [tokens, WIDTH * dim]."""
    dim = rows.shape[-1]
    beside = np.zeros((*rows.shape[:-1], WIDTH * dim), np.float32)
    beside[..., dim : 2 * dim] = rows
    beside[..., dilation:, :dim] = rows[..., :-dilation, :]
    beside[..., :-dilation, 2 * dim :] = rows[..., dilation:, :]
    return beside


def gelu(values: Floats) -> Floats:
    """As Keras's, approximate."""
    return np.asarray(0.5 * values * (1 + np.tanh(_GELU * (values + 0.044715 * values * values * values))), np.float32)


def normed(rows: Floats, scale: Floats, shift: Floats) -> Floats:
    """Each row less its mean, over its deviation (layer normalisation, Ba et al. 2016)."""
    centred = rows - rows.mean(axis=-1, keepdims=True)
    return np.asarray(
        centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + _TINY) * scale + shift, np.float32
    )


def log_softmax(scores: Floats) -> Floats:
    """Logarithms of each row's chances."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)


def in_eight_bits(table: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A table's rows in eight bits, and the scale of each [rows, 1]."""
    scale = (np.abs(table).max(axis=1, keepdims=True) / 127 + 1e-9).astype(np.float16).astype(np.float32)
    return np.clip(np.round(table / np.maximum(scale, 1e-7)), -127, 127).astype(np.int8), scale


def stacked(networks: Sequence[Network]) -> Network:
    """Several networks as one, whose weights and answers have one more axis before the others: one product in place of many."""
    weights = {}
    for name in networks[0].weights:
        each = np.stack([network.weights[name] for network in networks])
        weights[name] = each[:, None] if each.ndim == 2 else each
    return Network(networks[0].intents, weights)


def together(networks: Network, seen: Seen, intent: str | None) -> Chances:
    """The mean chances of stacked networks, as logarithms: each errs in its own way."""
    each = networks.chances(seen, intent)
    labels, reasons = np.exp(each.labels).mean(axis=0), np.exp(each.reasons).mean(axis=0)
    return Chances(np.log(labels + 1e-9), np.log(reasons + 1e-9))


def save_networks(networks: Sequence[Network], learnt_from: str, path: Path) -> None:
    """Write a file for `read_networks`: all but the table in half precision.

    `learnt_from` says what the networks were trained on (a digest).
    """
    arrays: dict[str, NDArray[Any]] = {
        "count": np.array(len(networks)), "learnt_from": np.array(learnt_from), "names": np.array([*LABELS, *REASON_LABELS]),
        "intent_names": np.array(sorted(networks[0].intents, key=lambda name: networks[0].intents[name])),
    }  # fmt: skip
    for number, network in enumerate(networks):
        for name, values in network.weights.items():
            arrays[f"{number}.{name}"] = values if name == "table" else values.astype(np.float16)
    np.savez_compressed(path, **arrays)


def read_networks(path: Path) -> tuple[list[Network], str]:
    """The networks of a file, and what they were trained on. Raises FileNotFoundError, and ValueError for other labels."""
    with np.load(path, allow_pickle=False) as stored:
        if tuple(stored["names"]) != (*LABELS, *REASON_LABELS):
            raise ValueError(f"{path.name} was trained for other entities")
        intents = {str(name): at for at, name in enumerate(stored["intent_names"])}
        networks = []
        for number in range(int(stored["count"])):
            prefix = f"{number}."
            weights = {
                name.removeprefix(prefix): stored[name] if name.endswith(".table") else stored[name].astype(np.float32)
                for name in stored.files
                if name.startswith(prefix)
            }
            networks.append(Network(intents, weights))
        return networks, str(stored["learnt_from"])
