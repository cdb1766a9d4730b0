"""Logins of the demonstration shop: signed identities of customers, and staff with generated passwords."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timedelta

import jwt
from sqlalchemy.orm import Session

from core.clock import local_date, utc_now
from core.errors import NotFoundError
from core.settings import Settings, load_settings
from crm_store import db
from crm_store.customers.models import Customer
from crm_store.customers.queries import find_by_external_ref
from crm_store.customers.service import ensure_vouched_customer
from crm_store.staff import service as staff
from crm_store.staff.models import ROLES
from dangol.demo import reservations
from dangol.demo.history import moment
from dangol.demo.people import POOLS, Person, Pool, compose, pool_ref
from dangol.demo.purses import ACTOR
from dangol.demo.staging import stage

IDENTITY_LENGTH = timedelta(hours=24)
_STAFF_FILE = "demo_staff.json"
# Invented names: customers read them beside what staff write.
_STANDING_NAMES = {"support": "한소라", "marketer": "도가람", "admin": "모하늘"}
_STAFF_NAMES = ("노을", "나래", "다온", "마루", "바다", "새봄", "아름", "이든", "초롱", "하람")


def reserve_identity(customer_ref: str | None, birthday: str) -> str:
    """A signed identity (JWT) for the chat API: of the named customer, else of one nobody has been given yet.

    `birthday` ("near" or "far") chooses the pool. RuleViolationError("not_a_demonstration") when one is to be chosen in a
    store that is no demonstration.
    """
    settings = load_settings()
    db.configure(settings.store_url)
    now = utc_now()
    if customer_ref is None:
        if birthday not in POOLS:
            raise NotFoundError("pool_not_found", birthday=birthday)
        return _sign(settings, *reserve_customer(birthday, now), now)
    with db.transaction() as session:
        customer = _named(session, customer_ref, now)
        name, email = (customer.name, customer.email) if customer else (None, None)
    return _sign(settings, customer_ref, name, email, now)


def reserve_customer(pool: Pool, now: datetime) -> tuple[str, str | None, str | None]:
    """Reserve and stage the pool's next customer, a new one when all are taken: the shop's id, name and e-mail."""
    with db.transaction() as session:
        reservations.require(session)
        ref = pool_ref(pool, reservations.claim_next(session, f"demo-{pool}-", now))
        customer = _staged(session, ref, pool, now)
        return ref, customer.name, customer.email


def _staged(session: Session, ref: str, pool: Pool, now: datetime) -> Customer:
    person = compose(ref, local_date(now))
    customer = find_by_external_ref(session, ref) or _newcomer(session, person, now)
    stage(session, customer, person, pool, now)
    return customer


def _newcomer(session: Session, person: Person, now: datetime) -> Customer:
    customer = ensure_vouched_customer(
        session, external_ref=person.ref, name=person.name, email=person.email, language=person.language, now=now
    )
    customer.phone, customer.address, customer.sizes = person.phone, person.address, person.sizes
    customer.gender, customer.skin_type = person.gender, person.skin_type
    customer.joined_at = moment(person.joined_on, 12, 30)
    return customer


def _named(session: Session, ref: str, now: datetime) -> Customer | None:
    """The customer with this id. One of a pool is reserved and staged too, so that nobody else is given them later."""
    customer = find_by_external_ref(session, ref)
    if customer is None or not reservations.is_demonstration(session):
        return customer
    for pool in POOLS:
        if ref.startswith(f"demo-{pool}-") and reservations.claim(session, ref, now):
            return _staged(session, ref, pool, now)
    return customer


def _sign(settings: Settings, ref: str, name: str | None, email: str | None, now: datetime) -> str:
    claims = {"sub": ref, "name": name, "email": email, "iat": now, "exp": now + IDENTITY_LENGTH}
    given = {key: value for key, value in claims.items() if value is not None}
    return jwt.encode(given, settings.identity_secret.get_secret_value(), algorithm="HS256")


def reserve_staff(role: str) -> tuple[str, str]:
    """E-mail and password of a staff member made for this call. RuleViolationError as `reserve_identity`, or for a role."""
    settings = load_settings()
    db.configure(settings.store_url)
    return new_staff(role, utc_now())


def new_staff(role: str, now: datetime) -> tuple[str, str]:
    """As `reserve_staff`, in the store this process is configured for."""
    with db.transaction() as session:
        reservations.require(session)
        number = reservations.claim_next(session, f"demo-{role}-", now)
        name = _STAFF_NAMES[(number - 1) % len(_STAFF_NAMES)]
        return add_member(session, role, f"demo-{role}-{number}@dangol.example", name, now)


def add_member(session: Session, role: str, email: str, name: str, now: datetime) -> tuple[str, str]:
    """Create a staff member with a generated password; e-mail and password."""
    password = secrets.token_urlsafe(12)
    staff.add_staff(session, email=email, name=name, role=role, password=password, actor=ACTOR, now=now)
    return email, password


def add_standing_staff(session: Session, now: datetime) -> dict[str, tuple[str, str]]:
    """One staff member of each role, for whoever tries the shop out: role -> e-mail and password."""
    return {role: add_member(session, role, f"{role}@dangol.example", _STANDING_NAMES[role], now) for role in ROLES}


def keep_standing_staff(settings: Settings, logins: dict[str, tuple[str, str]]) -> None:
    """Write the standing staff's passwords to a private file: the store has only their hashes."""
    path = settings.var / _STAFF_FILE
    path.touch(mode=0o600)
    path.write_text(json.dumps(logins, indent=2) + "\n", encoding="utf-8")


def standing_staff(settings: Settings) -> dict[str, str]:
    """Role -> "e-mail  password" to show at start; how to get a login where this machine did not seed the store."""
    path = settings.var / _STAFF_FILE
    if not path.exists():
        return {role: f"dangol demo staff {role}" for role in ROLES}
    logins: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return {role: "  ".join(login) for role, login in logins.items()}
