"""Seeding the demonstration shop, and reserving its people: counts, sums, promises, and no one given twice."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import jwt
import pytest
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.clock import local_date, utc_now
from core.errors import RuleViolationError
from core.settings import Settings, load_settings
from crm_store import db
from crm_store.articles.queries import list_published
from crm_store.carts.models import CartLine
from crm_store.cases.agreed import resolve_refunded
from crm_store.cases.models import OPEN_STATES, Case, CaseEvent
from crm_store.cases.service import open_case
from crm_store.catalogue.models import Product, Variant
from crm_store.catalogue.queries import list_products, list_variants
from crm_store.consents.models import Consent, ConsentEvent
from crm_store.coupons import service as coupons
from crm_store.coupons.errors import CouponAlreadyIssuedError, NotEligibleError
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption
from crm_store.coupons.queries import list_usable
from crm_store.customers.models import Customer
from crm_store.customers.queries import find_by_external_ref
from crm_store.feedback.models import Feedback, ProductReview
from crm_store.loyalty import tiers
from crm_store.loyalty.models import Attendance, Referral, TierChange
from crm_store.orders.fees import shipping_fee
from crm_store.orders.models import Order, OrderLine, Refund, Shipment
from crm_store.orders.queries import latest_shipment, list_orders
from crm_store.orders.refunds import list_refunds, pay_due
from crm_store.orders.service import confirm_due
from crm_store.points import service as points
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount
from crm_store.regular_deliveries.models import RegularDelivery, RegularDeliveryRun
from crm_store.shop.queries import current_rules
from crm_store.shop_requests.queries import list_pending
from crm_store.shop_requests.service import decide
from crm_store.staff.service import open_session, verify_password
from crm_store.wishes.models import ProductView, RestockAlert, WishlistItem
from crm_store.wishes.service import list_wishlist
from dangol.demo import logins, people, reservations, seed
from dangol.demo.rhythm import occasions_of
from dangol.demo.seed import seed_if_empty
from knowledge.articles import read_articles

_AT_LEAST: dict[type[db.Base], int] = {
    Attendance: 1_000, Case: 400, CartLine: 200, Consent: 4_000, ConsentEvent: 4_000, CouponTerms: 8, Feedback: 60,
    IssuedCoupon: 1_000, ProductReview: 800, ProductView: 5_000, Redemption: 300, Refund: 500, RegularDelivery: 50,
    RegularDeliveryRun: 200, RestockAlert: 50, Shipment: 18_000, TierChange: 2_000, WishlistItem: 800,
}  # fmt: skip


def _home(folder: Path, url: str, patch: pytest.MonkeyPatch) -> Settings:
    patch.setenv("DANGOL_HOME", str(folder))
    patch.setenv("DANGOL_DATABASE_URL", url)
    return load_settings()


@pytest.fixture(scope="module")
def seeded_home(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder whose SQLite store has the shop in it; to be copied, not changed."""
    home = tmp_path_factory.mktemp("seeded")
    shutil.copy(sqlite_template, home / "store.db")
    with pytest.MonkeyPatch.context() as patch:
        assert seed_if_empty(_home(home, f"sqlite:///{home / 'store.db'}", patch))
    db.current_engine().dispose()
    return home


@pytest.fixture
def seeded(seeded_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a fresh copy of it, which `crm_store.db` is configured for."""
    home = shutil.copytree(seeded_home, tmp_path / "home")
    settings = _home(home, f"sqlite:///{home / 'store.db'}", monkeypatch)
    engine = db.configure(settings.store_url)
    yield settings
    engine.dispose()


def test_everything_is_there_once(seeded: Settings) -> None:
    assert not seed_if_empty(seeded)
    with db.reading() as session:
        assert session.scalar(select(func.count(Customer.id))) == 2_000
        assert 20_000 <= (session.scalar(select(func.count(Order.id))) or 0) < 23_000
        assert len(list_products(session)) >= 500
        assert len(list_published(session)) == len(read_articles())
        rules = current_rules(session)
        assert rules["catalogue"]["brands"]["moru"]["ko"] == "모루"
        drawn = {path.name for path in (seeded.var / "media" / "products").iterdir()}
        assert drawn == {f"{product.id}.svg" for product in list_products(session)}
        variants = _pairs(session, select(Variant.product_id, func.sum(Variant.stock)).group_by(Variant.product_id))
        assert variants == {product.id: product.stock for product in list_products(session)}
        for model, least in _AT_LEAST.items():
            assert (session.scalar(select(func.count()).select_from(model)) or 0) >= least, model


def test_orders_add_up(seeded: Settings) -> None:
    with db.reading() as session:
        now = utc_now()
        cost = func.sum(OrderLine.quantity * OrderLine.unit_price)
        goods = _pairs(session, select(OrderLine.order_id, cost).group_by(OrderLine.order_id))
        spent = _sums(session, LedgerEntry.order_id, LedgerEntry.amount, LedgerEntry.kind == "spend")
        saved = _sums(session, Redemption.order_id, Redemption.discount)
        sent = set(session.scalars(select(Shipment.order_id)))
        rules = current_rules(session)
        percent = rules["subscription"]["discount_percent"]
        for order, joined_at in session.execute(select(Order, Customer.joined_at).join(Customer)):
            assert order.total == goods[order.id] + order.shipping_fee - order.discount - order.points_used >= 0
            assert order.shipping_fee == shipping_fee(rules, goods[order.id], order.address)
            assert order.points_used == -spent.get(order.id, 0)
            regular = goods[order.id] * percent // 100 if order.source == "regular_delivery" else 0
            assert order.discount == saved.get(order.id, 0) + regular
            moments = (order.placed_at, order.shipped_at, order.delivered_at, order.confirmed_at, order.cancelled_at)
            known = [moment for moment in moments if moment]
            assert joined_at
            assert joined_at < order.placed_at
            assert known == sorted(known)
            assert known[-1] <= now
            assert (order.id in sent) == (order.shipped_at is not None)
            assert (order.shipped_at is not None) == (order.state in ("shipped", "delivered", "returned"))
            assert (order.delivered_at is not None) == (order.state in ("delivered", "returned"))
            assert order.confirmed_at is None or order.state == "delivered"
        pooled = select(Order.state).join(Customer).where(~Customer.external_ref.startswith("demo-customer-"))
        assert set(session.scalars(pooled)) <= {"delivered", "cancelled", "returned"}


def test_numbers_are_in_order(seeded: Settings) -> None:
    with db.reading() as session:
        for column, moment in ((Order.number, Order.placed_at), (Case.number, Case.opened_at)):
            numbers = list(session.scalars(select(column).order_by(moment, column)))
            assert numbers == sorted(numbers)


def test_worker_finds_nothing_overdue(seeded: Settings) -> None:
    now = utc_now()
    with db.transaction() as session:
        assert confirm_due(session, now) == 0
        assert points.expire_due(session, now=now) == []
        assert session.scalar(select(func.count()).where(LedgerEntry.kind == "expire"))
        assert pay_due(session, now) == 0
        assert resolve_refunded(session, now) == 0
        overdue = RegularDelivery.next_on <= local_date(now)
        assert session.scalar(select(func.count()).where(RegularDelivery.state == "active", overdue)) == 0


def test_tiers_are_what_purchases_give(seeded: Settings) -> None:
    with db.reading() as session:
        customers = list(session.scalars(select(Customer)))
        found = tiers.standings(session, [customer.id for customer in customers], utc_now())
        for customer in customers:
            now = found[customer.id]
            assert (customer.tier, customer.tier_next, customer.tier_until) == (now.tier, now.next_tier, now.until)
        assert {customer.tier for customer in customers} == set(current_rules(session)["tiers"])
        last: dict[str, TierChange] = {}
        for change in session.scalars(select(TierChange).order_by(TierChange.created_at, TierChange.id)):
            before = last.get(change.customer_id)
            settled = "sprout" if before is None else before.from_tier if before.kind == "kept" else before.to_tier
            assert change.from_tier == settled
            last[change.customer_id] = change
        assert {change.kind for change in last.values()} == {"upgraded", "kept", "downgraded"}


def test_coupons_are_counted(seeded: Settings) -> None:
    with db.reading() as session:
        issued = _pairs(session, select(IssuedCoupon.terms_id, func.count()).group_by(IssuedCoupon.terms_id))
        used = list(session.scalars(select(Redemption).where(Redemption.reverted_at.is_(None))))
        redeemed = Counter(redemption.terms_id for redemption in used)
        for terms in session.scalars(select(CouponTerms)):
            assert (terms.issued_count, terms.redeemed_count) == (issued.get(terms.id, 0), redeemed[terms.id])
        once = [redemption.issued_coupon_id or (redemption.terms_id, redemption.customer_id) for redemption in used]
        assert len(once) == len(set(once))
        redeemed_ids = {redemption.issued_coupon_id for redemption in used} - {None}
        assert redeemed_ids == set(session.scalars(select(IssuedCoupon.id).where(IssuedCoupon.state == "redeemed")))
        assert {row.state for row in session.scalars(select(IssuedCoupon))} == {"issued", "redeemed", "expired"}


def test_cases_and_what_came_back_agree(seeded: Settings) -> None:
    with db.reading() as session:
        last = {event.case_id: event.state for event in session.scalars(select(CaseEvent).order_by(CaseEvent.seq))}
        back: Counter[tuple[str, int]] = Counter()
        refunded = set(session.scalars(select(Refund.case_id)))
        for case in session.scalars(select(Case)):
            assert last[case.id] == case.state
            assert (case.closed_at is None) == (case.state in OPEN_STATES)
            if case.kind == "return" and case.state in ("in_progress", "resolved"):
                assert case.id in refunded
                assert case.order_id is not None
                back.update({(case.order_id, item["position"]): item["quantity"] for item in case.items})
        lines = session.scalars(select(OrderLine).where(OrderLine.returned > 0))
        assert {(line.order_id, line.position): line.returned for line in lines} == dict(back)


def test_what_customers_mean_to_buy_can_be_had(seeded: Settings) -> None:
    with db.reading() as session:
        bought = select(CartLine.quantity, Variant.stock).join(Variant, Variant.id == CartLine.variant_id)
        assert all(quantity <= stock for quantity, stock in session.execute(bought))
        waiting = select(Variant.stock).join(RestockAlert, RestockAlert.target == Variant.id)
        assert set(session.scalars(waiting)) == {0}
        born = [(born.month, born.day) for born in session.scalars(select(Customer.birthday)) if born]
        today = local_date(utc_now())
        assert (today.month, today.day) in born or (today.month, today.day) == (2, 29)


def test_friends_were_rewarded_once(seeded: Settings) -> None:
    with db.reading() as session:
        rewarded = list(session.scalars(select(Referral).where(Referral.state == "rewarded")))
        assert len(rewarded) > 30
        keys = {f"referral_friend:{referral.id}" for referral in rewarded}
        assert keys <= set(session.scalars(select(LedgerEntry.idempotency_key)))


def test_reviews_are_used_sparingly(seeded: Settings) -> None:
    with db.reading() as session:
        reviews = list(session.scalars(select(ProductReview).where(ProductReview.text != "")))
        assert len({review.text for review in reviews}) > 150
        assert max(Counter(review.text for review in reviews).values()) <= 4
        assert len({(review.product_id, review.text) for review in reviews}) == len(reviews)


def test_the_same_moment_gives_the_same_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seed, "refs", lambda: [f"demo-customer-{number:03d}" for number in range(1, 61)])
    now = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
    first, second = (seed.make_up(seed.read_rules(), now).of for _ in range(2))
    assert len(first[Order]) > 300
    assert dict(first) == dict(second)


def test_points_add_up(seeded: Settings) -> None:
    with db.reading() as session:
        _check_ledger(session)
        assert session.scalar(select(func.count(LedgerEntry.id)).where(LedgerEntry.kind == "spend"))
        assert session.scalar(select(func.count(LedgerEntry.id)).where(LedgerEntry.kind == "reverse"))


def _sums(
    session: Session, key: InstrumentedAttribute[str | None] | InstrumentedAttribute[str],
    value: InstrumentedAttribute[int], *conditions: ColumnElement[bool],
) -> dict[str, int]:  # fmt: skip
    rows = session.execute(select(key, func.sum(value)).where(*conditions).group_by(key))
    return {str(name): int(number) for name, number in rows}


def _pairs(session: Session, query: Select[str, int]) -> dict[str, int]:
    return {name: int(number) for name, number in session.execute(query)}


def _check_ledger(session: Session) -> None:
    def sums(key: InstrumentedAttribute[str], value: InstrumentedAttribute[int]) -> dict[str, int]:
        return _pairs(session, select(key, func.sum(value)).group_by(key))

    balances = _pairs(session, select(PointsAccount.customer_id, PointsAccount.balance))
    assert balances
    assert balances == sums(LedgerEntry.customer_id, LedgerEntry.amount) == sums(Lot.customer_id, Lot.remaining)
    taken = sums(Allocation.lot_id, Allocation.amount)
    assert all(lot.amount - lot.remaining == taken.get(lot.id, 0) for lot in session.scalars(select(Lot)))
    spent = _pairs(session, select(LedgerEntry.id, LedgerEntry.amount).where(LedgerEntry.kind != "earn"))
    assert {entry: -amount for entry, amount in sums(Allocation.entry_id, Allocation.amount).items()} == spent


@pytest.mark.parametrize("today", [date(2026, 11, 22), date(2028, 2, 29), date(2027, 1, 1)])
def test_people_behave_recognisably(today: date) -> None:
    everybody = [people.compose(ref, today) for ref in people.refs()]
    assert everybody == [people.compose(ref, today) for ref in people.refs()]
    assert len({person.email for person in everybody}) == len({person.phone for person in everybody}) == 2_000
    total, weekdays = 0, Counter[int]()
    for person in everybody:
        days = [occasion.day for occasion in occasions_of(person, today)]
        ago = [(today - day).days for day in days]
        total += len(days)
        weekdays.update(day.weekday() for day in days)
        assert all(0 <= each <= people.DAYS for each in ago)
        if person.habit == "one_timer":
            assert len(days) <= 1
        if person.habit == "lapsing":
            assert min(ago, default=110) >= 110
        if person.habit in ("devoted", "regular"):
            assert min(ago) < 75
        if person.habit == "won_back":
            gaps = [later - earlier for earlier, later in pairwise(sorted(days))]
            assert max(gap.days for gap in gaps) > 60
    assert total >= 20_000
    assert weekdays[6] > weekdays[2] * 1.15
    born = Counter(person.birthday.month for person in everybody)
    assert min(born.values()) > 100


def test_what_goes_together_is_bought_together(seeded: Settings) -> None:
    with db.reading() as session:
        kinds: dict[str, set[str]] = defaultdict(set)
        months: dict[str, Counter[str]] = defaultdict(Counter)
        query = select(OrderLine.order_id, Product.kind, Product.category, Order.placed_at)
        for order_id, kind, category, placed_at in session.execute(query.join(Product).join(Order)):
            kinds[order_id].add(kind)
            months["old" if (utc_now() - placed_at).days > 365 else "new"][category] += 1
        for kind, other in (("whole_bean", "coffee_gear"), ("running_shoes", "socks"), ("shampoo", "hair_treatment")):
            having = [each for each in kinds.values() if kind in each]
            usual = sum(other in each for each in kinds.values()) / len(kinds)
            assert sum(other in each for each in having) / len(having) > 2 * usual
        shares = {when: counts["coffee_snacks"] / counts.total() for when, counts in months.items()}
        assert shares["new"] > shares["old"] * 1.05


@pytest.mark.parametrize("pool", people.POOLS)
def test_a_reserved_customer_is_as_promised(seeded: Settings, pool: people.Pool) -> None:
    now = utc_now()
    claims = _decode(seeded, logins.reserve_identity(None, pool))
    assert claims["sub"] == f"demo-{pool}-001"
    assert claims["name"]
    assert 0 < int(str(claims["exp"])) - now.timestamp() <= 24 * 3600 + 60
    with db.transaction() as session:
        customer = find_by_external_ref(session, str(claims["sub"]))
        assert customer is not None
        assert customer.email == claims["email"]
        orders = list_orders(session, customer.id)
        assert [order.state for order in orders[:4]] == ["paid", "shipped", "delivered", "delivered"]
        parcel = latest_shipment(orders[1])
        assert parcel is not None
        assert parcel.tracking_number
        assert parcel.expected_on is not None
        assert parcel.expected_on > local_date(now)
        assert all(order.lines for order in orders)
        soon = now + timedelta(days=30)
        expiring = select(func.sum(Lot.remaining)).where(Lot.customer_id == customer.id, Lot.expires_at < soon)
        balance = session.get_one(PointsAccount, customer.id).balance
        assert 0 < (session.scalar(expiring.where(Lot.expires_at > now)) or 0) < balance
        _check_ledger(session)
        _check_staged(session, customer, orders[2], orders[3], now)
        _ask_for_birthday_coupon(session, customer.id, pool)


def _check_staged(session: Session, customer: Customer, returnable: Order, returning: Order, now: datetime) -> None:
    """Everything that is staged beside orders in three states can be used as in the chat."""
    cart = list(session.scalars(select(CartLine).where(CartLine.customer_id == customer.id)))
    assert 1 <= len(cart) <= 2
    assert list_wishlist(session, customer.id)
    regular = session.scalars(select(RegularDelivery).where(RegularDelivery.customer_id == customer.id)).one()
    assert regular.state == "active"
    assert regular.next_on > local_date(now) + timedelta(days=5)
    assert list_usable(session, customer.id, now)
    [under_way] = session.scalars(select(Case).where(Case.order_id == returning.id, Case.state.in_(OPEN_STATES)))
    [refund] = [refund for refund, _ in list_refunds(session, customer.id) if refund.case_id == under_way.id]
    assert refund.state == "requested"
    [asked] = list_pending(session, case_id=under_way.id)
    assert decide(session, request_id=asked.id, confirmed=True, answer={}, actor="test", now=now).state == "confirmed"
    assert refund.state == "approved"
    line = returnable.lines[0]
    others = [variant for variant in list_variants(session, line.product_id) if variant.id != line.variant_id]
    wanted = next(variant.id for variant in others if variant.stock)
    items = [{"position": line.position, "quantity": 1}]
    case = open_case(
        session, kind="exchange", customer_id=customer.id, conversation_id=None, order_id=returnable.id, items=items,
        wanted={"variant_id": wanted}, reason=None, idempotency_key="exchange", actor="test", now=now,
    )  # fmt: skip
    assert case.state == "requested"


def _ask_for_birthday_coupon(session: Session, customer_id: str, pool: people.Pool) -> None:
    def ask(key: str) -> None:
        coupons.request_birthday(session, customer_id=customer_id, idempotency_key=key, actor="test", now=utc_now())

    if pool == "far":
        with pytest.raises(NotEligibleError):
            ask("first")
        return
    ask("first")
    with pytest.raises(CouponAlreadyIssuedError):
        ask("second")


def _decode(settings: Settings, token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token, settings.identity_secret.get_secret_value(), algorithms=["HS256"])
    return claims


def _race() -> None:
    with ThreadPoolExecutor(8) as threads:
        given = list(threads.map(lambda _: logins.reserve_customer("near", utc_now())[0], range(40)))
    assert sorted(given) == [f"demo-near-{number:03d}" for number in range(1, 41)]


def test_nobody_is_reserved_twice(seeded: Settings) -> None:
    _race()


@pytest.mark.postgres
def test_postgres_is_seeded_and_reserved_from_alike(
    postgres_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _home(tmp_path, postgres_store, monkeypatch)
    assert seed_if_empty(settings)
    assert not seed_if_empty(settings)
    _race()
    with db.reading() as session:
        assert session.scalar(select(func.count(Customer.id))) == 2_000
        _check_ledger(session)
    db.current_engine().dispose()


def test_an_exhausted_pool_grows(seeded: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as session:
        for number in range(1, people.POOL_SIZE + 1):
            assert reservations.claim(session, people.pool_ref("far", number), utc_now())
    ref, name, email = logins.reserve_customer("far", utc_now())
    assert ref == people.pool_ref("far", people.POOL_SIZE + 1)
    assert name
    assert email
    with db.reading() as session:
        customer = find_by_external_ref(session, ref)
        assert customer is not None
        assert len(list_orders(session, customer.id)) == 4


def test_a_named_customer_is_not_given_to_somebody_else(seeded: Settings) -> None:
    for _ in range(2):
        assert _decode(seeded, logins.reserve_identity("demo-near-001", "near"))["sub"] == "demo-near-001"
    assert _decode(seeded, logins.reserve_identity(None, "near"))["sub"] == "demo-near-002"
    assert _decode(seeded, logins.reserve_identity("somebody-else", "near")).keys() == {"sub", "iat", "exp"}


def test_staff_can_log_in(seeded: Settings) -> None:
    emails = set()
    standing = json.loads((seeded.var / "demo_staff.json").read_text())
    assert (seeded.var / "demo_staff.json").stat().st_mode & 0o077 == 0
    assert logins.standing_staff(seeded)["admin"].split() == standing["admin"]
    for email, password in [*standing.values(), *(logins.reserve_staff("support") for _ in range(2))]:
        with db.transaction() as session:
            staff_id = verify_password(session, email=email, password=password)
            emails.add(open_session(session, staff_id=staff_id, now=utc_now())[0].email)
    assert {"demo-support-1@dangol.example", "demo-support-2@dangol.example", "marketer@dangol.example"} < emails


def test_a_real_shop_gets_no_invented_people(
    sqlite_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _home(tmp_path, sqlite_store, monkeypatch)
    with pytest.raises(RuleViolationError):
        logins.reserve_identity(None, "near")
    with pytest.raises(RuleViolationError):
        logins.reserve_staff("support")
    assert logins.standing_staff(settings)["support"] == "dangol demo staff support"
    assert _decode(settings, logins.reserve_identity("their-own-id", "near"))["sub"] == "their-own-id"
