"""Send one mail by SMTP, and know afterwards whether it left."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from urllib.parse import parse_qs, unquote, urlsplit

from channels.outbound import NotSentError, OutcomeUnknownError, RefusedError
from core.errors import RuleViolationError

TIMEOUT = 20.0
_PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in, and whom they are from. `tls`: from the first byte; else as soon as the server offers it."""

    host: str
    port: int
    sender: str
    username: str | None
    password: str | None
    tls: bool


def read_url(url: str) -> MailServer:
    """The server of an address `smtp[s]://[user:password@]host[:port]?from=name@host`. RuleViolationError("smtp_url_invalid")."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise RuleViolationError("smtp_url_invalid") from None
    sender = parse_qs(parts.query).get("from", [""])[0] or unquote(parts.username or "")
    if parts.scheme not in _PORTS or not host or "@" not in parseaddr(sender)[1] or "\n" in sender or "\r" in sender:
        raise RuleViolationError("smtp_url_invalid")
    username, password = (unquote(text) if text else None for text in (parts.username, parts.password))
    return MailServer(host, port or _PORTS[parts.scheme], sender, username, password, parts.scheme == "smtps")


def compose(server: MailServer, *, recipient: str, subject: str, text: str, key: str, now: datetime) -> EmailMessage:
    """A plain text mail. `key` makes its Message-ID, so that a server that gets it twice can tell."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = server.sender, recipient, " ".join(subject.split())
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{key}@{parseaddr(server.sender)[1].rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text, cte="base64")  # plain letters only, whatever servers are on the way
    return mail


def send(server: MailServer, mail: EmailMessage) -> str:
    """Hand a mail in; its Message-ID. NotSentError, RefusedError or OutcomeUnknownError otherwise."""
    with _connected(server) as connection:
        try:
            _address(connection, server, str(mail["To"]))
        except (smtplib.SMTPException, OSError) as error:
            raise NotSentError("smtp_failed", kind=type(error).__name__) from error
        try:
            code, _ = connection.data(mail.as_bytes())
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code) from error
        except (smtplib.SMTPException, OSError) as error:
            # It broke off somewhere between the mail and the server's word for it.
            raise OutcomeUnknownError("smtp_lost", kind=type(error).__name__) from error
        if code != 250:
            raise _refusal(code)
    return str(mail["Message-ID"])


@contextmanager
def _connected(server: MailServer) -> Iterator[smtplib.SMTP]:
    try:
        connection = _connect(server)
    except (smtplib.SMTPException, OSError) as error:
        raise NotSentError("smtp_unreachable", kind=type(error).__name__) from error
    try:
        yield connection
    finally:
        with suppress(smtplib.SMTPException, OSError):
            connection.quit()


def _connect(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        connection.ehlo()
        secure = server.tls
        if not secure and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
            secure = True
        if server.username and server.password:
            if not secure and not _is_here(server.host):
                raise NotSentError("smtp_without_tls")  # a password is not shouted across a network
            connection.login(server.username, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _is_here(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _address(connection: smtplib.SMTP, server: MailServer, recipient: str) -> None:
    for command, address in ((connection.mail, parseaddr(server.sender)[1]), (connection.rcpt, recipient)):
        code, _ = command(address)
        if code not in (250, 251):
            raise _refusal(code)


def _refusal(code: int) -> NotSentError | RefusedError:
    """4xx: later perhaps; 5xx: never."""
    return RefusedError("smtp_refused", status=code) if code >= 500 else NotSentError("smtp_busy", status=code)
