"""`dangol backup` and `restore`: the whole store and the pictures in one archive, taken while Dangol runs.

The archive is a .tar.gz of manifest.json (what is in it, with checksums), the store, media/ and, if asked, env.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy.engine import make_url

from core.clock import utc_now
from core.settings import Settings
from dangol import backup_postgres, backup_sqlite
from dangol.progress import CommandError

FORMAT = 1
_STORE, _MEDIA, _ENV = "store", "media", "env"


@dataclass
class Manifest:
    """What an archive holds: rows of each table, checksums of each file; `detail` is the database's own."""

    database: str
    revision: str
    tables: dict[str, int]
    detail: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    created_at: str = ""
    format: int = FORMAT


def back_up(settings: Settings, target: Path, *, with_secrets: bool = False) -> str:
    """Write an archive; a line that says what is in it. The former file at `target` stays until the new one is whole."""
    target = target.resolve()
    with _folder_beside(target) as folder:
        store = folder / _STORE
        store.mkdir()
        manifest = Manifest(**_module(settings).dump(settings.store_url, store), created_at=utc_now().isoformat())
        entries = [(path, f"{_STORE}/{path.name}") for path in sorted(store.iterdir())]
        media = settings.var / _MEDIA
        pictures = [path for path in sorted(media.rglob("*")) if path.is_file()] if media.is_dir() else []
        entries += [(path, f"{_MEDIA}/{path.relative_to(media).as_posix()}") for path in pictures]
        if with_secrets:
            entries.append((settings.home / ".env", _ENV))
        partial = folder / "archive"
        # Customers' data: nobody else on this machine may read it.
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
                for path, name in entries:
                    manifest.files[name] = _checksum(path)
                    archive.add(path, name, recursive=False)
                (folder / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
                archive.add(folder / "manifest.json", "manifest.json")
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    rows = sum(manifest.tables.values())
    return f"{target}: {len(manifest.tables)} tables, {rows:,} rows, {len(pictures)} pictures, {target.stat().st_size:,} bytes"


def restore(settings: Settings, source: Path, *, force: bool = False, with_secrets: bool = False) -> str:
    """Put an archive back and bring it to this release's schema; a line that says what came back.

    All is checked before anything is changed, and the store changes as a whole or not at all. CommandError for a running
    Dangol, a store that holds rows (unless `force`), another kind of database, and an archive that is damaged or newer.
    """
    from dangol.supervise import only_one  # not before it is needed: it brings the process manager along

    with only_one(settings), _folder_beside(settings.var / "restore") as folder:
        manifest = _unpack(source, folder)
        kind = make_url(settings.store_url).get_backend_name()
        if manifest.database != kind:
            raise CommandError(f"{source} is of a {manifest.database} store, this one is {kind}")
        if with_secrets and _ENV not in manifest.files:
            raise CommandError(f"{source} holds no secrets")
        _module(settings).load(
            settings.store_url, folder / _STORE, manifest.revision, manifest.tables, manifest.detail, force
        )
        pictures = _put_back_media(folder / _MEDIA, settings.var / _MEDIA)
        if with_secrets:
            _put_back_secrets(folder / _ENV, settings.home / ".env")
    rows = sum(manifest.tables.values())
    return f"restored {len(manifest.tables)} tables, {rows:,} rows, {pictures} pictures as of {manifest.created_at[:19]} UTC"


def _module(settings: Settings) -> Any:
    return backup_sqlite if make_url(settings.store_url).get_backend_name() == "sqlite" else backup_postgres


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """A folder on the same disk, gone in the end."""
    if not path.parent.is_dir():
        raise CommandError(f"{path.parent}: no such folder")
    with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent) as folder:
        yield Path(folder)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unpack(source: Path, folder: Path) -> Manifest:
    """Take an archive apart and check every file of it."""
    try:
        with tarfile.open(source, "r:gz") as archive:
            for member in archive:
                parts = PurePosixPath(member.name).parts
                if not member.isfile() or parts[0] not in (_STORE, _MEDIA, _ENV, "manifest.json"):
                    raise CommandError(f"{source} is no backup of Dangol: {member.name}")
                archive.extract(member, folder, filter="data")
        document = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise CommandError(f"{source} was written by another release (format {document['format']})")
        manifest = Manifest(**document)
    except (tarfile.TarError, EOFError, ValueError, KeyError, TypeError, FileNotFoundError) as error:
        raise CommandError(f"{source} is no whole backup of Dangol: {error}") from error
    for name, checksum in manifest.files.items():
        path = folder / name
        if not path.is_file() or _checksum(path) != checksum:
            raise CommandError(f"{source} is damaged: {name}")
    return manifest


def _put_back_media(media: Path, target: Path) -> int:
    """Pictures of the archive, over those there; how many."""
    count = 0
    for path in sorted(media.rglob("*")) if media.is_dir() else []:
        if path.is_file():
            place = target / path.relative_to(media)
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(path, place)
            count += 1
    return count


def _put_back_secrets(env: Path, target: Path) -> None:
    """The archive's .env; the former one is kept beside it."""
    if target.exists():
        os.replace(target, target.with_name(".env.before"))
    os.chmod(env, 0o600)
    os.replace(env, target)
