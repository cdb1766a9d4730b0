"""What every reader shares: the shape of a find, and where a Korean word ends."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypedDict


class Found(TypedDict):
    """`value` is normalised, None where its words could not be read; `raw` is exactly `text[start:end]`, the customer's words
    without particles."""

    entity: str
    raw: str
    value: int | str | None
    start: int
    end: int


def found(text: str, entity: str, value: int | str, start: int, end: int) -> Found:
    """One find; `raw` is cut from `text`."""
    return {"entity": entity, "raw": text[start:end], "value": value, "start": start, "end": end}


# Nothing of a word stands before.
WORD_START = r"(?<![가-힣A-Za-z0-9])"

_SHORT = r"(?:은|는|이|가|을|를|로|도|만|의|과|와|랑|에|요|나|인|임|야|용|쪽|거|걸|라|고|뿐|중|씩|죠)"
_LONG = (
    r"(?:으로|이랑|하고|에서|말고|이나|이요|이에요|이예요|예요|에요|입니다|인데|이라|라서|이고|이며|밖에|보다|"
    r"부터|까지|대신|"
    r"빼고|있|없|이지만|지만|이죠|이야|이든|이면|이냐|계열|품절|재고|나왔|추가|주세요|주문|교환|변경|컬러|색상|"
    r"사이즈|피부|이었|였)"
)
# A particle, a copula or nothing: what may follow a Korean noun, so that 콩 in 검은콩 or 즈 in 로즈 never counts as one.
WORD_END = rf"(?=$|[^가-힣]|{_LONG}|{_SHORT}(?:{_SHORT}|서|데|데요|지만|걸로)?(?![가-힣]))"
LATIN_START = r"(?<![A-Za-z0-9])"
LATIN_END = r"(?![A-Za-z0-9])"


def is_shouted(text: str) -> bool:
    """Whether Latin capitals mean nothing because there is nothing else."""
    return text.isupper() and len(re.findall("[A-Z]", text)) > 3 and not re.search(r"[가-힣]", text)


def has_blanks(text: str) -> bool:
    """Whether blanks stand within a message, and not only around it."""
    return any(sign.isspace() for sign in text.strip())


def any_of(words: Iterable[str]) -> str:
    """A regular expression for any of the words, longer ones first; a blank stands for any run of blanks or a hyphen."""
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    initials = "".join(sorted({re.escape(word[0].lower()) + re.escape(word[0].upper()) for word in ordered}))
    alternatives = "|".join(re.escape(word).replace(r"\ ", r"[\s-]+") for word in ordered)
    return f"(?=[{initials}])(?:{alternatives})"
