"""sentence-transformers models: any from the hub or a folder, and the embedded one in their form.

Importing this module imports torch, which takes seconds: late, and only where such a model is asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import InputModule

from knowledge.embedded import EmbeddedEncoder, Table

Floats = NDArray[np.float32]


class HubEncoder:
    """A sentence-transformers model by hub name or folder, loaded at once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._model = SentenceTransformer(name)
        self._lock = threading.Lock()

    @property
    def dim(self) -> int:
        """Length of a sentence vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: list[str]) -> Floats:
        """Unit vectors, float32 [texts, dim]."""
        with self._lock:
            vectors = self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32).reshape(len(texts), self.dim)


class BilingualBag(InputModule):
    """The embedded model as a module: two weighted bags of vectors, side by side. The same vectors as EmbeddedEncoder's."""

    def __init__(self, encoder: EmbeddedEncoder) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._encoder = encoder
        self.korean = _bag(encoder.tables.ko)
        self.english = _bag(encoder.tables.en)
        self.register_buffer("korean_weight", torch.from_numpy(encoder.tables.ko.weight))
        self.register_buffer("english_weight", torch.from_numpy(encoder.tables.en.weight))

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **_: Any) -> dict[str, Any]:
        """Row numbers of both halves, and where each text's begin."""
        texts = [(prompt or "") + str(text) for text in inputs]
        features: dict[str, Any] = {}
        for name, pieces in (("korean", self._encoder.korean), ("english", self._encoder.english)):
            rows = [pieces.rows(text) for text in texts]
            features[f"{name}_ids"] = torch.tensor([row for each in rows for row in each], dtype=torch.long)
            lengths = torch.tensor([len(each) for each in rows], dtype=torch.long)
            features[f"{name}_offsets"] = torch.cumsum(lengths, 0) - lengths
        return features

    def forward(self, features: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Adds `sentence_embedding`, float32 [texts, dim]."""
        halves, totals = [], []
        for name, bag, weight in (
            ("korean", self.korean, self.korean_weight),
            ("english", self.english, self.english_weight),
        ):
            ids, offsets = features[f"{name}_ids"], features[f"{name}_offsets"]
            weights = weight[ids]
            halves.append(torch.nn.functional.normalize(bag(ids, offsets, per_sample_weights=weights), dim=1))
            ends = torch.cat([offsets[1:], torch.tensor([len(ids)], device=offsets.device)])
            sums = torch.cat([weights.new_zeros(1), torch.cumsum(weights, 0)])
            totals.append(sums[ends] - sums[offsets])
        shares = torch.stack(totals) / (totals[0] + totals[1]).clamp(min=1e-9)
        features["sentence_embedding"] = torch.cat(
            [half * share.clamp(min=0).sqrt()[:, None] for half, share in zip(halves, shares, strict=True)], dim=1
        )
        return features

    def get_embedding_dimension(self) -> int:
        """Length of a sentence vector."""
        return self._encoder.dim

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write the tables as EmbeddedEncoder reads them."""
        self._encoder.tables.save(Path(output_path) / "vectors.npz")


def _bag(table: Table) -> torch.nn.EmbeddingBag:
    vectors = table.rows.astype(np.float32) * table.scale[:, None]
    return torch.nn.EmbeddingBag.from_pretrained(torch.from_numpy(vectors), mode="sum", freeze=True)


def embedded_sentence_transformer() -> SentenceTransformer:
    """The embedded model as a SentenceTransformer, built in code: nothing is downloaded, no remote code is trusted."""
    return SentenceTransformer(modules=[BilingualBag(EmbeddedEncoder())], device="cpu")
