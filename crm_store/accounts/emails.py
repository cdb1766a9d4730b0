"""E-mail addresses as the store keeps them."""

from __future__ import annotations

import re

from core.errors import RuleViolationError

# The outbox's recipients are no longer, and no mailbox in use is.
LONGEST = 200
_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.[a-z]{2,}")


def normal_email(written: str) -> str:
    """The address in lower case without spaces around it. RuleViolationError("email_invalid") for what is none."""
    email = written.strip().lower()
    if len(email) > LONGEST or ".." in email or not _ADDRESS.fullmatch(email):
        raise RuleViolationError("email_invalid")
    return email
