"""Accounts for tests: customers with an address, codes as the mail has them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import select

from core.ids import new_id
from crm_store.accounts.codes import Purpose, redeem_code, send_code
from crm_store.accounts.models import OneTimeCode
from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from crm_store.outbox.models import OutboxMessage
from tests.store.builders import NOW

KEY = b"k" * 32
MINA = "mina@shop.example"


def make_account(email: str | None = MINA, **values: Any) -> str:
    """The id of a member with this address."""
    row: dict[str, Any] = {"name": "김미나", "tier": "sprout", "joined_at": NOW, "created_at": NOW, **values}
    with transaction() as session:
        customer = Customer(id=new_id(), email=email, **row)
        session.add(customer)
    return customer.id


def send(conversation_id: str, email: str = MINA, purpose: Purpose = "sign_in", now: datetime = NOW) -> str:
    """Have a code sent; its row's id."""
    with transaction() as session:
        code = send_code(
            session,
            conversation_id=conversation_id,
            email=email,
            purpose=purpose,
            secret_key=KEY,
            language="ko",
            now=now,
        )
        return code.id


def mails_to(email: str = MINA) -> list[dict[str, Any]]:
    """Subjects and texts of mails queued to an address, oldest first."""
    with reading() as session:
        mine = select(OutboxMessage.body).where(OutboxMessage.channel == "email", OutboxMessage.recipient == email)
        return list(session.scalars(mine.order_by(OutboxMessage.id)))


def mailed_code(email: str = MINA) -> str:
    """The six digits of the latest mail."""
    found = re.search(r"\b\d{6}\b", mails_to(email)[-1]["text"])
    assert found is not None
    return found.group()


def redeem(conversation_id: str, code: str, purpose: Purpose = "sign_in", now: datetime = NOW) -> str | None:
    """Try a code as the actions do: what was counted stays counted. The customer's id; raises what the use case raises."""
    with transaction() as session:
        try:
            return redeem_code(
                session, conversation_id=conversation_id, purpose=purpose, code=code, secret_key=KEY, now=now
            ).customer_id
        except Exception as error:
            session.commit()
            raise error from None


def proved_code(session: Any, code_id: str, now: datetime = NOW) -> OneTimeCode:
    """A code as if it had been entered."""
    code: OneTimeCode = session.get_one(OneTimeCode, code_id)
    code.used_at = now
    return code
