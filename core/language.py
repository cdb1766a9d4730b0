"""Which of the two languages a text is written in, by its letters."""

from __future__ import annotations

import re
from typing import Literal

Locale = Literal["ko", "en"]
LOCALES: tuple[Locale, ...] = ("ko", "en")

_HANGUL = re.compile(r"[\uac00-\ud7a3\u3131-\u318e\u1100-\u11ff]")
_HANGUL_WORD = re.compile(r"[\uac00-\ud7a3]+")
_LITTLE_WORD = re.compile(
    r"(?<![A-Za-z])(?:the|an?|is|are|was|do|does|did|my|your|i|i'm|you|we|it|this|that|to|of|for|in|on|with|and|or|who|what|where|when|"
    r"how|why|can|could|would|will|please|have|has|get|me|not)(?![A-Za-z])",
    re.IGNORECASE,
)
_ENOUGH_LITTLE_WORDS = 2
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+")


def detect(text: str, default: Locale) -> Locale:
    """`ko` for Hangul, `en` for Latin words, else `default`.

    Koreans mix in English nouns and stay Korean; an English sentence with a Korean noun is known by its little words
    ("who pays for 반품 shipping?").
    """
    if _HANGUL.search(text):
        little, hangul = len(_LITTLE_WORD.findall(text)), len(_HANGUL_WORD.findall(text))
        return "en" if little >= _ENOUGH_LITTLE_WORDS and little + 1 > hangul else "ko"
    # An e-mail address, an order number or a coupon code alone says nothing of its writer's language.
    words = [word for word in _LATIN_WORD.findall(_ADDRESS.sub(" ", text)) if not word.isupper()]
    return "en" if words else default


def as_locale(value: str | None, default: Locale = "ko") -> Locale:
    """A stored or given language tag (`en-US`) as one of ours."""
    short = (value or "").lower()[:2]
    return next((locale for locale in LOCALES if locale == short), default)
