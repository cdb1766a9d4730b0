"""Train the tagger: `python -m bot.tagging.train` fits three networks on data/entities and writes bot/model/tagger.npz.

Each round learns every sentence as it stands and once with slips or without spaces, and those with goods once more with other
goods of the lexicon in their place, half of them with the lexicon hidden. What a network sees is left out at random, and so is the
intent, which the classifier may get wrong. Seeded; a process a network, half an hour on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bot.goods import LEXICON
from bot.kiwi_tokenizer import morphemes
from bot.labelled import Labelled, read_labelled, with_other_goods
from bot.patterns import find_entities
from bot.tagging.features import Seen, see
from bot.tagging.labels import KINDS, LABELS, REASON_LABELS, labels_of
from bot.tagging.network import UNKNOWN_INTENT, save_networks
from bot.tagging.noise import noisy_labelled
from bot.word_vectors import WordVectors

if TYPE_CHECKING:
    from bot.tagging.network import Network

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent
LABELLED = PROJECT_ROOT / "data" / "entities"
VECTORS = PROJECT_ROOT / "knowledge" / "model" / "vectors.npz"
MODEL_FILE = PROJECT_ROOT / "bot" / "model" / "tagger.npz"
NETWORKS = 3
ROUNDS = 6
# Noise and other goods are drawn anew so often; the rounds go through them in turn.
_DRAWS = 3
_LONGEST = 90
_SHORTEST_FOR_NOISE = 6
_LEXICON_KEPT = 0.7


@dataclass(frozen=True)
class Example:
    """What is learnt from one sentence: its intent, what is seen of it, and a label a token, for items and for reasons."""

    intent: str
    seen: Seen
    labels: Sequence[int]
    reasons: Sequence[int]


def learnt_from() -> str:
    """A digest of the labelled sentences, goods and brands, by which a file of networks says what it was trained on."""
    digest = hashlib.sha256()
    for path in sorted([*LABELLED.glob("*.jsonl"), *LEXICON.glob("goods.*"), *LEXICON.glob("brands.*")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def example_of(sentence: Labelled, vectors: WordVectors, *, lexicon: bool = True) -> Example:
    """One sentence, tokenized and seen."""
    tokens = morphemes(sentence.text)
    seen = see(sentence.text, tokens, find_entities(sentence.text, sentence.intent), vectors, lexicon=lexicon)
    items = labels_of(tokens, [span for span in sentence.spans if span.entity in KINDS])
    reasons = labels_of(tokens, [span for span in sentence.spans if span.entity == "reason"])
    return Example(sentence.intent, seen, [*map(LABELS.index, items)], [*map(REASON_LABELS.index, reasons)])


def drawn(sentences: Sequence[Labelled], vectors: WordVectors, random: Random) -> list[Example]:
    """The sentences with noise, and with other goods."""
    long_enough = (one for one in sentences if len(one.text) >= _SHORTEST_FOR_NOISE)
    noised = [
        example_of(noisy_labelled(one, random), vectors, lexicon=random.random() < _LEXICON_KEPT) for one in long_enough
    ]
    replaced = [example_of(one, vectors, lexicon=random.random() < 0.5) for one in with_other_goods(sentences, random)]
    return [*noised, *replaced]


def short_enough(examples: Iterable[Example]) -> list[Example]:
    """Without the few that would make a batch long."""
    return [one for one in examples if 0 < len(one.labels) <= _LONGEST]


def fitted(
    count: int, rounds: Sequence[Sequence[Example]], intents: Mapping[str, int], tell: Callable[[str], None]
) -> list[Network]:
    """`count` networks of different seeds, one process each and no more at a time than there are cores."""
    work = multiprocessing.get_context("fork")  # the examples are gigabytes: inherited, not sent
    with ProcessPoolExecutor(
        min(count, os.cpu_count() or 1), work, initializer=_keep, initargs=(rounds, intents, tell)
    ) as pool:
        return list(pool.map(_fit, range(count)))


_Kept = tuple[Sequence[Sequence[Example]], Mapping[str, int], Callable[[str], None]]
_kept: list[_Kept] = []


def _keep(rounds: Sequence[Sequence[Example]], intents: Mapping[str, int], tell: Callable[[str], None]) -> None:
    _kept.append((rounds, intents, tell))


def _fit(seed: int) -> Network:
    # Seconds to import, only training needs it, and no process may fork that has.
    from bot.tagging.keras_network import fit

    [(rounds, intents, tell)] = _kept
    return fit(rounds, intents, seed, tell)


def main() -> None:
    """Train and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=MODEL_FILE)
    parser.add_argument("--networks", type=int, default=NETWORKS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    arguments = parser.parse_args()
    began = time.monotonic()

    def tell(what: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:5.0f} s  {what}\n")

    vectors, sentences = WordVectors(VECTORS), read_labelled(LABELLED)
    own = short_enough(example_of(one, vectors) for one in sentences)
    tell(f"{len(own)} labelled sentences")
    draws = [short_enough(drawn(sentences, vectors, Random(seed))) for seed in range(_DRAWS)]
    tell(f"{sum(map(len, draws))} more with slips, without spaces, with other goods")
    intents = {name: at for at, name in enumerate([UNKNOWN_INTENT, *sorted({one.intent for one in own})])}
    rounds = [[*own, *draws[number % _DRAWS]] for number in range(arguments.rounds)]
    networks = fitted(arguments.networks, rounds, intents, tell)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    save_networks(networks, learnt_from(), arguments.out)
    tell(f"wrote {arguments.out.name}, {arguments.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
