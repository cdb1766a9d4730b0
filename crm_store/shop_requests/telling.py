"""Tell a customer in the conversation what the shop decided, when that came later than the turn in which they asked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from babel.dates import format_date
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.language import as_locale
from core.texts import catalogue
from crm_store.cases.models import Case
from crm_store.conversations.queries import get_conversation
from crm_store.conversations.service import add_message
from crm_store.orders.models import Order, Refund
from crm_store.shop_requests.models import ShopRequest

_TEXTS = Path(__file__).parent / "texts"
_REASON_LIMIT = 300
# The customer did it themself and was told then.
_SILENT = frozenset({"withdrawn"})


def tell(session: Session, request: ShopRequest, now: datetime) -> None:
    """Add the bot's message about a decided request; nothing for one that was asked for outside a conversation."""
    reason = str(request.answer.get("reason") or "").strip()
    if request.conversation_id is None or reason in _SILENT:
        return
    conversation = get_conversation(session, request.conversation_id, lock=True)
    locale = as_locale(conversation.locale)
    texts = catalogue(_TEXTS)
    parts = [texts.say(f"{request.kind}_{request.state}", locale, **_values(session, request, locale))]
    if reason and request.state == "refused":
        own = f"reason_{reason}" in texts.keys(locale)
        parts.append(
            texts.say(f"reason_{reason}", locale)
            if own
            else texts.say("reason_given", locale, reason=reason[:_REASON_LIMIT])
        )
    add_message(session, conversation, author="bot", text=" ".join(parts), now=now, language=locale)


def _values(session: Session, request: ShopRequest, locale: str) -> dict[str, str]:
    number = session.scalar(select(Order.number).where(Order.id == request.order_id))
    case_number = session.scalar(select(Case.number).where(Case.id == request.case_id))
    expected = session.scalar(select(Refund.expected_on).where(Refund.case_id == request.case_id))
    day = format_date(expected, "M월 d일" if locale == "ko" else "MMMM d", locale=locale) if expected else ""
    return {"order": number or "", "case": case_number or "", "expected": day}
