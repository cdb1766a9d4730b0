"""Deliver the outbox's mails."""

from __future__ import annotations

import asyncio

from channels.mail import smtp
from channels.outbound import NotSentError, Outgoing, deliver
from core.clock import utc_now
from core.errors import RuleViolationError
from core.logging import get_logger
from core.settings import Settings
from crm_store.accounts.caught import catch_mail, catches_mail
from crm_store.accounts.mails import CHANNEL
from crm_store.db import reading, transaction


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Send mails until `stop` is set: by the mail server set, else, in the demonstration, to its page.

    A shop without a mail server keeps them for a day, should one be set meanwhile.
    """
    url = settings.smtp.url.get_secret_value() if settings.smtp.url is not None else ""
    server: smtp.MailServer | None = None
    trouble: RuleViolationError | None = None
    try:
        server = smtp.read_url(url) if url else None
    except RuleViolationError as error:  # everything else that is due goes on
        trouble = error
        get_logger().error("smtp_url_invalid")

    async def send(outgoing: Outgoing) -> str:
        if trouble is not None:
            raise NotSentError(trouble.code)
        if server is None:
            return await asyncio.to_thread(_catch, outgoing)
        return await asyncio.to_thread(_send, server, outgoing)

    await deliver(CHANNEL, send, stop)


def _send(server: smtp.MailServer, outgoing: Outgoing) -> str:
    mail = smtp.compose(
        server, recipient=outgoing.recipient, subject=outgoing.subject or "", text=outgoing.text or "",
        key=f"dangol.{outgoing.outbox_id}.{int(outgoing.created_at.timestamp())}", now=outgoing.created_at,
    )  # fmt: skip
    return smtp.send(server, mail)


def _catch(outgoing: Outgoing) -> str:
    with reading() as session:
        if not catches_mail(session):
            raise NotSentError("smtp_not_set")
    with transaction() as session:
        mail = catch_mail(
            session,
            recipient=outgoing.recipient,
            subject=outgoing.subject or "",
            body=outgoing.text or "",
            now=utc_now(),
        )
        return f"caught:{mail.id}"
