"""Build the embedded model from installed packages, offline: `python -m knowledge.build_model` (three minutes).

Sources: morpheme vectors from kiwipiepy_model (Apache-2.0), word-piece vectors from all-MiniLM-L6-v2 (Apache-2.0), and
the project's own groups of shop words. Nothing is downloaded, no text corpus is read.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml
from kiwipiepy import Kiwi
from rich.console import Console

from knowledge import build_english, build_korean
from knowledge.build_korean import Floats, normalise
from knowledge.embedded import MODEL_FILE, Table, Tables, quantise

DIM = 192
KOREAN_ROWS = 54_000
# Smooth inverse frequency (Arora, Liang and Ma, 2017): weight = a / (a + frequency).
SIF = 3e-4
# The largest shared directions of word vectors say "frequent", not what a word means (Mu and Viswanath, 2018).
COMMON_DIRECTIONS = 5
# How far a word moves towards the others of its group.
PULL = 0.5
# What an added word is taken to occur at.
RARE = 1e-6
SHOP_WORDS = Path(__file__).parent / "shop_words.yml"
_NOUNS = ("NNG", "NNP", "XR", "NNB", "MM", "XPN")

Groups = list[list[str]]


def build(path: Path = MODEL_FILE) -> None:
    """Write the model file."""
    console = Console(stderr=True)
    groups: dict[str, Groups] = yaml.safe_load(SHOP_WORDS.read_text(encoding="utf-8"))
    with console.status("Korean: morpheme vectors out of Kiwi (two minutes)"):
        korean, added = _korean(groups["ko"])
    with console.status("English: word-piece vectors out of MiniLM (one minute)"):
        english = _english(groups["en"])
    Tables(korean, english, added).save(path)
    size = path.stat().st_size / 1e6
    console.print(f"{path.name}: {len(korean.keys):,} Korean, {len(english.keys):,} English rows, {size:.1f} MB")


def _korean(groups: Groups) -> tuple[Table, list[str]]:
    kiwi = Kiwi(num_workers=1, load_multi_dict=False)
    vectors = build_korean.recover_vectors(kiwi)
    frequency = build_korean.estimate_frequencies(kiwi, len(vectors))
    morphemes = [kiwi.morpheme(row) for row in range(len(vectors))]
    names = [f"{morpheme.form}/{morpheme.tag}" for morpheme in morphemes]
    kept = _choose(names, frequency)
    vectors = remove_common(vectors, frequency)[kept]
    keys = [names[row] for row in kept]
    known = dict(zip(keys, vectors, strict=True))
    resolved = [[_korean_key(word, known) for word in group] for group in groups]
    for key in sorted({key for group in resolved for key in group} - set(known)):
        parts = _parts(key.rpartition("/")[0], known)
        if parts:
            known[key] = np.mean(parts, axis=0)
    _draw_together(known, resolved)
    added = list(known)[len(keys) :]
    weight = np.concatenate([_sif(frequency[kept]), _sif(np.full(len(added), RARE, np.float32))])
    table = quantise(list(known), _reduce(np.stack(list(known.values())), len(keys)), weight)
    # Kiwi has to be taught also those that it has a vector for but cuts differently.
    taught = sorted({key.rpartition("/")[0] for group in resolved for key in group if key.endswith(("/NNG", "/NNP"))})
    return table, [word for word in taught if [token.form for token in kiwi.tokenize(word)] != [word]]


def _choose(names: list[str], frequency: Floats) -> list[int]:
    """Rows to keep: with meaning, each name once, proper names only the more frequent."""
    meaning = [row for row, name in enumerate(names) if name[0] != "/" and name.rpartition("/")[2][0] not in "SUWZ"]
    first = {names[row]: row for row in reversed(meaning)}
    ordinary = [row for name, row in first.items() if not name.endswith("/NNP")]
    proper = sorted((row for name, row in first.items() if name.endswith("/NNP")), key=lambda row: -frequency[row])
    return sorted([*ordinary, *proper[: max(0, KOREAN_ROWS - len(ordinary))]])


def _korean_key(word: str, known: dict[str, Floats]) -> str:
    if "/" in word:
        return word
    return next((f"{word}/{tag}" for tag in _NOUNS if f"{word}/{tag}" in known), f"{word}/NNP")


def _parts(word: str, known: dict[str, Floats]) -> list[Floats]:
    """Vectors of the known nouns that the whole of a compound is made of; none where it is not."""
    for cut in range(2, len(word) - 1):
        ends = [word[:cut], word[cut:]]
        parts = [known[key] for key in (_korean_key(end, known) for end in ends) if key in known]
        if len(parts) == len(ends):
            return parts
    return []


def _english(groups: Groups) -> Table:
    folder = build_english.model_folder()
    vocabulary = build_english.read_pieces(folder)
    pieces = [piece for piece in vocabulary if build_english.is_english(piece)]
    extra = sorted({word for group in groups for word in group} - set(pieces))
    vectors = build_english.distil_vectors(folder, [*pieces, *extra])
    frequency = np.concatenate([build_english.estimate_frequencies(pieces), np.full(len(extra), RARE, np.float32)])
    known = dict(zip([*pieces, *extra], remove_common(vectors, frequency), strict=True))
    _draw_together(known, groups)
    return quantise(list(known), _reduce(np.stack(list(known.values())), len(pieces)), _sif(frequency))


def remove_common(vectors: Floats, frequency: Floats) -> Floats:
    """Unit vectors without the mean and the largest shared directions of the more frequent rows."""
    root = np.sqrt(frequency)
    centred = vectors - (vectors * root[:, None]).sum(axis=0) / root.sum()
    _, _, axes = np.linalg.svd(centred[np.argsort(-frequency)[:20_000]], full_matrices=False)
    common = axes[:COMMON_DIRECTIONS]
    return normalise(centred - centred @ common.T @ common)


def _reduce(vectors: Floats, fit: int) -> Floats:
    """Unit vectors on the `DIM` largest axes of the first `fit` rows."""
    _, _, axes = np.linalg.svd(vectors[:fit], full_matrices=False)
    return normalise(vectors @ axes[:DIM].T)


def _draw_together(known: dict[str, Floats], groups: Groups) -> None:
    """Move the words of each group towards one another in place (after Faruqui et al., 2015).

    A word without a vector gets the mean of its group. Raises ValueError for a group of which no word is known.
    """
    moved: dict[str, Floats] = {}
    for group in groups:
        present = [word for word in group if word in known]
        if not present:
            raise ValueError(f"no word of this group is known: {', '.join(group)}")
        total = np.sum([known[word] for word in present], axis=0)
        for word in group:
            start = known.get(word, np.zeros_like(total))
            others = total - start
            vector = start + PULL * others / max(len(present) - (word in known), 1)
            moved[word] = moved.get(word, 0) + vector
    known.update({word: vector / max(float(np.linalg.norm(vector)), 1e-9) for word, vector in moved.items()})


def _sif(frequency: Floats) -> Floats:
    return (SIF / (SIF + frequency)).astype(np.float32)


if __name__ == "__main__":
    build()
