"""What the worker does for accounts: copies of data, erasures, reminders of consents, and forgetting."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import create_engine, inspect, text

from core.clock import utc_now
from core.settings import Settings
from crm_store import db
from crm_store.accounts.caught import forget_mails
from crm_store.accounts.codes import forget_codes
from crm_store.accounts.erasing import carry_out_erasure, conversations_to_erase
from crm_store.accounts.exporting import send_export_link
from crm_store.accounts.requests import due_requests
from crm_store.consents.service import remind_to_reconfirm
from dangol.rasa_files import SCHEMA

KEPT_CODES, KEPT_MAILS = timedelta(days=1), timedelta(days=7)


def send_exports(settings: Settings) -> None:
    """Mail the links of exports that were asked for."""
    with db.reading() as session:
        due = due_requests(session, "export", utc_now())
    for request_id in due:
        with db.transaction() as session:
            send_export_link(
                session, request_id=request_id, secret_key=settings.secret_key.get_secret_value().encode(),
                base_url=settings.pages_url, now=utc_now(),
            )  # fmt: skip


def erase_due(settings: Settings) -> None:
    """Erase who asked for it and whose day has come: first from Rasa's trackers, which know what was said too."""
    with db.reading() as session:
        due = {
            request_id: conversations_to_erase(session, request_id)
            for request_id in due_requests(session, "erasure", utc_now())
        }
    for request_id, conversation_ids in due.items():
        forget_trackers(settings, conversation_ids)
        with db.transaction() as session:
            carry_out_erasure(session, request_id, utc_now())


def forget_trackers(settings: Settings, conversation_ids: list[str]) -> None:
    """Delete what Rasa remembers of conversations; nothing where it has not run yet."""
    embedded = db.current_engine().dialect.name == "sqlite"
    path = settings.var / "rasa.db"
    if embedded and not path.exists():
        return
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30}) if embedded else db.current_engine()
    table, schema = ("events", None) if embedded else (f"{SCHEMA}.events", SCHEMA)
    try:
        with engine.begin() as connection:
            if not inspect(connection).has_table("events", schema=schema):
                return
            for conversation_id in conversation_ids:
                # Rasa's senders are <conversation>.<episode>.
                senders = {"sender": f"{conversation_id}.%"}
                connection.execute(text(f"DELETE FROM {table} WHERE sender_id LIKE :sender"), senders)
    finally:
        if embedded:
            engine.dispose()


def remind_of_consents() -> None:
    """Tell customers what they agreed to two years ago."""
    told = 1
    while told:
        with db.transaction() as session:
            told = remind_to_reconfirm(session, utc_now())


def forget_old() -> None:
    """Codes that expired, and mails that were sent: no record needs them."""
    now = utc_now()
    with db.transaction() as session:
        forget_codes(session, now - KEPT_CODES)
        forget_mails(session, now - KEPT_MAILS)
