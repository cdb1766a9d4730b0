"""Erase a customer: nothing personal stays; orders and the ledger stay as the law demands, of somebody nobody can name."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crm_store.accounts.models import CaughtMail, DataRequest, OneTimeCode
from crm_store.accounts.requests import lock_open_request, open_matters
from crm_store.carts.models import Cart, CartLine, CouponReservation
from crm_store.cases.models import Case
from crm_store.consents.models import Consent
from crm_store.conversations.models import (
    ActionRun,
    Attachment,
    Conversation,
    DialogueState,
    Message,
    MessageFeedback,
    Turn,
)
from crm_store.coupons.models import IssuedCoupon
from crm_store.customers.models import ChannelIdentity, Customer
from crm_store.customers.queries import get_customer
from crm_store.feedback.models import Feedback, ProductReview
from crm_store.inbox.models import InboundUpdate
from crm_store.orders.models import Order
from crm_store.outbox.models import OutboxMessage
from crm_store.points import service as points
from crm_store.points.queries import balance
from crm_store.regular_deliveries.models import RegularDelivery
from crm_store.shop_requests.models import ShopRequest
from crm_store.staff.service import record
from crm_store.wishes.models import ProductView, RestockAlert, WishlistItem

ERASED_TEXT = "[삭제됨 · erased]"
ACTOR = "erasure"
_MAIL_OR_PHONE = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|(?:\+82|0)[\s-]?\d{1,2}[\s.-]?\d{3,4}[\s.-]?\d{4}")


def conversations_to_erase(session: Session, request_id: str) -> list[str]:
    """Ids of the conversations of a request's customer, for what else remembers them."""
    request = session.get_one(DataRequest, request_id)
    return list(session.scalars(select(Conversation.id).where(Conversation.customer_id == request.customer_id)))


def carry_out_erasure(session: Session, request_id: str, now: datetime) -> bool:
    """Erase the customer of an open erasure request. False when it was withdrawn, or something is under way again."""
    request = lock_open_request(session, request_id)
    if request is None or request.kind != "erasure" or open_matters(session, request.customer_id):
        return False
    customer = get_customer(session, request.customer_id)
    _take_benefits(session, customer.id, request.id, now)
    _clear_free_words(session, customer)
    _clear_mails(session, customer)
    _clear_conversations(session, customer.id, now)
    _clear_wishes(session, customer.id, now)
    _clear_records(session, customer.id)
    _clear_profile(session, customer, now)
    request.state, request.done_at, request.reason = "done", now, None
    record(session, ACTOR, "customer.erase", customer.id, now, request_id=request.id)
    session.flush()
    return True


def _take_benefits(session: Session, customer_id: str, request_id: str, now: datetime) -> None:
    left = balance(session, customer_id, now)
    if left > 0:
        points.spend(
            session, customer_id=customer_id, amount=left, reason="erased", idempotency_key=f"erasure:{request_id}",
            actor=ACTOR, now=now,
        )  # fmt: skip
    mine = (IssuedCoupon.customer_id == customer_id, IssuedCoupon.state == "issued")
    session.execute(update(IssuedCoupon).where(*mine).values(state="revoked"))


def _clear_free_words(session: Session, customer: Customer) -> None:
    """What was written stays where the shop must keep it or learns from it; who wrote it does not show."""
    for case in session.scalars(select(Case).where(Case.customer_id == customer.id)):
        case.reason = redacted(case.reason or "", customer) or None
        case.wanted = {key: value for key, value in case.wanted.items() if key in ("variant_id", "remedy")}
    for feedback in session.scalars(select(Feedback).where(Feedback.customer_id == customer.id)):
        feedback.text = redacted(feedback.text, customer)
        feedback.customer_id = feedback.conversation_id = feedback.message_id = None
    for review in session.scalars(select(ProductReview).where(ProductReview.customer_id == customer.id)):
        review.text = redacted(review.text, customer)
    session.flush()


def redacted(text: str, customer: Customer) -> str:
    """A text without the customer's name, and without any e-mail or phone number."""
    text = _MAIL_OR_PHONE.sub("***", text)
    names = {customer.name or "", *(customer.name or "").split()} - {""}
    # Korean calls people by the given name alone: 김민수, 민수 씨.
    if customer.name and re.fullmatch(r"[가-힣]{3,4}", customer.name):
        names.add(customer.name[1:])
    for name in sorted((name for name in names if len(name) > 1), key=len, reverse=True):
        text = re.sub(re.escape(name), "***", text, flags=re.IGNORECASE)
    return text


def _clear_mails(session: Session, customer: Customer) -> None:
    session.execute(delete(OneTimeCode).where(OneTimeCode.customer_id == customer.id))
    if customer.email is None:
        return
    session.execute(delete(OneTimeCode).where(OneTimeCode.email == customer.email))
    session.execute(delete(CaughtMail).where(CaughtMail.recipient == customer.email))
    _empty_outbox(session, "email", customer.email)


def _empty_outbox(session: Session, channel: str, recipient: str) -> None:
    theirs = (OutboxMessage.channel == channel, OutboxMessage.recipient == recipient)
    waiting = update(OutboxMessage).where(*theirs, OutboxMessage.state == "queued")
    session.execute(waiting.values(state="failed", error="erased"))
    session.execute(update(OutboxMessage).where(*theirs).values(recipient="erased", body={}))


def _clear_conversations(session: Session, customer_id: str, now: datetime) -> None:
    conversations = select(Conversation.id).where(Conversation.customer_id == customer_id)
    messages = select(Message.id).where(Message.conversation_id.in_(conversations))
    session.execute(update(ActionRun).where(ActionRun.message_id.in_(messages)).values(result=_EMPTY_RUN))
    session.execute(update(MessageFeedback).where(MessageFeedback.message_id.in_(messages)).values(comment=None))
    session.execute(delete(DialogueState).where(DialogueState.conversation_id.in_(conversations)))
    session.execute(
        update(Turn)
        .where(Turn.conversation_id.in_(conversations))
        .values(entities=[], candidates=[], error=None, state="done", finished_at=Turn.created_at)
    )
    session.execute(
        update(Message)
        .where(Message.conversation_id.in_(conversations))
        .values(text=ERASED_TEXT, payload=None, content={}, attachment_id=None)
    )
    session.execute(delete(Attachment).where(Attachment.conversation_id.in_(conversations)))
    session.execute(delete(OneTimeCode).where(OneTimeCode.conversation_id.in_(conversations)))
    _unbind_channels(session, customer_id)
    # Nobody is signed in there any more: whoever still holds a token of one begins anew, as a stranger.
    session.execute(
        update(Conversation)
        .where(Conversation.customer_id == customer_id)
        .values(
            customer_id=None, state="closed", staff_id=None, waiting_since=None, lease_owner=None, lease_until=None,
            episode=Conversation.episode + 1, owner_version=Conversation.owner_version + 1, last_activity_at=now,
        )
    )  # fmt: skip


_EMPTY_RUN = {"replies": [], "outcome": "none", "effects": [], "entities": [], "candidates": []}


def _unbind_channels(session: Session, customer_id: str) -> None:
    """The channel's own name for a person goes too: if they write again, it is as somebody new."""
    wanted = Conversation.customer_id == customer_id
    talked = select(Conversation.identity_id).where(wanted, Conversation.identity_id.is_not(None))
    for identity in session.scalars(
        select(ChannelIdentity).where((ChannelIdentity.customer_id == customer_id) | ChannelIdentity.id.in_(talked))
    ):
        _empty_outbox(session, identity.channel, identity.external_id)
        _empty_inbox(session, identity.channel, identity.external_id)
        identity.external_id, identity.display_name = f"erased:{identity.id}", None
        identity.customer_id = identity.verified_at = None
    session.flush()


def _empty_inbox(session: Session, channel: str, external_id: str) -> None:
    if not external_id.lstrip("-").isdigit():
        return
    chat = int(external_id)
    paths = (("message",), ("edited_message",), ("callback_query", "message"), ("my_chat_member",))
    for path in paths:
        where = InboundUpdate.body[(*path, "chat", "id")].as_integer()
        session.execute(
            update(InboundUpdate).where(InboundUpdate.channel == channel, where == chat).values(body={}),
            execution_options={"synchronize_session": False},
        )


def _clear_wishes(session: Session, customer_id: str, now: datetime) -> None:
    for model in (WishlistItem, RestockAlert, ProductView, CouponReservation, CartLine, Cart, Consent):
        session.execute(delete(model).where(model.customer_id == customer_id))
    session.execute(
        update(RegularDelivery)
        .where(RegularDelivery.customer_id == customer_id)
        .values(state="ended", ended_at=now, address={}, reason=None)
    )


def _clear_records(session: Session, customer_id: str) -> None:
    """Records the law keeps, without whom and where to. (Their own numbers and sums name nobody.)"""
    session.execute(update(Order).where(Order.customer_id == customer_id).values(address={}))
    session.execute(update(ShopRequest).where(ShopRequest.customer_id == customer_id).values(body={}, answer={}))


def _clear_profile(session: Session, customer: Customer, now: datetime) -> None:
    for field in ("external_ref", "name", "email", "phone", "birthday", "gender", "skin_type", "referral_code"):
        setattr(customer, field, None)
    customer.sizes, customer.address, customer.erased_at = {}, {}, now
    session.flush()
