"""Mails: by SMTP with every outcome known, to the demonstration's page, and the links in them."""

from __future__ import annotations

import asyncio
import email
import json
import re
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import create_engine, select, text

from channels.mail import sender
from channels.mail.smtp import read_url
from core.clock import utc_now
from core.errors import RuleViolationError
from core.settings import Settings, SmtpSettings
from crm_store.accounts.models import CaughtMail
from crm_store.accounts.requests import open_erasure, open_export
from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from crm_store.outbox import service as outbox
from crm_store.outbox.models import OutboxMessage
from dangol.account_jobs import erase_due, forget_old, remind_of_consents, send_exports
from dangol.web import create_app
from tests.smtp_stand_in import SmtpStandIn
from tests.store.accounts_at_hand import MINA, make_account
from tests.store.builders import make_conversation, put_rules

SUBJECT, BODY = "[단골상점] 인증 코드 123456", "안녕하세요.\n.점으로 시작하는 줄\n코드 123456\n"


def settings_for(home: Path, store: str, smtp: str | None = None) -> Settings:
    return Settings(
        home=home, identity_secret=SecretStr("i" * 32), secret_key=SecretStr("k" * 32), internal_token=SecretStr("t" * 32),
        database_url=store, smtp=SmtpSettings(url=SecretStr(smtp) if smtp else None), public_url="https://shop.example",
    )  # fmt: skip


def queue() -> None:
    with transaction() as session:
        outbox.queue(
            session, channel="email", recipient=MINA, idempotency_key="m1", now=utc_now(),
            body={"subject": SUBJECT, "text": BODY},
        )  # fmt: skip


def state() -> tuple[str, str | None, int]:
    with reading() as session:
        message = session.scalars(select(OutboxMessage)).one()
        return message.state, message.error, message.attempts


async def deliver_until(settings: Settings, *states: str, attempts: int = 1) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(sender.run(settings, stop))
    async with asyncio.timeout(20):
        while (now := await asyncio.to_thread(state))[0] not in states or now[2] < attempts:
            done, _ = await asyncio.wait({running}, timeout=0.02)
            assert not done
    stop.set()
    await running


def demonstration() -> None:
    with transaction() as session:
        session.execute(text("CREATE TABLE demo_reservations (ref VARCHAR(200) PRIMARY KEY)"))


async def test_a_mail_arrives_as_it_was_written(sqlite_store: str, tmp_path: Path) -> None:
    queue()
    async with SmtpStandIn() as server:
        url = f"smtp://me:p%40ss@127.0.0.1:{server.port}?from=단골상점 <shop@shop.example>"
        await deliver_until(settings_for(tmp_path, sqlite_store, url), "sent")
        [raw] = server.mails
    mail = email.message_from_bytes(raw, policy=default)
    assert (server.recipients, server.logins) == ([MINA], 1)
    assert (mail["Subject"], mail["To"]) == (SUBJECT, MINA)
    assert "shop@shop.example" in mail["From"]
    assert mail["Message-ID"].startswith("<dangol.")
    assert mail.get_content().replace("\r\n", "\n").rstrip(".\n") == BODY.rstrip("\n")
    assert raw.isascii()


@pytest.mark.parametrize(
    ("answers", "states", "attempts", "error"),
    [
        ({"RCPT": "550 nobody"}, ("failed",), 1, "smtp_refused"),
        ({"MESSAGE": "554 spam"}, ("failed",), 1, "smtp_refused"),
        ({"RCPT": "451 later"}, ("queued",), 2, "smtp_busy"),
        ({"MESSAGE": ""}, ("unknown",), 1, "smtp_lost"),
    ],
)
async def test_what_becomes_of_a_mail_is_known(
    sqlite_store: str, tmp_path: Path, answers: dict[str, str], states: tuple[str, ...], attempts: int, error: str
) -> None:
    queue()
    async with SmtpStandIn(answers) as server:
        url = f"smtp://127.0.0.1:{server.port}?from=shop@shop.example"
        await deliver_until(settings_for(tmp_path, sqlite_store, url), *states, attempts=attempts)
    assert error in (state()[1] or "")
    assert server.mails == []


async def test_a_server_that_is_away_is_asked_again(sqlite_store: str, tmp_path: Path) -> None:
    queue()
    async with SmtpStandIn() as server:
        url = f"smtp://127.0.0.1:{server.port}?from=shop@shop.example"
    await deliver_until(settings_for(tmp_path, sqlite_store, url), "queued", attempts=2)
    assert "smtp_unreachable" in (state()[1] or "")


@pytest.mark.parametrize("url", [None, "smtp://nonsense"])
async def test_a_shop_without_a_server_keeps_its_mails(sqlite_store: str, tmp_path: Path, url: str | None) -> None:
    queue()
    await deliver_until(settings_for(tmp_path, sqlite_store, url), "queued", attempts=1)
    with reading() as session:
        assert session.scalar(select(CaughtMail.id)) is None


@pytest.mark.parametrize(
    "url",
    ["http://host?from=a@b.c", "smtp://?from=a@b.c", "smtp://host", "smtp://host:x?from=a@b.c", "smtp://host?from=a"],
)
def test_an_address_of_a_server_that_is_none(url: str) -> None:
    with pytest.raises(RuleViolationError, match="smtp_url_invalid"):
        read_url(url)


def test_an_address_of_a_server() -> None:
    server = read_url("smtps://me%40shop.example:p%2Fw@mail.shop.example")
    assert (server.host, server.port, server.tls) == ("mail.shop.example", 465, True)
    assert (server.sender, server.username, server.password) == ("me@shop.example", "me@shop.example", "p/w")


async def test_the_demonstration_shows_what_it_would_have_sent(sqlite_store: str, tmp_path: Path) -> None:
    put_rules()
    demonstration()
    queue()
    settings = settings_for(tmp_path, sqlite_store)
    await deliver_until(settings, "sent")
    with TestClient(create_app(settings)) as client:
        page = client.get("/demo/mail", headers={"Accept-Language": "ko"})
        assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
        assert SUBJECT in page.text
        assert "데모 메일함" in page.text
        assert "Demonstration mailbox" in client.get("/demo/mail?lang=en").text
        assert SUBJECT not in client.get("/demo/mail?to=somebody@else.example").text
        assert client.get("/demo/mail.css").headers["Content-Type"].startswith("text/css")
    with_server = settings_for(tmp_path, sqlite_store, "smtp://127.0.0.1:1?from=a@shop.example")
    with TestClient(create_app(with_server)) as client:
        assert client.get("/demo/mail").status_code == 404


def test_a_mail_is_shown_as_text(sqlite_store: str, tmp_path: Path) -> None:
    put_rules()
    demonstration()
    with transaction() as session:
        session.add(
            CaughtMail(
                recipient=MINA, subject="<script>", body="<img src=x> https://shop.example/a", created_at=utc_now()
            )
        )
    with TestClient(create_app(settings_for(tmp_path, sqlite_store))) as client:
        page = client.get("/demo/mail").text
    assert "<script>" not in page
    assert "<img" not in page
    assert '<a href="https://shop.example/a"' in page


def test_a_real_shop_has_no_such_page(sqlite_store: str, tmp_path: Path) -> None:
    put_rules()
    with TestClient(create_app(settings_for(tmp_path, sqlite_store))) as client:
        assert client.get("/demo/mail").status_code == 404


def _link() -> str:
    with reading() as session:
        body: dict[str, Any] = (
            session.scalars(select(OutboxMessage.body).order_by(OutboxMessage.id.desc())).first() or {}
        )
    found = re.search(r"https://shop\.example(/api/v1/exports/\S+)", str(body["text"]))
    assert found is not None
    return found.group(1)


def test_a_copy_is_downloaded_once(store: str, tmp_path: Path) -> None:
    put_rules()
    customer_id, conversation_id = make_account(), make_conversation()
    settings = settings_for(tmp_path, store)
    with transaction() as session:
        open_export(session, customer_id=customer_id, conversation_id=conversation_id, channel="web", now=utc_now())
    send_exports(settings)
    link = _link()
    with TestClient(create_app(settings)) as client:
        assert client.get(link[:-1] + "_").status_code == 404
        copy = client.get(link)
        assert copy.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
        assert copy.headers["Cache-Control"] == "no-store"
        assert json.loads(copy.text)["profile"]["email"] == MINA
        gone = client.get(link)
        assert (gone.status_code, gone.json()["code"]) == (404, "export_unknown")


def test_erasure_reaches_rasas_trackers_too(sqlite_store: str, tmp_path: Path) -> None:
    put_rules(account__erasure_grace_days=0)
    customer_id, conversation_id = make_account(), make_conversation()
    settings = settings_for(tmp_path, sqlite_store)
    settings.var.mkdir()
    tracker = create_engine(f"sqlite:///{settings.var / 'rasa.db'}")
    with tracker.begin() as connection:
        connection.execute(text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)"))
        for sender_id in (f"{conversation_id}.0", f"{conversation_id}.1", "somebody.0"):
            connection.execute(text("INSERT INTO events (sender_id) VALUES (:id)"), {"id": sender_id})
    with transaction() as session:
        session.execute(
            text("UPDATE conversations SET customer_id = :customer WHERE id = :id"),
            {"customer": customer_id, "id": conversation_id},
        )
        open_erasure(
            session, customer_id=customer_id, conversation_id=conversation_id, reason=None, channel="web", now=utc_now()
        )
    erase_due(settings)
    remind_of_consents()
    forget_old()
    with tracker.begin() as connection:
        assert connection.execute(text("SELECT sender_id FROM events")).scalars().all() == ["somebody.0"]
    tracker.dispose()
    with reading() as session:
        assert session.get_one(Customer, customer_id).erased_at is not None
