"""What the demonstration's customers think: hand-written reviews of products and words to the shop, used sparingly."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from crm_store.feedback.models import Feedback, ProductReview
from dangol.demo import baskets
from dangol.demo.people import Person
from dangol.demo.rows import Row

if TYPE_CHECKING:
    from dangol.demo.lives import Life
    from dangol.demo.world import World

_FOLDER = Path(__file__).parent / "opinions"
_RATINGS = {5: 52, 4: 27, 3: 11, 2: 6, 1: 4}
_WRITTEN, _PHOTO = 0.6, 0.25
_MOST_USES = 4
_FEEDBACK = 0.06


@cache
def texts(language: str) -> dict[str, Any]:
    """Hand-written texts: `reviews` by group of kinds and rating (good, fair, bad), and `feedback` by kind."""
    read: dict[str, Any] = yaml.safe_load((_FOLDER / f"{language}.yml").read_text(encoding="utf-8"))
    return read


@cache
def _group_of(kind: str) -> str | None:
    """The group of texts that suits a kind of product."""
    groups: dict[str, list[str]] = texts("ko")["groups"]
    return next((group for group, kinds in groups.items() if kind in kinds), None)


class Opinions:
    """All reviews together: no text stands beside the same product twice, and none is read everywhere."""

    def __init__(self) -> None:
        self._uses: Counter[str] = Counter()
        self._said: set[tuple[str, str]] = set()

    def review(self, life: Life, order: Row, lines: list[Row], *, late: bool) -> None:
        """Perhaps review one thing of an order that arrived; points for what is written."""
        world, person, chance = life.world, life.person, life.chance
        at: datetime = order["delivered_at"] + timedelta(days=chance.randint(1, 18), minutes=chance.randint(0, 700))
        rating = chance.choices(list(_RATINGS), list(_RATINGS.values()))[0] - (1 if late else 0)
        line = chance.choice(lines)
        if chance.random() > person.writes or at > world.now or order["state"] != "delivered":
            return
        text = self._text(chance, person, line["product_id"], max(1, rating)) if chance.random() < _WRITTEN else ""
        photo = bool(text) and chance.random() < _PHOTO
        review = world.rows.add(
            ProductReview, id=world.rows.new_id(at), customer_id=life.id, product_id=line["product_id"],
            order_id=order["id"], rating=max(1, rating), text=text, language=person.language, has_photo=photo,
            sentiment=sentiment(rating) if text else None, created_at=at,
        )  # fmt: skip
        rules = world.rules["points"]
        if text and at - order["delivered_at"] <= timedelta(days=int(rules["review_days"])):
            points = int(rules["review_photo"] if photo else rules["review_text"])
            key = f"review:{review['id']}"
            life.timeline.at(at, lambda moment: life.purse.earn(moment, points, "review", key, order["id"]))

    def _text(self, chance: random.Random, person: Person, product_id: str, rating: int) -> str:
        """Words that fit the product and the rating, "" when all that fit have been said often enough."""
        told = "good" if rating >= 4 else "fair" if rating == 3 else "bad"
        reviews = texts(person.language)["reviews"]
        group = _group_of(baskets.by_id()[product_id].kind)
        fitting = [*(reviews[group][told] if group else ()), *reviews["anything"][told]]
        free = [
            text for text in fitting if self._uses[text] < _MOST_USES and (product_id, text) not in self._said
        ]  # fmt: skip
        if not free:
            return ""
        text = str(chance.choice(free))
        self._uses[text] += 1
        self._said.add((product_id, text))
        return text


def sentiment(rating: int) -> float:
    """A rating of 1 to 5 as a number from -1 to 1."""
    return {5: 0.9, 4: 0.55, 3: 0.0, 2: -0.5}.get(rating, -0.85)


def tell_the_shop(world: World, person: Person, customer: Row) -> None:
    """Perhaps praise, a suggestion or criticism of the shop itself."""
    chance = random.Random(f"tells {person.ref}")
    if chance.random() > _FEEDBACK:
        return
    days = max(1, min(200, (world.today - person.joined_on).days))
    at = world.now - timedelta(seconds=chance.randint(3_600, days * 86_400))
    kind = chance.choices(("praise", "suggestion", "criticism"), (5, 3, 2))[0]
    world.rows.add(
        Feedback, id=world.rows.new_id(at), kind=kind, customer_id=customer["id"], product_id=None,
        text=chance.choice(texts(person.language)["feedback"][kind]), language=person.language,
        rating={"praise": 5, "suggestion": None, "criticism": 2}[kind],
        sentiment={"praise": 0.8, "suggestion": 0.1, "criticism": -0.6}[kind], created_at=at,
    )  # fmt: skip
