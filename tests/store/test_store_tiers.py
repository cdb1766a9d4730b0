"""Tiers over a rolling window: lifted at once, announced before they fall, reviewed once a month; against a plain count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.clock import add_months
from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from crm_store.loyalty import purchases, tiers
from crm_store.loyalty.models import TierChange
from crm_store.loyalty.standing import Purchase, Standing, TierRules, safe_until, spent_in, standing
from crm_store.orders.models import Order
from crm_store.shop.queries import current_rules
from crm_store.shop.service import adopt_rules
from tests.store.builders import make_customer, make_order, put_rules

RULES = TierRules((("low", 0), ("mid", 100), ("high", 300)), months=2, day=1, grace_months=1)
FIRST = date(2026, 1, 10)


def on(*days: int, worth: int = 100) -> list[Purchase]:
    return [Purchase(FIRST + timedelta(days=day), worth) for day in days]


def at(purchases_: list[Purchase], today: date, rules: TierRules = RULES) -> Standing:
    return standing(purchases_, lambda _: rules, today)


# The fold


def test_a_threshold_lifts_on_the_day_it_is_reached() -> None:
    assert at(on(0), FIRST - timedelta(days=1)).tier == "low"
    assert at(on(0), FIRST) == Standing("mid", None, None, 100)
    assert at(on(0, 5, 9), FIRST + timedelta(days=9)).tier == "high"


def test_a_downgrade_is_announced_a_review_ahead_and_carried_out_then() -> None:
    bought = on(0)  # 10 January: out of the window at the review of 1 April
    assert at(bought, date(2026, 3, 31)) == Standing("mid", None, None, 0)
    assert at(bought, date(2026, 4, 1)) == Standing("mid", "low", date(2026, 5, 1), 0)
    assert at(bought, date(2026, 4, 30)).tier == "mid"
    assert at(bought, date(2026, 5, 1)) == Standing("low", None, None, 0)


def test_buying_enough_calls_the_downgrade_off() -> None:
    bought = [*on(0), Purchase(date(2026, 4, 20), 100)]
    assert at(bought, date(2026, 4, 20)) == Standing("mid", None, None, 100)
    assert at(bought, date(2026, 5, 1)).tier == "mid"


def test_the_first_day_a_tier_may_be_lost_is_foretold() -> None:
    bought = on(0)
    for day in range(0, 110, 7):
        today = FIRST + timedelta(days=day)
        now = at(bought, today)
        if now.tier == "mid":
            assert safe_until(bought, RULES, now, today) == date(2026, 5, 1)
    assert safe_until([], RULES, Standing("low"), FIRST) is None


@settings(max_examples=150, deadline=None)
@given(
    bought=st.lists(st.tuples(st.integers(0, 400), st.sampled_from([30, 60, 100, 250])), max_size=14),
    months=st.integers(1, 4), day=st.sampled_from([1, 15, 31]), grace=st.integers(0, 2), today=st.integers(0, 420),
)  # fmt: skip
def test_the_fold_agrees_with_a_plain_count_day_by_day(
    bought: list[tuple[int, int]], months: int, day: int, grace: int, today: int
) -> None:
    rules = TierRules(RULES.tiers, months, day, grace)
    made = [Purchase(FIRST + timedelta(days=ahead), worth) for ahead, worth in bought]
    last = FIRST + timedelta(days=today)
    found = at(made, last, rules)
    assert (found.tier, found.next_tier, found.until) == _counted(made, rules, last)


def _counted(made: list[Purchase], rules: TierRules, last: date) -> tuple[str, str | None, date | None]:
    """The same, lived through one day after another."""
    names, least = [code for code, _ in rules.tiers], dict(rules.tiers)
    place, announced = 0, None
    today = min([each.day for each in made if each.day <= last], default=last)
    begun = today
    while today <= last:
        window = [each for each in made if add_months(today, -rules.months) <= each.day]
        if today > begun and today == rules.review_day(today.year, today.month):
            spent = sum(each.worth for each in window if each.day < today)
            fair = max(i for i, name in enumerate(names) if spent >= least[name])
            if fair >= place or rules.grace_months == 0 or (announced and today >= announced[1]):
                place, announced = fair, None
            else:
                announced = (fair, announced[1] if announced else rules.review_after(today, rules.grace_months))
        if any(each.day == today for each in made):
            spent = sum(each.worth for each in window if each.day <= today)
            fair = max(i for i, name in enumerate(names) if spent >= least[name])
            if fair >= place:
                place, announced = fair, None
        today += timedelta(days=1)
    return (names[place], names[announced[0]], announced[1]) if announced else (names[place], None, None)


def test_the_window_holds_its_first_and_last_day() -> None:
    bought = [Purchase(date(2026, 1, 1), 1), Purchase(date(2026, 3, 1), 2)]
    assert spent_in(bought, RULES, date(2026, 3, 1)) == 3
    assert spent_in(bought, RULES, date(2026, 3, 1), review=True) == 1
    assert spent_in(bought, RULES, date(2026, 3, 2)) == 2


# In the store


def moment(year: int, month: int, day: int, hour: int = 12) -> datetime:
    """An hour of a day in Korea."""
    return datetime(year, month, day, hour, tzinfo=UTC) - timedelta(hours=9)


def buy(customer_id: str, goods: int, when: datetime) -> None:
    order_id = make_order(customer_id, goods, state="delivered", placed_at=when, confirmed_at=when)
    with transaction() as session:
        purchases.reward(session, session.get_one(Order, order_id), actor="test", now=when)


def review_all(now: datetime) -> int:
    """How many were looked at."""
    total = 0
    while True:
        with transaction() as session:
            seen = tiers.review_due(session, now)
        if not seen:
            return total
        total += seen


def standing_of(customer_id: str) -> tuple[str, str | None, date | None]:
    with reading() as session:
        customer = session.get_one(Customer, customer_id)
        return customer.tier, customer.tier_next, customer.tier_until


def kinds(customer_id: str) -> list[str]:
    with reading() as session:
        query = select(TierChange).where(TierChange.customer_id == customer_id)
        changes = session.scalars(query.order_by(TierChange.created_at, TierChange.id))
        return [f"{change.kind} {change.to_tier}" for change in changes]


@pytest.fixture
def rules(store: str) -> None:
    put_rules()


@pytest.mark.usefixtures("rules")
def test_a_year_with_the_worker_late_and_away() -> None:
    customer_id, lasting = make_customer(), make_customer()
    buy(customer_id, 350_000, moment(2026, 1, 20))
    buy(lasting, 120_000, moment(2026, 1, 20))
    assert review_all(moment(2026, 2, 1)) == 0  # a store's first run only takes note
    assert review_all(moment(2026, 3, 1)) == 2
    assert review_all(moment(2026, 3, 1)) == 0
    assert standing_of(customer_id) == ("regular", None, None)
    assert review_all(moment(2026, 8, 3)) == 2  # five reviews late
    assert standing_of(customer_id) == ("regular", "sprout", date(2026, 9, 1))
    buy(lasting, 150_000, moment(2026, 8, 20))
    assert standing_of(lasting) == ("neighbour", None, None)
    review_all(moment(2026, 9, 1, 1))
    assert standing_of(customer_id) == ("sprout", None, None)
    assert kinds(customer_id) == ["upgraded regular", "kept sprout", "downgraded sprout"]
    assert kinds(lasting) == ["upgraded neighbour", "kept sprout", "kept neighbour"]


@pytest.mark.usefixtures("rules")
def test_a_review_goes_through_all_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "REVIEW_BATCH", 3)
    people = [make_customer() for _ in range(7)]
    for customer_id in people:
        buy(customer_id, 100_000, moment(2026, 1, 5))
    review_all(moment(2026, 7, 31))
    assert review_all(moment(2026, 8, 1)) == 7
    assert {standing_of(customer_id)[1] for customer_id in people} == {"sprout"}


@pytest.mark.usefixtures("rules")
def test_progress() -> None:
    customer_id = make_customer()
    with reading() as session:
        assert tiers.progress(session, customer_id, moment(2026, 1, 1)) == tiers.Progress(
            "sprout", 0, "neighbour", 100_000, None, None
        )
    buy(customer_id, 130_000, moment(2026, 1, 20))
    with reading() as session:
        found = tiers.progress(session, customer_id, moment(2026, 3, 5))
    assert found == tiers.Progress("neighbour", 130_000, "regular", 170_000, date(2026, 9, 1), None)
    assert tiers.last_day(found) == date(2026, 8, 31)


@pytest.mark.usefixtures("rules")
def test_changed_rules_count_from_the_day_they_were_made() -> None:
    customer_id = make_customer()
    buy(customer_id, 130_000, moment(2026, 4, 20))
    with reading() as session:
        before = tiers.standings(session, [customer_id], moment(2026, 5, 20))[customer_id]
    put = moment(2026, 5, 10)
    with transaction() as session:
        raised = current_rules(session)
        raised = {
            **raised,
            "tiers": {**raised["tiers"], "neighbour": {**raised["tiers"]["neighbour"], "from": 200_000}},
        }
        adopt_rules(session, rules=raised, actor="test", now=put)
    with reading() as session:
        after = tiers.standings(session, [customer_id], moment(2026, 5, 20))[customer_id]
        later = tiers.standings(session, [customer_id], moment(2026, 6, 1))[customer_id]
    assert (before.tier, after.tier) == ("neighbour", "neighbour")
    assert (later.tier, later.next_tier, later.until) == ("neighbour", "sprout", date(2026, 7, 1))


@pytest.mark.usefixtures("rules")
def test_a_tier_the_shop_gave_is_kept_till_its_review() -> None:
    customer_id = make_customer()
    with transaction() as session:
        session.get_one(Customer, customer_id).tier = "family"
        session.add(
            TierChange(
                customer_id=customer_id, kind="joined", to_tier="family", spent=0, effective_on=date(2026, 3, 10),
                actor="import", created_at=moment(2026, 3, 10),
            )
        )  # fmt: skip
    with transaction() as session:
        assert tiers.review(session, customer_id, moment(2026, 3, 20)) is None
    with transaction() as session:
        change = tiers.review(session, customer_id, moment(2026, 4, 2))
    assert change is not None
    assert (change.kind, change.to_tier, change.effective_on) == ("kept", "sprout", date(2026, 5, 1))
