"""Reading answers that many steps ask for: a button's choice, yes or no, an entity, free words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from actions.tasks.kinds import TaskTurn

YES, NO = "yes", "no"
# What is put as a request, and no reason: the verb asks. "바꾸고 싶어서요" explains, "바꾸고 싶어요" asks.
_ASKS = re.compile(
    r"(?:줘요?|주세요|줄래요?|주실래요|주시겠\S*|주실\s*수\s*\S*|부탁\S*|할래요?|할게요|하려고요|(?:하|고)\s*싶(?:어요?|습니다|은데요?))\s*[.!?~ㅠㅜ]*\s*$"
    r"|^\s*(?:please|can|could|would|will)\b|\bplease\s*[.!?]*\s*$|\b(?:can|could)\s+(?:you|i)\b|\bi(?:'d\s+like|\s+want|\s+need)\s+to\b",
    re.IGNORECASE,
)
_EXPLAINS = re.compile(r"서요?\s*[.!~]*\s*$|때문|니까|거든|because|since\b", re.IGNORECASE)
_YES = r"(?:네|넵|넹|예|응|어|ㅇㅇ|그래요?|좋아요?|맞아요?|yes|yeah|yep|yup|sure|ok(?:ay)?|right|correct)(?![가-힣a-z])"
_AGREES = re.compile(rf"^\s*{_YES}|^\s*(?:please\s+do|go\s+ahead)\b", re.IGNORECASE)
# A yes that says once more what is to be done, and nothing else.
_ONLY_AGREES = re.compile(
    rf"^\s*{_YES}[\s,.!]*(?:그렇게|이대로|그대로|그걸로|그\s*주소로)?\s*(?:바꿔|변경해|수정해|취소해?|반품해?|교환해?|접수해?|신청해?|진행해?|탈퇴해?|맞아요?|해|부탁)?\s*"
    r"(?:줘요?|주세요|주셔요|드려요|드립니다|할게요|할께요|합니다)?[\s.!~]*$"
    rf"|^\s*{_YES}[\s,.!]*(?:please\b|that'?s\s+(?:right|it|fine|correct))?[\s,.!]*"
    r"(?:(?:do|cancel|change|return|swap|exchange|register|send|close|delete|confirm)\s+(?:it|them|that|this|so)|go\s+ahead)?[\s,.!]*"
    r"(?:please)?[\s.!]*$",
    re.IGNORECASE,
)
_TAKES_BACK = re.compile(
    r"말고|말아|마세요|마요|말래|아니|안\s*(?:할|하)|않|그만|다른|다시|\bnot?\b|n't\b|\bnever\b|\binstead\b|\bstop\b|\bother\b|\bwait\b|\bbut\b",
    re.IGNORECASE,
)
# To think it over is neither to stop nor to answer.
_HESITATES = re.compile(
    r"(?=.*\w)\s*(?:음+|흠+|글쎄\w*|hm+|um+|uh+|er+|well|wait)?[\s,.…~]*(?:생각\s?(?:좀\s?)?(?:해|할|하)\w*(?:\s?(?:보|볼)\w*)?|고민\s?(?:좀|중)\w*(?:\s?\w+)?|잠깐만?요?|잠시만?요?"
    r"|let\s+me\s+(?:think|see)(?:\s+about\s+(?:it|that))?|(?:i'?m\s+)?(?:still\s+)?thinking|(?:i'?m\s+)?not\s+sure(?:\s+yet)?"
    r"|(?:hold|hang)\s+on|(?:just\s+)?(?:a|one)\s+(?:sec(?:ond)?|moment|minute))?[\s,.…~!?]*",
    re.IGNORECASE,
)


def hesitates(text: str) -> bool:
    """Whether the words only ask for time: "hmm, let me think", "글쎄요, 생각 좀 해 볼게요"."""
    return bool(text.strip() and _HESITATES.fullmatch(text))


def asks_for_something(text: str) -> bool:
    """Whether the words are put as a request, and not as the reason of one."""
    return bool(_ASKS.search(text)) and not _EXPLAINS.search(text)


def agrees(text: str) -> bool:
    """Whether the words are a yes, perhaps with what is to be done, and nothing else: "네, 바꿔 주세요", "yes, cancel it"."""
    return bool(_ONLY_AGREES.match(text))


def begins_with_yes(text: str) -> bool:
    """Whether a yes stands at the beginning."""
    return bool(_AGREES.match(text)) and not _TAKES_BACK.search(text)


def insists(text: str) -> bool:
    """Whether words that name the task's own request once more go along with it, and take nothing back."""
    return begins_with_yes(text) or (asks_for_something(text) and not _TAKES_BACK.search(text))


def chosen(step: str) -> Callable[[TaskTurn], Any]:
    """The choice of a pressed button of this step."""

    def read(turn: TaskTurn) -> Any:
        call = turn.ctx.call
        return turn.ctx.value("choice") if call.pressed and turn.ctx.value("step") == step else None

    return read


def yes_or_no(step: str) -> Callable[[TaskTurn], str | None]:
    """Yes or no, pressed or said."""
    pressed = chosen(step)

    def read(turn: TaskTurn) -> str | None:
        choice = pressed(turn)
        if choice is not None:
            return YES if choice == YES else NO
        return {"affirm": YES, "deny": NO}.get(turn.ctx.call.intent)

    return read


def entity(step: str, name: str) -> Callable[[TaskTurn], Any]:
    """A pressed choice, else the first value of an entity in the message."""
    pressed = chosen(step)

    def read(turn: TaskTurn) -> Any:
        choice = pressed(turn)
        return choice if choice is not None else turn.ctx.value(name)

    return read


def words(step: str, least: int = 2, most: int = 1000) -> Callable[[TaskTurn], str | None]:
    """A pressed choice, else the message as it is."""
    pressed = chosen(step)

    def read(turn: TaskTurn) -> str | None:
        choice = pressed(turn)
        if choice is not None:
            return str(choice)
        text = turn.ctx.call.text.strip()
        return text if least <= len(text) <= most else None

    return read
