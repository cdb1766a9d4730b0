"""Races for coupons on PostgreSQL: limits hold, and a control breaks without the guard.

Racers use separate orders and separate customers, or they would queue up behind a row that is none of the guard's. A
control is the same race on code that reads, then writes; all racers meet between the two, so it breaks every time.
"""

from __future__ import annotations

from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.ids import new_id
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption
from crm_store.coupons.redemption import redeem, revert_redemption
from crm_store.coupons.service import issue, request_birthday
from crm_store.db import reading, transaction
from tests.store.builders import NOW, make_customer, make_order, make_terms, put_rules
from tests.store.races import WAIT, race

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("rules")]
# Each holds a connection of its own where all meet inside their transactions.
RACERS = 64
LIMIT = 3


@pytest.fixture
def rules(postgres_store: str) -> None:
    put_rules()


def _redemptions() -> int:
    with reading() as session:
        return session.scalar(select(func.count(Redemption.id)).where(Redemption.reverted_at.is_(None))) or 0


def _counted(terms_id: str) -> tuple[int, int]:
    with reading() as session:
        terms = session.get_one(CouponTerms, terms_id)
        return terms.issued_count, terms.redeemed_count


def _shoppers(count: int = RACERS) -> list[tuple[str, str]]:
    """Customers, each with an order."""
    return [(customer_id, make_order(customer_id)) for customer_id in (make_customer() for _ in range(count))]


# A shared code's limit


def test_a_code_for_three_is_used_three_times() -> None:
    make_terms("spring", shared_code="SPRING", redemption_limit=LIMIT)

    def use(shopper: tuple[str, str]) -> None:
        with transaction() as session:
            redeem(
                session, code="SPRING", customer_id=shopper[0], order_id=shopper[1],
                idempotency_key=f"redeem:{shopper[1]}", actor="test", now=NOW,
            )  # fmt: skip

    outcome = race(use, _shoppers())
    assert outcome == {"ok": LIMIT, "redemption_limit_reached": RACERS - LIMIT}
    assert (_redemptions(), _counted("spring")) == (LIMIT, (0, LIMIT))


def test_control_without_the_guard_a_code_for_three_is_used_by_all() -> None:
    make_terms("spring", shared_code="SPRING", redemption_limit=LIMIT)
    everybody_read = Barrier(RACERS)

    def use(shopper: tuple[str, str]) -> None:
        with transaction() as session:
            used = session.scalar(select(CouponTerms.redeemed_count).where(CouponTerms.id == "spring")) or 0
            everybody_read.wait(WAIT)
            if used < LIMIT:
                _write_redemption(session, shopper)
                session.execute(update(CouponTerms).values(redeemed_count=used + 1))

    assert race(use, _shoppers()) == {"ok": RACERS}
    assert (_redemptions(), _counted("spring")) == (RACERS, (0, 1))


def _write_redemption(session: Session, shopper: tuple[str, str]) -> None:
    session.add(
        Redemption(
            terms_id="spring",
            customer_id=shopper[0],
            order_id=shopper[1],
            discount=3000,
            idempotency_key=new_id(),
            request_hash="",
            actor="test",
            created_at=NOW,
        )
    )
    session.flush()


# One issued coupon on many orders


def _issued(terms_id: str, customer_id: str) -> IssuedCoupon:
    with transaction() as session:
        return issue(
            session, terms_id=terms_id, customer_id=customer_id, occasion="once", idempotency_key=new_id(), actor="test",
            now=NOW,
        )  # fmt: skip


def test_one_coupon_is_used_on_one_order() -> None:
    make_terms("terms")
    customer_id = make_customer()
    coupon = _issued("terms", customer_id)
    orders = [make_order(customer_id) for _ in range(16)]

    def use(order_id: str) -> None:
        with transaction() as session:
            redeem(
                session, code=coupon.code, customer_id=customer_id, order_id=order_id, idempotency_key=order_id,
                actor="test", now=NOW,
            )  # fmt: skip

    assert race(use, orders) == {"ok": 1, "coupon_used": 15}
    assert (_redemptions(), _counted("terms")) == (1, (1, 1))


def test_two_coupons_do_not_get_onto_one_order() -> None:
    customer_id = make_customer()
    codes = [_issued(make_terms(f"terms-{number}"), customer_id).code for number in range(16)]
    order_id = make_order(customer_id)

    def use(code: str) -> None:
        with transaction() as session:
            redeem(
                session,
                code=code,
                customer_id=customer_id,
                order_id=order_id,
                idempotency_key=code,
                actor="test",
                now=NOW,
            )

    assert race(use, codes) == {"ok": 1, "order_has_coupon": 15}
    assert _redemptions() == 1


# Redeem against revert


def test_uses_and_reverts_at_once_keep_the_count_right() -> None:
    make_terms("spring", shared_code="SPRING", redemption_limit=LIMIT)
    shoppers = _shoppers(LIMIT)
    first = [_use_spring(shopper, "first").id for shopper in shoppers]
    newcomers = _shoppers(24)

    def turn(work: tuple[str, Any]) -> None:
        if work[0] == "use":
            _use_spring(work[1], "later")
            return
        with transaction() as session:
            revert_redemption(session, redemption_id=work[1], actor="test", now=NOW)

    # Each use is reverted by four at once: only one of them may free it.
    outcome = race(turn, [("use", shopper) for shopper in newcomers] + [("revert", use) for use in first * 4])
    taken = outcome["ok"] - LIMIT * 4
    assert outcome["redemption_limit_reached"] == 24 - taken
    assert taken <= LIMIT
    assert _counted("spring") == (0, taken)
    assert _redemptions() == taken


def test_control_without_the_guard_a_use_reverted_twice_is_freed_twice() -> None:
    make_terms("spring", shared_code="SPRING", redemption_limit=LIMIT)
    uses = [_use_spring(shopper, "first").id for shopper in _shoppers(LIMIT)]
    both_read = Barrier(2)

    def revert(_: int) -> None:
        with transaction() as session:
            open_still = session.scalar(select(Redemption.reverted_at).where(Redemption.id == uses[0])) is None
            both_read.wait(WAIT)
            if open_still:
                session.execute(update(Redemption).where(Redemption.id == uses[0]).values(reverted_at=NOW))
                session.execute(update(CouponTerms).values(redeemed_count=CouponTerms.redeemed_count - 1))

    assert race(revert, range(2)) == {"ok": 2}
    assert (_redemptions(), _counted("spring")) == (LIMIT - 1, (0, LIMIT - 2))


def _use_spring(shopper: tuple[str, str], attempt: str) -> Redemption:
    with transaction() as session:
        return redeem(
            session, code="SPRING", customer_id=shopper[0], order_id=shopper[1],
            idempotency_key=f"{attempt}:{shopper[1]}", actor="test", now=NOW,
        )  # fmt: skip


# Issuing


def test_no_more_are_issued_than_the_limit_and_one_birthday_coupon_each() -> None:
    make_terms("few", issue_limit=LIMIT)
    outcome = race(lambda customer_id: _issued("few", customer_id), [make_customer() for _ in range(RACERS)])
    assert outcome == {"ok": LIMIT, "issue_limit_reached": RACERS - LIMIT}
    assert _counted("few") == (LIMIT, 0)

    birthday_child = make_customer(birthday=NOW.date())

    def ask(message: int) -> None:
        with transaction() as session:
            request_birthday(session, customer_id=birthday_child, idempotency_key=f"m{message}", actor="bot", now=NOW)

    assert race(ask, range(RACERS)) == {"ok": 1, "already_issued": RACERS - 1}
