"""What the comparisons of pipelines are made on: the same draw for the same seed, nothing taught is asked."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from bot.ablation.samples import Sample, draw, measured, read_labelled


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "banking.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [[f"sentence {number}\nof {name}", name] for number in range(12) for name in ("refund", "card")]
        csv.writer(file).writerows([["text", "category"], *rows, ["sentence 0 of refund", "refund"]])
    return path


def test_so_many_of_each_class_are_taught_and_none_of_them_is_asked(table: Path) -> None:
    taught, others = draw(table, 3, seed=0)
    assert [sample.intent for sample in taught] == ["card"] * 3 + ["refund"] * 3
    assert len(taught) + len(others) >= 24
    assert not {sample.text for sample in taught} & {sample.text for sample in others}
    assert all("\n" not in sample.text for sample in [*taught, *others])


def test_the_draw_depends_on_the_seed_alone(table: Path) -> None:
    assert draw(table, 3, seed=0) == draw(table, 3, seed=0)
    assert draw(table, 3, seed=0) != draw(table, 3, seed=1)


def test_labelled_lines_have_their_language_or_their_file_s(tmp_path: Path) -> None:
    path = tmp_path / "dev.ko.jsonl"
    lines = [{"text": "안녕", "intent": "greet"}, {"text": "hi", "intent": "greet", "language": "en"}, {"text": "?"}]
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n\n", encoding="utf-8")
    assert read_labelled([path]) == [Sample("안녕", "greet", "ko"), Sample("hi", "greet", "en")]


def test_figures_are_given_for_each_group() -> None:
    asked = [Sample("a", "x", "ko"), Sample("b", "x", "ko"), Sample("c", "y", "en")]
    result = measured("some", asked, asked, [("x", 1.0), ("y", 3.0), ("y", 2.0)], (4.04, 9.99))
    assert result.accuracy == {"ko": 0.5, "en": 1.0}
    assert (result.median, result.megabytes, result.training_seconds, result.sentences) == (2.0, 4.0, 10.0, 3)
    output = io.StringIO()
    result.write(output)
    assert json.loads(output.getvalue())["name"] == "some"
