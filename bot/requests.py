"""Take a message apart: what is ruled out in it ("not coupons, points"), and several requests in one.

Works on the text alone; each piece keeps its offset, so that entities stay where they were written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# What comes before is ruled out: 쿠폰 말고 포인트, 취소가 아니라 교환.
_RULED_OUT_KO = re.compile(r"^(?P<out>.{1,30}?)\s*(?:말고요?|(?:이|가)?\s*아니(?:라|고))\s*[,.]?\s*(?=\S)")
_RULED_OUT_EN = re.compile(r"^(?:no,?\s+)?not\s+(?P<out>[^,.]{2,30}?)(?:,\s*|\s+but\s+)(?=\S)", re.IGNORECASE)
# What comes after is ruled out: points instead of a coupon.
_INSTEAD_EN = re.compile(
    r"\s*,?\s*\b(?:instead\s+of|rather\s+than|not\s+(?:the|a|an|my))\s+[^,.?!]{2,40}", re.IGNORECASE
)
_LEAST_LETTERS = 4
# Between two requests.
_BETWEEN = re.compile(
    r"(?<=[.?!~\n])\s+|\n+|\s*,?\s*(?:그리고요?|아\s*그리고|글고|또한|그담에|그\s*다음에)\s+"
    r"|(?<=[가-힣])(?<!말)(?<!아니)고\s+(?=.*(?:요|줘|까|죠|다|래|함|지|나)[\s?!.~]*$)"
    r"|\s*[,;]?\s*\b(?:and\s+also|also|and\s+then|plus)\b\s*,?\s+|\s*[,;]?\s+\band\s+(?=(?:can|could|would|will|what|where|when|how|"
    r"do|does|is|are|i|i'd|please|tell|show|give|cancel|change|return|exchange|check|put|add|send|let|use|sign|stop|recommend|find)\b)",
    re.IGNORECASE,
)
# What a request sounds like: a question, or somebody is to do something.
_ASKS_KO = re.compile(
    r"[?？]|(?:줘|주세요|줄래|주실|주라|주시|부탁|까요?|나요|는지|ㄹ지|ㅈㅅ|싶|할게|할래|하자|해요|해라|하려|됐|됨|되나|언제|어디|어떻게|얼마|"
    r"뭐|알려|보여|추천|취소|반품|교환|담아|있어요?|있나|있음)"
)
_ASKS_EN = re.compile(
    r"\?|\b(?:can|could|would|will|please|pls|plz|want|wanna|need|like\s+to|let\s+me|tell|show|give|how|what|where|when|which|is|are|"
    r"do|does|cancel|return|exchange|change|check|add|put|track|recommend|find|sign|stop|use|send)\b",
    re.IGNORECASE,
)
MOST_PARTS = 3
_SENTENCE_END = re.compile(r"(?<=[.!?~…])\s+|\n+")
_LETTER = re.compile(r"\w")
_LEAST_OF_SENTENCE = 6


@dataclass(frozen=True)
class Piece:
    """Part of a message: its text, and where it begins in the whole."""

    text: str
    start: int


def _trimmed(text: str, start: int) -> Piece:
    lead = len(text) - len(text.lstrip())
    return Piece(text.strip(), start + lead)


def without_ruled_out(text: str) -> Piece:
    """What is left when the ruled-out part is taken off; the whole text when nothing is ruled out or little would be left."""
    for pattern in (_RULED_OUT_KO, _RULED_OUT_EN):
        match = pattern.match(text)
        if match and len(text[match.end() :].strip()) >= _LEAST_LETTERS:
            return _trimmed(text[match.end() :], match.end())
    match = _INSTEAD_EN.search(text)
    if match and len(text[: match.start()].strip()) >= _LEAST_LETTERS and not text[match.end() :].strip(" .!?"):
        return Piece(text[: match.start()].strip(), len(text) - len(text.lstrip()))
    return Piece(text, 0)


def sentences_of(text: str) -> list[str]:
    """The sentences of a message that have more than a few letters."""
    return [one for one in _SENTENCE_END.split(text) if len(_LETTER.findall(one)) >= _LEAST_OF_SENTENCE]


def split_requests(text: str) -> list[Piece]:
    """The pieces of a message that each sound like a request, in order; [] when there are fewer than two or too many."""
    pieces: list[Piece] = []
    start = 0
    for match in [*_BETWEEN.finditer(text), None]:
        end = match.start() if match else len(text)
        piece = _trimmed(text[start:end], start)
        if len(piece.text) >= _LEAST_LETTERS:
            pieces.append(piece)
        start = match.end() if match else end
    asking = [piece for piece in pieces if _ASKS_KO.search(piece.text) or _ASKS_EN.search(piece.text)]
    return asking if 2 <= len(asking) <= MOST_PARTS else []
