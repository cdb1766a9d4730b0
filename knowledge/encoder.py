"""One way to turn text into vectors, whatever model is set."""

from __future__ import annotations

import threading
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.settings import Settings
from knowledge.embedded import EmbeddedEncoder

EMBEDDED = "embedded"


class Encoder(Protocol):
    """A sentence embedding model."""

    @property
    def name(self) -> str:
        """Which model, for keys of caches and for people."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Unit vectors, float32 [texts, dim]."""


_encoders: dict[str, Encoder] = {}
_lock = threading.Lock()


def load_encoder(settings: Settings) -> Encoder:
    """The model that the settings name, one per process, its files read at the first text.

    `embedded` is the shipped model; anything else is given to sentence-transformers as hub name or folder, which
    raises OSError where it is neither at hand nor to be downloaded (HF_HUB_OFFLINE=1 forbids downloads).
    """
    name = settings.embedding.model
    with _lock:
        if name not in _encoders:
            _encoders[name] = EmbeddedEncoder() if name == EMBEDDED else _sentence_transformers(name)
        return _encoders[name]


def _sentence_transformers(name: str) -> Encoder:
    # Takes seconds to import: only for those who set such a model.
    from knowledge.sentence_model import HubEncoder

    return HubEncoder(name)
