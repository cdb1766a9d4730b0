"""The fictional customers of the demonstration shop, the same at every seeding but for dates, which are relative to today."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from dangol.demo.catalogue import CATEGORIES

Pool = Literal["near", "far"]
POOLS: tuple[Pool, ...] = ("near", "far")
POOL_SIZE = 200
OTHERS = 20

Habit = Literal["devoted", "regular", "occasional", "one_timer", "lapsing", "newcomer"]
_HABITS: dict[Habit, int] = {
    "devoted": 4,
    "regular": 28,
    "occasional": 23,
    "one_timer": 20,
    "lapsing": 15,
    "newcomer": 10,
}


@dataclass(frozen=True, slots=True)
class Person:
    """A customer to be: `ref` is the shop's own id, `tastes` weighs the departments, `address` is as an order keeps it."""

    ref: str
    name: str
    email: str
    phone: str
    birthday: date
    language: str
    joined_on: date
    habit: Habit
    tastes: dict[str, int]
    address: dict[str, Any]


def pool_ref(pool: Pool, number: int) -> str:
    """The shop's id of a pool's customer, counted from 1."""
    return f"demo-{pool}-{number:03d}"


def refs() -> list[str]:
    """The ids of everybody who is there after seeding."""
    pooled = [pool_ref(pool, number) for pool in POOLS for number in range(1, POOL_SIZE + 1)]
    return pooled + [f"demo-customer-{number:03d}" for number in range(1, OTHERS + 1)]


@cache
def _parts() -> dict[str, Any]:
    parts: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "names.yml").read_text(encoding="utf-8"))
    return parts


def compose(ref: str, today: date) -> Person:
    """The person with this id; the id alone decides everything but the dates that count back from today."""
    chance = random.Random(ref)
    language = "en" if chance.random() < 0.15 else "ko"
    name, mailbox = _name(chance, language)
    habit = chance.choices(list(_HABITS), list(_HABITS.values()))[0]
    days = chance.randint(14, 45) if habit == "newcomer" else chance.randint(200, 900)
    number = chance.randint(0, 9999)
    return Person(
        ref=ref,
        name=name,
        email=f"{mailbox}.{ref.removeprefix('demo-')}@{chance.choice(_parts()['mail_domains'])}",
        phone=f"+821000{number:06d}",
        birthday=date(chance.randint(1958, 2004), chance.randint(1, 12), chance.randint(1, 28)),
        language=language,
        joined_on=today - timedelta(days=days),
        habit=habit,
        tastes={category: chance.choice((1, 1, 2, 6)) for category in CATEGORIES},
        address=_address(chance, name, number),
    )


def _name(chance: random.Random, language: str) -> tuple[str, str]:
    """A name, and the mailbox that goes with it."""
    if language == "en":
        names = _parts()["english"]
        given, family = chance.choice(names["given"]), chance.choice(names["family"])
        return f"{given} {family}", f"{given}.{family}".lower()
    names = _parts()["korean"]
    family, family_roman, _ = chance.choices(names["family"], [weight for *_, weight in names["family"]])[0]
    given, given_roman = chance.choice(names["given"])
    return f"{family}{given}", f"{given_roman}.{family_roman}"


def _address(chance: random.Random, name: str, number: int) -> dict[str, Any]:
    district, street = chance.choice(_parts()["streets"])
    home = f"{chance.randint(101, 112)}동 {chance.randint(1, 20)}0{chance.randint(1, 4)}호"
    return {
        "recipient": name,
        "phone": f"+821000{number:06d}",
        "postcode": f"{chance.randint(1000, 63999):05d}",
        "line1": f"{district} {street} {chance.randint(1, 180)}",
        "line2": home,
    }
