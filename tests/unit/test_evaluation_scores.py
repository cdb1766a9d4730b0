"""The arithmetic of `dangol eval`, against scikit-learn, SciPy and numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest  # type: ignore[import-untyped]
from sklearn.metrics import precision_recall_fscore_support

from dangol.evaluation.scores import (
    Counts,
    Share,
    calibration_bins,
    calibration_error,
    class_counts,
    holm,
    macro_f1,
    mcnemar,
    percentile,
    share,
)

NAMES = st.sampled_from(["greet", "thank", "goodbye", "ask_faq"])


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=60))
def test_class_counts_are_scikit_learns(pairs: list[tuple[str, str]]) -> None:
    labels, guesses = [one for one, _ in pairs], [other for _, other in pairs]
    counts = class_counts(labels, guesses)
    names = sorted(counts)
    precision, recall, f1, support = precision_recall_fscore_support(labels, guesses, labels=names, zero_division=0)
    for at, name in enumerate(names):
        one = counts[name]
        assert (one.precision, one.recall, one.f1) == pytest.approx((precision[at], recall[at], f1[at]))
        assert one.labelled == support[at]
    wanted = sorted(set(labels))
    *_, only, _ = precision_recall_fscore_support(labels, guesses, labels=wanted, zero_division=0)
    assert macro_f1(labels, guesses) == pytest.approx(float(np.mean(only)))


def test_macro_f1_of_nothing() -> None:
    assert macro_f1([], []) is None


def test_counts_add_up() -> None:
    total = Counts(2, 1, 0) + Counts(0, 1, 2)
    assert total == Counts(2, 2, 2)
    assert (total.precision, total.recall, total.f1) == (0.5, 0.5, 0.5)
    assert Counts().f1 == 0.0


@given(st.integers(1, 400), st.data())
def test_the_interval_is_wilsons(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    interval = Share(hits, count).interval()
    expected = binomtest(hits, count).proportion_ci(method="wilson")
    assert interval == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_a_share_of_nothing_is_none() -> None:
    assert share([]).value is None
    assert share([]).interval() is None
    assert share([True, False, True]) == Share(2, 3)


def test_calibration() -> None:
    bins = calibration_bins([0.95, 0.85, 0.8, 0.1, 1.0], [True, True, False, False, True])
    assert [(one.low, one.count) for one in bins] == [(0.1, 1), (0.8, 2), (0.9, 2)]
    expected = (1 * 0.1 + 2 * abs(0.5 - 0.825) + 2 * abs(1 - 0.975)) / 5
    assert calibration_error(bins) == pytest.approx(expected)
    assert calibration_error([]) is None


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=50), st.floats(0, 100))
def test_percentiles_are_numpys(values: list[float], at: float) -> None:
    assert percentile(values, at) == pytest.approx(float(np.percentile(values, at)), abs=1e-6)


def test_percentile_of_nothing() -> None:
    assert percentile([], 50) is None


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_the_exact_binomial_test(first: int, second: int) -> None:
    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(expected, rel=1e-6)


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
