"""How well intents are understood, by five-fold cross-check on data/nlu, and what each fallback threshold would do.

.venv-bot/bin/python -m bot.crosscheck        # two minutes; then set `threshold` in config.yml
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rasa.shared.nlu.training_data.loading import load_data
from sklearn.model_selection import StratifiedKFold

from bot.features import blocks_of
from bot.intent_classifier import PROJECT_ROOT, MorphemeIntentClassifier
from bot.kiwi_tokenizer import morphemes
from bot.linear_model import Features, train_linear_model
from bot.word_vectors import WordVectors

LANGUAGES = ("ko", "en")
THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6)


def read_examples(folder: Path) -> tuple[list[str], list[str], list[str]]:
    """Texts, intents and languages of all examples in `folder`/ko and `folder`/en."""
    rows = [
        (example.get("text"), example.get("intent"), language)
        for language in LANGUAGES
        for example in load_data(str(folder / language)).intent_examples
    ]
    texts, intents, languages = zip(*rows, strict=True)
    return list(texts), list(intents), list(languages)


def features_of(text: str, vectors: WordVectors) -> Features:
    """As the classifier sees it."""
    tokens = morphemes(text)
    return Features(blocks_of([token.lemma for token in tokens], text), vectors.of(tokens))


def cross_check(
    examples: list[Features], intents: list[str], groups: list[str], strength: float, min_count: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """For each example, by a model that has not seen it: whether the best intent is right, and its confidence."""
    right, confidence = np.zeros(len(examples), bool), np.zeros(len(examples))
    folds = StratifiedKFold(5, shuffle=True, random_state=0).split(examples, groups)
    for training, held_out in folds:
        model = train_linear_model(
            [examples[at] for at in training], [intents[at] for at in training], strength, min_count
        )
        for at in held_out:
            chances = model.probabilities(examples[at])
            best = int(np.argmax(chances))
            right[at], confidence[at] = model.intents[best] == intents[at], chances[best]
    return right, confidence


def report(right: NDArray[np.bool_], confidence: NDArray[np.float64], languages: NDArray[np.str_]) -> list[str]:
    """Lines of a table: per language, accuracy, and for each threshold what is answered, and what is lost and caught."""
    lines = ["language  threshold  answered  right of these  right lost  wrong caught"]
    for language in LANGUAGES:
        mine = languages == language
        for threshold in (0.0, *THRESHOLDS):
            kept = confidence >= threshold
            answered, good = (mine & kept).sum() / mine.sum(), right[mine & kept].mean()
            lost, caught = (
                (mine & right & ~kept).sum() / (mine & right).sum(),
                (mine & ~right & ~kept).sum() / (mine & ~right).sum(),
            )
            lines.append(f"{language:8}  {threshold:9.2f}  {answered:8.1%}  {good:14.1%}  {lost:10.1%}  {caught:12.1%}")
    return lines


def main() -> None:
    """Print the report for the project's data and the classifier's own settings."""
    settings = MorphemeIntentClassifier.get_default_config()
    texts, intents, languages = read_examples(PROJECT_ROOT / "data" / "nlu")
    vectors = WordVectors(PROJECT_ROOT / settings["vectors"])
    examples = [features_of(text, vectors) for text in texts]
    groups = [f"{intent} {language}" for intent, language in zip(intents, languages, strict=True)]
    right, confidence = cross_check(examples, intents, groups, settings["strength"], settings["min_count"])
    sys.stdout.write("\n".join(report(right, confidence, np.array(languages))) + "\n")


if __name__ == "__main__":
    main()
