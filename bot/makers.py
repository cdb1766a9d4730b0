"""Well-known makers' names (data/lexicon/makers.*.txt), found where they stand as words.

No shape tells that Dyson or 닥터지 is a brand. Only names are listed that mean nothing else.
"""

from __future__ import annotations

import re
from functools import cache

from bot.entities.words import has_blanks
from bot.goods import read_names

# Behind a Korean name: its end, a particle, or so long a name that it begins no other word.
_LONG_KOREAN = 4
# So long a name is told in a message without blanks too.
_LONG_RUN_ON = {"ko": 3, "en": 6}
_PARTICLES = "은|는|이|가|을|를|의|에|에서|꺼|거|것|로|으로|랑|이랑|하고|와|과|도|만|제|제품|브랜드|사"
_BEHIND = rf"(?=[^가-힣]|$|(?:{_PARTICLES})(?:[^가-힣]|$))"


def read_makers(language: str) -> tuple[str, ...]:
    """The names for `ko` or `en`, as they are usually written."""
    return read_names("makers", language)


@cache
def _pattern() -> re.Pattern[str]:
    latin = "|".join(_spelt(name) for name in sorted(read_makers("en"), key=len, reverse=True))
    korean = sorted(read_makers("ko"), key=len, reverse=True)
    hangul = "|".join(_spelt(name) + ("" if len(name) >= _LONG_KOREAN else _BEHIND) for name in korean)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{latin})(?![A-Za-z0-9])|(?<![가-힣])(?:{hangul})", re.IGNORECASE)


@cache
def _pattern_run_on() -> re.Pattern[str]:
    names = (name for language, least in _LONG_RUN_ON.items() for name in read_makers(language) if len(name) >= least)
    return re.compile("|".join(_spelt(name) for name in sorted(names, key=len, reverse=True)), re.IGNORECASE)


def _spelt(name: str) -> str:
    return r"[\s.-]?".join(re.escape(part) for part in re.split(r"[\s-]+", name))


def find_makers(text: str) -> list[tuple[int, int]]:
    """Where makers are named: (start, end), without a possessive that is no part of the name."""
    pattern = _pattern() if has_blanks(text) else _pattern_run_on()
    return [match.span() for match in pattern.finditer(text)]
