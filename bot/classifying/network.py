"""The sentence network in numpy: what the tagger sees of each token, three convolutions, and one look at the whole sentence.

The linear model weighs n-grams wherever they stand; this one sees them in their order, and errs in other places. Its head sums
the tokens up by four learned weightings (attention pooling, Lin et al. 2017) and by the largest of each number.
`bot.classifying.train` fits it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.tagging.features import Seen
from bot.tagging.network import around, gelu, log_softmax, named_features, normed

Floats = NDArray[np.float32]

DILATIONS = (1, 2, 4)


@dataclass(frozen=True)
class SentenceNetwork:
    """`intents` names the answers; `weights` are the arrays by name, as `bot.classifying.keras_network` names them."""

    intents: Sequence[str]
    weights: dict[str, NDArray[Any]]

    def log_chances(self, seen: Seen) -> Floats:
        """Log probabilities [intents] of a message of one token or more."""
        hidden = self._tokens(seen)
        pooled = self._pooled(hidden)
        scores = gelu(pooled @ self.weights["head"] + self.weights["head_bias"]) @ self.weights["intents"]
        return np.asarray(log_softmax((scores + self.weights["intents_bias"])[None])[0])

    def _tokens(self, seen: Seen) -> Floats:
        weights = self.weights
        named = named_features(seen, weights["table"], weights["table_scale"])
        vectors = seen.vectors @ weights["vectors"] + weights["vectors_bias"]
        hidden = gelu(np.concatenate([named, vectors], axis=1) @ weights["first"] + weights["first_bias"])
        for at, dilation in enumerate(DILATIONS):
            before = around(normed(hidden, weights[f"scale{at}"], weights[f"shift{at}"]), dilation)
            hidden = hidden + gelu(before @ weights[f"conv{at}"] + weights[f"conv_bias{at}"])
        return hidden

    def _pooled(self, hidden: Floats) -> Floats:
        looks = np.exp(log_softmax((hidden @ self.weights["looks"] + self.weights["looks_bias"]).T))
        pooled = np.concatenate([(looks @ hidden).ravel(), hidden.max(axis=0)])
        return np.asarray(normed(pooled[None], self.weights["pooled_scale"], self.weights["pooled_shift"])[0])


def save_network(network: SentenceNetwork, learnt_from: str, path: Path) -> None:
    """Write a file for `read_network`: all but the table in half precision. `learnt_from`: see `bot.tagging.network`."""
    arrays = {
        name: values if name == "table" else values.astype(np.float16) for name, values in network.weights.items()
    }
    np.savez_compressed(path, names=np.array(network.intents), learnt_from=np.array(learnt_from), **arrays)


def read_network(path: Path) -> tuple[SentenceNetwork, str]:
    """The network of a file, and what it was trained on. Raises FileNotFoundError."""
    with np.load(path, allow_pickle=False) as stored:
        weights = {
            name: stored[name] if name == "table" else stored[name].astype(np.float32)
            for name in stored.files
            if name not in ("names", "learnt_from")
        }
        return SentenceNetwork([str(name) for name in stored["names"]], weights), str(stored["learnt_from"])
