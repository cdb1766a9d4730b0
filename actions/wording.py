"""How replies are worded: texts of the catalogue, dates and money in the reader's manner, buttons."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from babel.dates import format_date

from actions.context import TurnContext
from actions.result import Button
from core.clock import local_date
from core.money import LOCALES, Money
from core.texts import Catalogue, catalogue

# Within this year, and in another one.
_PATTERNS = {"ko": ("M월 d일(E)", "yyyy년 M월 d일"), "en": ("EEE, MMM d", "MMM d, yyyy")}
REPLIES = Path(__file__).resolve().parent / "replies"


def replies() -> Catalogue:
    """The texts of all replies."""
    return catalogue(REPLIES)


def say(ctx: TurnContext, key: str, **values: object) -> str:
    """A reply in the language of the turn; a repeat of the turn chooses the same variant."""
    return replies().say(key, ctx.locale, seed=ctx.call.message_id, **values)


def day(ctx: TurnContext, when: date | datetime) -> str:
    """A day as people say it: 11월 3일(화), Tue, Nov 3; of another year 2027년 3월 1일, Mar 1, 2027."""
    if isinstance(when, datetime):
        when = local_date(when, ctx.timezone)
    pattern = _PATTERNS[ctx.locale][when.year != local_date(ctx.now, ctx.timezone).year]
    return str(format_date(when, pattern, locale=LOCALES[ctx.locale]))


def won(ctx: TurnContext, amount: int) -> str:
    """An amount of money of the shop's currency, in minor units."""
    return Money(amount, ctx.currency).format(ctx.locale)


def local(ctx: TurnContext, texts: dict[str, Any]) -> str:
    """The text of a {ko, en} map in the language of the turn, else in the other one."""
    return str(texts.get(ctx.locale) or next(iter(texts.values()), ""))


def button(ctx: TurnContext, key: str, payload: str) -> Button:
    """A button by the key of its title."""
    return Button(replies().say(f"button_{key}", ctx.locale), payload)


def person_button(ctx: TurnContext) -> Button:
    """The way to a person."""
    return button(ctx, "person", "/talk_to_human")
