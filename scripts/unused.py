"""Name code that nothing uses (`make check`): functions, classes, methods, imports, unreachable lines.

vulture's own command cannot tell a column of a table from a function; here attributes and variables count only where it
is certain. What a framework calls by name is listed in pyproject.toml, [tool.vulture]; what a template names is used.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

from vulture.core import Vulture

ROOT = Path(__file__).resolve().parent.parent
CERTAIN = 100
BY_NAME = {"attribute", "property", "variable"}


def names_in_templates(folders: list[str]) -> set[str]:
    """Every word of every Jinja template."""
    templates = [path for folder in folders for path in (ROOT / folder).rglob("*.html")]
    return {word for path in templates for word in re.findall(r"[a-z_]+", path.read_text(encoding="utf-8"))}


def main() -> int:
    """Print what is unused; 1 where there is any."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["vulture"]
    vulture = Vulture(ignore_names=config["ignore_names"], ignore_decorators=config["ignore_decorators"])
    vulture.scavenge([str(ROOT / path) for path in config["paths"]])
    templates = names_in_templates(config["paths"])
    found = [
        item
        for item in vulture.get_unused_code(min_confidence=60)
        if (item.typ not in BY_NAME and item.name not in templates) or item.confidence == CERTAIN
    ]
    for item in found:
        print(f"{item.filename.relative_to(ROOT)}:{item.first_lineno}: {item.message}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
