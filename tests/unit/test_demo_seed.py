"""Seeding the demonstration shop, and reserving its people: counts, sums, promises, and no one given twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.clock import local_date, utc_now
from core.errors import RuleViolationError
from core.settings import Settings, load_settings
from crm_store import db
from crm_store.articles.queries import list_published
from crm_store.catalogue.queries import list_products
from crm_store.coupons import service as coupons
from crm_store.coupons.errors import CouponAlreadyIssuedError, NotEligibleError
from crm_store.coupons.models import IssuedCoupon
from crm_store.customers.models import Customer
from crm_store.customers.queries import find_by_external_ref
from crm_store.orders.models import Order, OrderLine
from crm_store.orders.queries import latest_shipment, list_orders
from crm_store.points.models import Allocation, LedgerEntry, Lot, PointsAccount
from crm_store.shop.queries import current_rules
from crm_store.staff.service import open_session, verify_password
from dangol.demo import logins, people, reservations
from dangol.demo.history import orders_of
from dangol.demo.seed import seed_if_empty
from knowledge.articles import read_articles


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
        assert session.scalar(select(func.count(Customer.id))) == 420
        assert len(list_products(session)) >= 120
        assert len(list_published(session)) == len(read_articles())
        assert (session.scalar(select(func.count(Order.id))) or 0) > 1_000
        rules = current_rules(session)
        assert rules["catalogue"]["brands"]["moru"]["ko"] == "모루"
        drawn = {path.name for path in (seeded.var / "media" / "products").iterdir()}
        assert drawn == {f"{product.id}.svg" for product in list_products(session)}
        assert session.scalar(select(func.count(IssuedCoupon.id)))


def test_history_adds_up(seeded: Settings) -> None:
    with db.reading() as session:
        cost = func.sum(OrderLine.quantity * OrderLine.unit_price)
        lines = _pairs(session, select(OrderLine.order_id, cost).group_by(OrderLine.order_id))
        for order in session.scalars(select(Order)):
            goods = lines[order.id]
            assert order.total == (goods if goods >= 50_000 else goods + 3_000)
            assert order.placed_at <= utc_now()
            assert (order.shipped_at is not None) == (order.state in ("shipped", "delivered", "returned"))
            assert (order.delivered_at is not None) == (order.state in ("delivered", "returned"))
        pooled = select(Order.state).join(Customer).where(~Customer.external_ref.startswith("demo-customer-"))
        assert set(session.scalars(pooled)) <= {"delivered", "cancelled", "returned"}


def test_points_add_up(seeded: Settings) -> None:
    with db.reading() as session:
        _check_ledger(session)
        assert session.scalar(select(func.count(LedgerEntry.id)).where(LedgerEntry.kind == "spend"))


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
    spent = _pairs(session, select(LedgerEntry.id, LedgerEntry.amount).where(LedgerEntry.amount < 0))
    assert {entry: -amount for entry, amount in sums(Allocation.entry_id, Allocation.amount).items()} == spent


def test_people_behave_recognisably() -> None:
    today = local_date(utc_now())
    everybody = [people.compose(ref, today) for ref in people.refs()]
    assert everybody == [people.compose(ref, today) for ref in people.refs()]
    assert len({person.email for person in everybody}) == len(everybody) == 420
    rules = {"shipping": {"free_from": 50_000, "fee": 3_000}}
    for person in everybody:
        orders = orders_of(person, today, rules, open_ones=False)
        ago = [(today - local_date(order.placed_at)).days for order in orders]
        assert all(0 < days <= 366 for days in ago)
        if person.habit == "one_timer":
            assert len(orders) <= 1
        if person.habit == "lapsing":
            assert min(ago, default=110) >= 110
        if person.habit == "regular":
            assert min(ago) < 60


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
        assert [order.state for order in orders[:3]] == ["paid", "shipped", "delivered"]
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
        _ask_for_birthday_coupon(session, customer.id, pool)


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
        assert session.scalar(select(func.count(Customer.id))) == 420
        _check_ledger(session)
    db.current_engine().dispose()


def test_an_exhausted_pool_grows(seeded: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.transaction() as session:
        for number in range(1, people.POOL_SIZE + 1):
            assert reservations.claim(session, people.pool_ref("far", number), utc_now())
    ref, name, email = logins.reserve_customer("far", utc_now())
    assert ref == "demo-far-201"
    assert name
    assert email
    with db.reading() as session:
        customer = find_by_external_ref(session, ref)
        assert customer is not None
        assert len(list_orders(session, customer.id)) == 3


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
