"""When the Rasa model is trained again."""

from __future__ import annotations

from pathlib import Path

import pytest

from dangol import training


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("config.yml", "domain.yml", "data/nlu/ko/greet.yml", "bot/channel.py", "requirements/bot.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    "changed", ["config.yml", "data/nlu/ko/greet.yml", "data/nlu/en/greet.yml", "bot/new.py", "requirements/bot.txt"]
)
def test_what_the_model_is_made_from_changes_the_hash(project: Path, changed: str) -> None:
    before = training.inputs_hash(project)
    assert training.inputs_hash(project) == before
    path = project / changed
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("changed")
    assert training.inputs_hash(project) != before


def test_compiled_files_do_not(project: Path) -> None:
    before = training.inputs_hash(project)
    (project / "bot" / "channel.pyc").write_bytes(b"x")
    assert training.inputs_hash(project) == before


def test_a_model_without_its_note_is_not_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "MODEL", tmp_path / "dangol.tar.gz")
    training.MODEL.write_bytes(b"model")
    assert not training.is_current("abc")
    training.note_path().write_text('{"inputs": "abc"}')
    assert training.is_current("abc")
    assert not training.is_current("abd")
