"""Train the sentence network: `python -m bot.classifying.train` fits it on data/nlu and writes bot/model/sentences.npz.

Each round learns every sentence as it stands and once with slips or without spaces. Seeded; a quarter of an hour on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import yaml

from bot.classifying.network import SentenceNetwork, save_network
from bot.kiwi_tokenizer import morphemes
from bot.noise import noisy
from bot.tagging.features import Seen, see
from bot.word_vectors import WordVectors

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = PROJECT_ROOT / "data" / "nlu"
VECTORS = PROJECT_ROOT / "knowledge" / "model" / "vectors.npz"
MODEL_FILE = PROJECT_ROOT / "bot" / "model" / "sentences.npz"
# Those that only buttons have: nobody writes them.
BUTTON_ONLY = frozenset({"withdraw_handover", "choose"})
ROUNDS = 8
# Noise is drawn anew so often; the rounds go through the draws in turn.
_DRAWS = 3
_LONGEST = 90
_A_TIME = 500


def learnt_from(folder: Path = EXAMPLES) -> str:
    """A digest of the examples, by which a file of weights says what it was trained on."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yml")):
        digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()


def read_examples(folder: Path = EXAMPLES) -> list[tuple[str, str]]:
    """All examples, each (text, intent), of Rasa's files in `folder`."""
    found = []
    for path in sorted(folder.rglob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = (line.strip() for line in group["examples"].splitlines())
            if group["intent"] not in BUTTON_ONLY:
                found += [(line.removeprefix("- ").strip(), group["intent"]) for line in lines if line]
    return found


def seen_of(text: str, vectors: WordVectors) -> Seen:
    """What the network sees: words, their letters and vectors, no entities."""
    return see(text, morphemes(text)[:_LONGEST], [], vectors, lexicon=False)


def fitted(examples: Sequence[tuple[str, str]], rounds: int, seed: int = 0) -> SentenceNetwork:
    """A network trained on examples (text, intent)."""
    texts = [text for text, _ in examples]
    drawn = [_drawn(texts, Random(number)) for number in range(_DRAWS)]
    WordVectors.of_file(VECTORS)  # read before the processes part
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        seen = [pool.map(_see, each, _A_TIME) for each in (texts, *drawn)]
    # Seconds to import, and no process may fork that has.
    from bot.classifying.keras_network import Heard, fit

    heard = [[Heard(one, intent) for one, (_, intent) in zip(each, examples, strict=True) if one.rows] for each in seen]
    tell(f"{len(examples)} examples seen, {_DRAWS} times with slips or without spaces")
    planned = [[*heard[0], *heard[1 + number % _DRAWS]] for number in range(rounds)]
    return fit(planned, sorted({intent for _, intent in examples}), seed, tell)


def _see(text: str) -> Seen:
    return seen_of(text, WordVectors.of_file(VECTORS))


def _drawn(texts: Sequence[str], random: Random) -> list[str]:
    return [noisy(text, random) or text for text in texts]


_began = time.monotonic()


def tell(what: str) -> None:
    """Progress, on stderr."""
    sys.stderr.write(f"{time.monotonic() - _began:5.0f} s  {what}\n")


def main() -> None:
    """Train and write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=MODEL_FILE)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    network = fitted(read_examples(), arguments.rounds, arguments.seed)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    save_network(network, learnt_from(), arguments.out)
    tell(f"wrote {arguments.out.name}, {arguments.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
