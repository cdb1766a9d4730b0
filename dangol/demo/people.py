"""The fictional customers of the demonstration shop, the same at every seeding but for dates, which are relative to today."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from dangol.demo import catalogue
from dangol.demo.catalogue import CATEGORIES

Pool = Literal["near", "far"]
POOLS: tuple[Pool, ...] = ("near", "far")
POOL_SIZE = 400
OTHERS = 1_200
# Days that the shop's history goes back: eighteen months.
DAYS = 548

Habit = Literal["devoted", "regular", "occasional", "gift_giver", "one_timer", "lapsing", "won_back", "newcomer"]
_HABITS: dict[Habit, int] = {
    "devoted": 6,
    "regular": 31,
    "occasional": 20,
    "gift_giver": 6,
    "one_timer": 14,
    "lapsing": 12,
    "won_back": 3,
    "newcomer": 8,
}
Clock = Literal["lunch", "evening", "night", "weekend"]
_CLOCKS: dict[Clock, int] = {"lunch": 20, "evening": 42, "night": 15, "weekend": 23}
_SHOES = {"female": range(225, 256, 5), "male": range(250, 286, 5)}
_CLOTHES = {"female": (("XS", 1), ("S", 4), ("M", 4), ("L", 2)), "male": (("M", 3), ("L", 4), ("XL", 3))}
_COLOURS = ("black", "white", "grey", "navy", "beige", "green", "pink", "ivory", "blue", "khaki", "lavender", "brown")
# The phone numbers of each kind of people begin here: no two share one.
_PHONES = {"demo-near": 100_000, "demo-far": 200_000, "demo-customer": 300_000}


@dataclass(frozen=True, slots=True)
class Person:
    """A customer to be: `ref` is the shop's own id, `tastes` weighs the departments, `address` is as an order keeps it.

    `brand`: the one they stay with. `bargains`: they use every coupon and point. `writes`: how often they review a parcel.
    """

    ref: str
    name: str
    email: str
    phone: str
    birthday: date
    language: str
    gender: str | None
    skin_type: str | None
    sizes: dict[str, str]
    joined_on: date
    habit: Habit
    clock: Clock
    brand: str | None
    bargains: bool
    colours: tuple[str, ...]
    pet: str | None
    children: bool
    writes: float
    tastes: dict[str, int]
    address: dict[str, Any]

    @property
    def pooled(self) -> bool:
        """Whether they wait to be given to whoever tries the shop: what is of the moment is staged then."""
        return not self.ref.startswith("demo-customer-")


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
    kind, _, number = ref.rpartition("-")
    phone = f"+821000{_PHONES[kind] + int(number):06d}"
    gender = chance.choices(("female", "male"), (64, 36))[0]
    tells = chance.random() < 0.8
    loved = list(catalogue.load().brands)
    return Person(
        ref=ref,
        name=name,
        email=f"{mailbox}.{ref.removeprefix('demo-')}@{chance.choice(_parts()['mail_domains'])}",
        phone=phone,
        birthday=_birthday(chance, int(number), today, pooled=kind != "demo-customer"),
        language=language,
        gender=gender if tells else None,
        skin_type=chance.choice(list(catalogue.load().attributes["skin_types"])) if chance.random() < 0.55 else None,
        sizes=_sizes(chance, gender) if chance.random() < 0.6 else {},
        joined_on=today - timedelta(days=_days_since_joining(chance, habit)),
        habit=habit,
        clock=chance.choices(list(_CLOCKS), list(_CLOCKS.values()))[0],
        brand=chance.choice(loved) if chance.random() < 0.25 else None,
        bargains=chance.random() < 0.18,
        colours=tuple(chance.sample(_COLOURS, 3)),
        pet=chance.choice(("dog", "dog", "cat")) if chance.random() < 0.22 else None,
        children=chance.random() < 0.2,
        writes=chance.choices((0, 0.08, 0.35), (60, 27, 13))[0],
        tastes={category: chance.choice((1, 1, 2, 6)) for category in CATEGORIES},
        address=_address(chance, name, phone),
    )


def _days_since_joining(chance: random.Random, habit: Habit) -> int:
    if habit == "newcomer":
        return chance.randint(2, 45)
    if habit == "one_timer":
        return chance.randint(14, DAYS)
    # The shop grows: the longer ago, the fewer had found it. Nobody who lapsed or keeps coming joined just now.
    return 260 + int(660 * chance.random() ** 1.3) if habit != "occasional" else chance.randint(150, 900)


def _birthday(chance: random.Random, number: int, today: date, *, pooled: bool) -> date:
    born = date(1958, 1, 1) + timedelta(days=chance.randint(0, 17_500))
    if pooled or number > 12:
        return born
    # A few are sure to have theirs today or within the week.
    near = today + timedelta(days=0 if number <= 3 else number % 7)
    return near.replace(year=born.year, day=min(near.day, 28) if near.month == 2 else near.day)


def _sizes(chance: random.Random, gender: str) -> dict[str, str]:
    clothes = _CLOTHES[gender]
    return {
        "shoes": str(chance.choice(_SHOES[gender])),
        "clothing": chance.choices([size for size, _ in clothes], [weight for _, weight in clothes])[0],
    }


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


def other_recipient(chance: random.Random) -> dict[str, Any]:
    """Where a gift goes: somebody who is no customer."""
    name, _ = _name(chance, "ko")
    return _address(chance, name, f"+8210009{chance.randint(0, 99_999):05d}")


def _address(chance: random.Random, name: str, phone: str) -> dict[str, Any]:
    district, street = chance.choice(_parts()["streets"])
    home = f"{chance.randint(101, 112)}동 {chance.randint(1, 20)}0{chance.randint(1, 4)}호"
    # Postcodes from 63000 are those of Jeju.
    postcode = chance.randint(63_000, 63_644) if district.startswith("제주") else chance.randint(1_000, 62_999)
    return {
        "recipient": name,
        "phone": phone,
        "postcode": f"{postcode:05d}",
        "line1": f"{district} {street} {chance.randint(1, 180)}",
        "line2": home,
    }
