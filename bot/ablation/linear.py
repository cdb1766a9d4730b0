"""The project's classifier with one part after another left out, without Rasa's graph around it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
from rasa.nlu.tokenizers.tokenizer import Token

from bot.ablation.samples import Result, Sample, measured
from bot.features import blocks_of
from bot.intent_classifier import PROJECT_ROOT, MorphemeIntentClassifier
from bot.kiwi_tokenizer import morphemes
from bot.linear_model import Features, LinearModel, train_linear_model
from bot.noise import noisy
from bot.word_vectors import WordVectors

_SETTINGS = MorphemeIntentClassifier.get_default_config()
_VECTORS = PROJECT_ROOT / _SETTINGS["vectors"]
BLOCKS = ("words", "pieces", "letters", "marks")


@dataclass(frozen=True)
class Variant:
    """What is left of the classifier: its tokenizer, blocks of n-grams, word vectors, training on noise."""

    tokenize: Callable[[str], list[Token]] = morphemes
    blocks: tuple[str, ...] = BLOCKS
    vectors: bool = True
    noise: bool = True


def whitespace(text: str) -> list[Token]:
    """Words as they stand between blanks, in lower case."""
    return [Token(word, 0, lemma=word.lower()) for word in text.split()] or [Token(text, 0)]


VARIANTS = {
    "the project's": Variant(),
    "without word vectors": Variant(vectors=False),
    "without letters": Variant(blocks=("words", "pieces", "marks")),
    "without pieces": Variant(blocks=("words", "letters", "marks")),
    "without words": Variant(blocks=("pieces", "letters", "marks")),
    "without marks": Variant(blocks=("words", "pieces", "letters")),
    "without noise": Variant(noise=False),
    "whitespace for Kiwi": Variant(tokenize=whitespace),
}


def measure(name: str, variant: Variant, training: Sequence[Sample], asked: Sequence[Sample]) -> Result:
    """Train, write, read, and ask one message after another."""
    vectors = WordVectors(_VECTORS)
    began = time.perf_counter()
    taught = list(_with_noise(training)) if variant.noise else training
    seen = [_see(sample.text, variant, vectors) for sample in taught]
    model = train_linear_model(
        seen, [sample.intent for sample in taught], _SETTINGS["strength"], _SETTINGS["min_count"]
    )
    seconds = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder))
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        model = LinearModel.read(Path(folder))
    size += _VECTORS.stat().st_size if variant.vectors else 0
    heard = [_hear(sample.text, variant, vectors, model) for sample in asked]
    return measured(name, training, asked, heard, (size / 1e6, seconds))


def _with_noise(samples: Sequence[Sample]) -> Iterable[Sample]:
    """As the classifier does it: each once more with slips of the keyboard or without spaces."""
    random = Random(0)
    yield from samples
    for sample in samples:
        text = noisy(sample.text, random)
        if text is not None:
            yield replace(sample, text=text)


def _see(text: str, variant: Variant, vectors: WordVectors) -> Features:
    tokens = variant.tokenize(text)
    blocks = dict(zip(BLOCKS, blocks_of([token.lemma for token in tokens], text), strict=True))
    vector = vectors.of(tokens) if variant.vectors else np.zeros(1, np.float32)
    return Features([blocks[name] for name in variant.blocks], vector)


def _hear(text: str, variant: Variant, vectors: WordVectors, model: LinearModel) -> tuple[str, float]:
    began = time.perf_counter()
    chances = model.probabilities(_see(text, variant, vectors))
    return model.intents[int(np.argmax(chances))], (time.perf_counter() - began) * 1000
