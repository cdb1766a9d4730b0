"""Labels of tokens and spans of text are two views of one thing, and noise keeps entities where they are."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.labelled import Labelled, Span
from bot.tagging.labels import KINDS, LABELS, REASON_LABELS, best_path, labels_of, spans_of
from bot.tagging.noise import noisy_labelled

WORDS = st.text("abc가나다ㅋ019", min_size=1, max_size=5)


@dataclass(frozen=True)
class Piece:
    """A token as the labels need it."""

    text: str
    start: int
    end: int
    pos: str = "NNG"

    def get(self, name: str) -> str:
        """Its part of speech, which is all that is asked for."""
        return str(getattr(self, name))


def tokens_of(words: list[str]) -> tuple[str, list[Piece]]:
    """A text of the words, and its tokens."""
    text, tokens = "", []
    for word in words:
        tokens.append(Piece(word, len(text), len(text) + len(word)))
        text += f"{word} "
    return text.rstrip(), tokens


@st.composite
def labelled(draw: st.DrawFn) -> tuple[str, list[Piece], list[Span]]:
    """A text, its tokens, and entities that begin and end with tokens, none over another."""
    text, tokens = tokens_of(draw(st.lists(WORDS, min_size=1, max_size=12)))
    cuts = sorted(draw(st.sets(st.integers(0, len(tokens)), max_size=6)))
    spans = [
        Span(draw(st.sampled_from(KINDS)), tokens[first].start, tokens[last - 1].end)
        for first, last in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    return text, tokens, spans


@given(labelled())
def test_what_is_labelled_is_found_again(one: tuple[str, list[Piece], list[Span]]) -> None:
    text, tokens, spans = one
    assert spans_of(text, tokens, labels_of(tokens, spans)) == spans


@given(st.integers(1, 15), st.sampled_from([LABELS, REASON_LABELS]), st.integers(0, 2**32 - 1))
def test_the_best_path_never_goes_on_with_what_has_not_begun(length: int, labels: tuple[str, ...], seed: int) -> None:
    scores = np.log(np.random.default_rng(seed).dirichlet(np.full(len(labels), 0.2), length) + 1e-9)
    path = best_path(scores.astype(np.float32), labels)
    assert len(path) == length
    for before, label in zip(["O", *path], path, strict=False):
        assert not label.startswith("I-") or before[2:] == label[2:]


def test_the_best_path_is_the_likeliest_of_all() -> None:
    labels = REASON_LABELS
    scores = np.log(np.random.default_rng(3).dirichlet(np.ones(3), 5)).astype(np.float32)
    ways = [
        (sum(float(scores[at, label]) for at, label in enumerate(way)), way)
        for way in np.ndindex(*[3] * 5)
        if all(way[at] != 2 or (at and way[at - 1] != 0) for at in range(5))
    ]
    assert best_path(scores, labels) == [labels[at] for at in max(ways)[1]]


def test_a_reason_begins_with_a_word_and_keeps_its_ending() -> None:
    text = "컵에 금이 갔다 바꿔"
    pieces = [
        ("컵", 0, "NNG"),
        ("에", 1, "JKB"),
        ("금", 3, "NNG"),
        ("이", 4, "JKS"),
        ("갔", 6, "VV"),
        ("다", 7, "EF"),
        ("바꿔", 9, "VV"),
    ]
    tokens = [Piece(form, start, start + len(form), pos) for form, start, pos in pieces]
    labels = ["O", "B-reason", "I-reason", "I-reason", "I-reason", "O", "O"]
    assert [text[span.start : span.end] for span in spans_of(text, tokens, labels)] == ["금이 갔다"]


def test_signs_and_a_polite_ending_are_no_part_of_an_entity() -> None:
    text, tokens = tokens_of(["잘못", "적어서요.", "머그컵,"])
    spans = spans_of(text, tokens, ["B-reason", "I-reason", "B-product"])
    assert [text[span.start : span.end] for span in spans] == ["잘못 적어서", "머그컵"]


@given(labelled(), st.integers(0, 2**32 - 1))
def test_noise_keeps_order_kinds_and_text_outside_apart(one: tuple[str, list[Piece], list[Span]], seed: int) -> None:
    text, _, spans = one
    noised = noisy_labelled(Labelled(text, "search_product", tuple(spans)), Random(seed))
    assert [span.entity for span in noised.spans] == [
        span.entity for span in spans if any(other.entity == span.entity for other in noised.spans)
    ]
    places = [place for span in noised.spans for place in (span.start, span.end)]
    assert places == sorted(places)
    assert not places or places[-1] <= len(noised.text)
