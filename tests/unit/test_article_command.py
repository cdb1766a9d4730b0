"""`dangol article publish`: what a file may look like, and what it leaves as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.settings import load_settings
from crm_store import db
from crm_store.articles.queries import list_published
from crm_store.migrate import upgrade
from dangol.articles import read_draft
from dangol.cli import app
from dangol.progress import CommandError


def written(folder: Path, text: str) -> Path:
    path = folder / "article.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_front_matter_gives_title_and_phrasings(tmp_path: Path) -> None:
    draft = read_draft(
        written(tmp_path, "---\ntitle: 반품 비용\nphrasings:\n  - 반품비 얼마예요?\n---\n왕복 6,000원이에요.\n")
    )
    assert (draft.title, draft.body, draft.phrasings) == ("반품 비용", "왕복 6,000원이에요.", ["반품비 얼마예요?"])


def test_a_heading_is_the_title_where_there_is_no_front_matter(tmp_path: Path) -> None:
    draft = read_draft(written(tmp_path, "\ufeff# Return fee\r\n\r\nIt is free.\r\n"))
    assert (draft.title, draft.body, draft.phrasings) == ("Return fee", "It is free.", [])


@pytest.mark.parametrize("text", ["---\ntitle: x\nno end", "---\n- a\n---\nbody", "---\nphrasings: one\n---\nbody"])
def test_what_cannot_be_read_is_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandError, match=r"article\.md: [^\n]+$"):
        read_draft(written(tmp_path, text))


def test_publishing_twice_keeps_what_the_second_file_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    upgrade(load_settings().store_url)
    command = ["article", "publish", "return-fee", "en", str(tmp_path / "article.md")]
    written(tmp_path, "---\ntitle: Return fee\nphrasings: [what does a return cost]\n---\nIt is free.")
    assert CliRunner().invoke(app, command).stdout == "published return-fee/en, version 1\n"
    written(tmp_path, "It costs 3,000 won.")
    assert CliRunner().invoke(app, command).stdout == "published return-fee/en, version 2\n"
    with db.reading() as session:
        (article,) = list_published(session)
    assert (article.title, article.body) == ("Return fee", "It costs 3,000 won.")
    assert article.phrasings == ["what does a return cost"]


def test_an_error_is_one_line_on_stderr_and_exit_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path))
    result = CliRunner().invoke(app, ["article", "publish", "return-fee", "en", str(tmp_path / "missing.md")])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "missing.md: No such file" in result.stderr
