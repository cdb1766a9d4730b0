"""What the demonstration's customers agreed to, and took back: consents with the evidence."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from core.clock import add_months
from crm_store.consents.models import Consent, ConsentEvent
from dangol.demo.people import Person
from dangol.demo.rows import Row
from dangol.demo.world import World

_CHANNELS = {"email": 0.55, "sms": 0.4, "kakao": 0.35, "push": 0.12}
_RECONFIRM_MONTHS = 24  # 정보통신망법 §50(8)


def agree(world: World, person: Person, customer: Row) -> None:
    """Terms and privacy at joining, advertising by channel for some, at night for a few; some changed their mind."""
    chance = random.Random(f"consents {person.ref}")
    joined_at: datetime = customer["joined_at"]
    for purpose in ("terms", "privacy"):
        _write(world, customer, purpose, "all", [(True, joined_at, "join")])
    reachable = chance.random() < (0.95 if person.bargains else 0.6)
    for channel, likely in _CHANNELS.items():
        if not reachable or chance.random() > likely:
            continue
        given = [(True, joined_at, "join")]
        if chance.random() < 0.12:
            given.append((False, _later(chance, joined_at, world.now), "chat"))
        _write(world, customer, "marketing", channel, given)
        if len(given) == 1 and chance.random() < 0.2:
            _write(world, customer, "night_marketing", channel, [(True, joined_at, "join")])


def _later(chance: random.Random, joined_at: datetime, now: datetime) -> datetime:
    return joined_at + timedelta(seconds=int((now - joined_at).total_seconds() * chance.uniform(0.1, 0.95)))


def _write(world: World, customer: Row, purpose: str, channel: str, told: list[tuple[bool, datetime, str]]) -> None:
    for given, at, source in told:
        world.rows.add(
            ConsentEvent, customer_id=customer["id"], purpose=purpose, channel=channel, given=given, source=source,
            actor=f"customer:{customer['id']}", created_at=at,
        )  # fmt: skip
    given, since, _ = told[-1]
    advertising = given and purpose not in ("terms", "privacy")
    # Whoever has been with the shop longer confirmed again when it was time.
    again = add_months(world.day(since), _RECONFIRM_MONTHS)
    while advertising and again <= world.today:
        again = add_months(again, _RECONFIRM_MONTHS)
    world.rows.add(
        Consent, customer_id=customer["id"], purpose=purpose, channel=channel, given=given, since=since,
        reconfirm_by=again if advertising else None,
    )  # fmt: skip
