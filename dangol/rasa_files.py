"""What Rasa is told at start: endpoints and credentials without a secret in them, and a database of its own.

Rasa's tracker lives beside the store, never in it: a SQLite file of its own, or on PostgreSQL a schema `rasa` that a role of
its own owns. That role may touch nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

import yaml
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from core.settings import Settings
from dangol.progress import CommandError

SCHEMA = "rasa"
# The class in bot/ that spares most of the work of Rasa's own "SQL".
TRACKER_STORE = "bot.tracker_store.QuickTrackerStore"
TRACKER_VARIABLE = "DANGOL_TRACKER_URL"


def tracker_role(url: URL) -> str:
    """The name of Rasa's own role: roles belong to the whole server, so it names the database."""
    return f"{url.database}_rasa"


def tracker_password(settings: Settings) -> str:
    """The password of Rasa's own role, the same at every start, from the shop's secret key."""
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"dangol: role of the Rasa tracker", hashlib.sha256).hexdigest()


def tracker_url(settings: Settings) -> URL | None:
    """Where Rasa keeps its trackers on PostgreSQL, as its SQLAlchemy 1.4 takes it (psycopg2). None with SQLite."""
    url = make_url(settings.store_url)
    if url.get_backend_name() != "postgresql":
        return None
    url = url.set(drivername="postgresql+psycopg2", username=tracker_role(url), password=tracker_password(settings))
    return url.update_query_dict({"options": f"-csearch_path={SCHEMA}"})


def prepare_tracker(settings: Settings) -> None:
    """On PostgreSQL: make Rasa's role and schema, or bring its password up to date. Raises CommandError where it may not."""
    if tracker_url(settings) is None:
        return
    store = make_url(settings.store_url)
    engine = create_engine(store.set(drivername="postgresql+psycopg"))
    role = engine.dialect.identifier_preparer.quote(tracker_role(store))
    try:
        with engine.begin() as connection:
            # Replicas starting together take turns.
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('dangol: rasa role'))"))
            known = connection.execute(
                text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": tracker_role(store)}
            )
            verb = "ALTER" if known.first() else "CREATE"
            # A password cannot be bound in DDL; this one is hexadecimal.
            connection.execute(text(f"{verb} ROLE {role} LOGIN PASSWORD '{tracker_password(settings)}'"))
            connection.execute(text(f"GRANT {role} TO CURRENT_USER"))
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA} AUTHORIZATION {role}"))
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).splitlines()[0]
        raise CommandError(
            f"cannot prepare Rasa's schema on PostgreSQL (CREATEROLE is needed once): {reason}"
        ) from error
    finally:
        engine.dispose()


def endpoints(settings: Settings) -> dict[str, object]:
    """endpoints.yml: where actions are run and trackers kept. Secrets are named, Rasa reads them from its environment."""
    tracker: dict[str, object] = {"type": TRACKER_STORE, "dialect": "sqlite", "db": str(settings.var / "rasa.db")}
    if tracker_url(settings) is not None:
        tracker = {"type": TRACKER_STORE, "dialect": "postgresql", "url": f"${{{TRACKER_VARIABLE}}}"}
    return {"action_endpoint": {"url": f"{settings.actions_url}/webhook"}, "tracker_store": tracker}


def rasa_secrets(settings: Settings) -> dict[str, str]:
    """Environment variables that the Rasa process reads and no file holds."""
    secrets = {"DANGOL_INTERNAL_TOKEN": settings.internal_token.get_secret_value()}
    url = tracker_url(settings)
    if url is not None:
        secrets[TRACKER_VARIABLE] = url.render_as_string(hide_password=False)
    return secrets


def write_rasa_files(settings: Settings) -> tuple[Path, Path]:
    """Write var/rasa/{endpoints,credentials}.yml; returns both paths."""
    folder = settings.var / "rasa"
    folder.mkdir(parents=True, exist_ok=True)
    files = {"endpoints.yml": endpoints(settings), "credentials.yml": {"bot.channel.DangolInput": {}}}
    for name, content in files.items():
        draft = folder / f"{name}.new"
        draft.write_text(yaml.safe_dump(content, sort_keys=False))
        os.replace(draft, folder / name)
    return folder / "endpoints.yml", folder / "credentials.yml"
