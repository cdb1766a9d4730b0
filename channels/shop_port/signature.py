"""Signatures of both directions: `Dangol-Signature: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from core.errors import UnauthenticatedError

HEADER = "Dangol-Signature"
# How far the other side's clock may be away, in seconds.
TOLERANCE = 300


def sign(secret: str, body: bytes, now: datetime) -> str:
    """The header's value for a body."""
    moment = str(int(now.timestamp()))
    return f"t={moment},v1={_digest(secret, moment, body)}"


def verify(secret: str, header: str | None, body: bytes, now: datetime) -> str:
    """The signature (v1) when it holds. UnauthenticatedError: signature_missing, signature_invalid, signature_expired."""
    if not header:
        raise UnauthenticatedError("signature_missing")
    parts = dict(part.strip().partition("=")[::2] for part in header.split(","))
    moment, given = parts.get("t", ""), parts.get("v1", "")
    if not (moment.isascii() and moment.isdecimal() and len(moment) <= 12 and given.isascii()):
        raise UnauthenticatedError("signature_invalid")
    if not hmac.compare_digest(_digest(secret, moment, body), given):
        raise UnauthenticatedError("signature_invalid")
    if abs(now.timestamp() - int(moment)) > TOLERANCE:
        raise UnauthenticatedError("signature_expired")
    return given


def _digest(secret: str, moment: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
