"""scripts/setup.py: which interpreters and which Node.js it takes, and what makes it work again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts import setup


def program(folder: Path, name: str, answer: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{answer}\n")
    path.chmod(0o755)


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    return tmp_path


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("v18.20.0", False),
        ("v20.18.9", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
    ],
)
def test_node_must_be_one_that_vite_takes(bin_folder: Path, version: str, fits: bool) -> None:
    program(bin_folder, "node", f"echo {version}")
    program(bin_folder, "npm", "echo 10.0.0")
    assert setup.find_node() == (str(bin_folder) if fits else None)


def test_node_without_an_npm_that_runs_is_none(bin_folder: Path) -> None:
    program(bin_folder, "node", "echo v22.12.0")
    program(bin_folder, "npm", "exit 1")
    assert setup.find_node() is None


def test_an_interpreter_on_path_that_does_not_run_is_passed_over(bin_folder: Path) -> None:
    program(bin_folder, "python3.10", "echo 'pyenv: python3.10: command not found' >&2; exit 127")
    behind = bin_folder / "pyenv" / "versions" / "3.10.13" / "bin"
    behind.mkdir(parents=True)
    program(behind, "python", "exit 0")
    assert setup.get_python310() == str(behind / "python")


def test_a_missing_python_is_named_in_one_line(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    with pytest.raises(setup.SetupError, match=r"^Python 3\.11 is needed [^\n]*$"):
        setup.get_python311()


def test_a_stamp_of_an_unfinished_run_counts_as_none(tmp_path: Path) -> None:
    assert setup.read_stamp(tmp_path) == {}
    (tmp_path / setup.STAMP).write_text("{")
    assert setup.read_stamp(tmp_path) == {}
    setup.write_stamp(tmp_path, inputs="a")
    assert setup.read_stamp(tmp_path) == {"inputs": "a"}


def test_no_lock_names_an_index_and_every_line_has_hashes() -> None:
    for lock in setup.REQUIREMENTS.glob("*.txt"):
        text = lock.read_text()
        assert "://" not in text
        assert "--index-url" not in text
        assert text.count("==") <= text.count("--hash=sha256:")
        assert "\ntorch==" not in text
