"""How a past order of the demonstration went: moments of the shop's clock, parcels and what the courier noted."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from core.clock import zone
from crm_store.orders.fees import add_working_days

# The courier's records of parcels older than this are gone.
SCANS_KEPT = timedelta(days=60)
_LATE = 0.03
_HUBS = ("옥천 허브", "곤지암 허브", "대전 허브", "칠곡 허브")


@dataclass(frozen=True, slots=True)
class Parcel:
    """When an order left, when it arrives, when that was expected, and the parcel's number."""

    shipped_at: datetime
    delivered_at: datetime
    expected_on: date
    late: bool
    number: str


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """A clock time of the shop's own zone, in UTC."""
    return datetime.combine(day, time(hour, minute), zone("Asia/Seoul")).astimezone(UTC)


def tracking_number(chance: random.Random) -> str:
    """A parcel's number as the fictional courier writes it."""
    return f"{chance.randint(10**11, 10**12 - 1)}"


def send(chance: random.Random, placed_at: datetime, rules: dict[str, Any]) -> Parcel:
    """The parcel of an order placed then."""
    local = placed_at.astimezone(zone("Asia/Seoul"))
    in_time = f"{local:%H:%M}" < str(rules["shipping"]["cutoff_hour"]) or local.weekday() >= 5
    shipped_on = add_working_days(local.date(), 0 if in_time else 1)
    late = chance.random() < _LATE
    delivered_on = add_working_days(shipped_on, chance.choice((1, 1, 1, 2)) + (chance.randint(3, 6) if late else 0))
    return Parcel(
        shipped_at=moment(shipped_on, 17, chance.randint(0, 59)),
        delivered_at=moment(delivered_on, chance.randint(11, 19), chance.randint(0, 59)),
        expected_on=add_working_days(shipped_on, int(rules["shipping"]["days_max"])),
        late=late,
        number=tracking_number(chance),
    )


def scans(chance: random.Random, shipped_at: datetime, delivered_at: datetime, place: str, now: datetime) -> list[Any]:
    """What the courier has noted of a parcel by now, oldest first. `place`: the district it goes to."""
    noted = [(shipped_at + timedelta(minutes=chance.randint(20, 90)), "picked_up", "단골상점 물류센터")]
    hub = shipped_at + timedelta(hours=chance.randint(6, 9))
    morning = delivered_at.astimezone(zone("Asia/Seoul")).replace(hour=8, minute=chance.randint(0, 40)).astimezone(UTC)
    noted.append((hub, "at_hub", chance.choice(_HUBS)))
    noted.append((max(morning, hub + timedelta(hours=2)), "out_for_delivery", place))
    noted.append((delivered_at, "delivered", place))
    return [
        {"at": at.isoformat(timespec="seconds"), "code": code, "place": where} for at, code, where in noted if at <= now
    ]
