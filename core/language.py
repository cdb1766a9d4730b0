"""Which of the two languages a text is written in, by its letters."""

from __future__ import annotations

import re
from typing import Literal

Locale = Literal["ko", "en"]
LOCALES: tuple[Locale, ...] = ("ko", "en")

_HANGUL = re.compile(r"[\uac00-\ud7a3\u3131-\u318e\u1100-\u11ff]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+")


def detect(text: str, default: Locale) -> Locale:
    """`ko` when any Hangul is in it (Koreans mix in English, not the reverse), `en` for Latin words, else `default`."""
    if _HANGUL.search(text):
        return "ko"
    # An e-mail address, an order number or a coupon code alone says nothing of its writer's language.
    words = [word for word in _LATIN_WORD.findall(_ADDRESS.sub(" ", text)) if not word.isupper()]
    return "en" if words else default


def as_locale(value: str | None, default: Locale = "ko") -> Locale:
    """A stored or given language tag (`en-US`) as one of ours."""
    short = (value or "").lower()[:2]
    return next((locale for locale in LOCALES if locale == short), default)
