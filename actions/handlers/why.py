"""Why something is cancelled or sent back: common reasons on buttons, or the customer's own words, put into a category."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from actions.context import TurnContext
from actions.result import Reply
from actions.tasks.kinds import Step, TaskTurn
from actions.tasks.reading import chosen
from actions.tasks.running import choice
from actions.wording import replies, say

SKIP = "skip"
# Where the shop is at fault: no fee, and a longer time to say so.
FAULTS = frozenset({"defective", "wrong_item"})
_LONGEST = 500
_WRONG = re.compile(
    r"오배송|잘못\s*(?:온|왔|배송|보내|보낸)|(?:다른|엉뚱한)\s*\S*\s*\S*\s*(?:왔|온|배송|보내|도착)|주문한\s*(?:거|것|상품)\S*\s*(?:아니|달라|다르)"
    r"|wrong\s+(?:item|product|one|thing|colou?r|size)\s*(?:arrived|came|was\s+sent|sent)?|not\s+what\s+i\s+ordered|sent\s+(?:me\s+)?(?:the\s+)?wrong",
    re.IGNORECASE,
)
_BROKEN = re.compile(
    r"불량|파손|하자|깨[졌져진]|찢어|망가|고장|구멍|얼룩|오염|스크래치|새(?:요|어요|네요|고\s*있)|곰팡|변질|상했|작동\s*(?:안|을\s*안)|안\s*(?:켜|돼서\s*왔)"
    r"|defect|faulty|broke|damag|crack|shatter|torn|ripped|leak|stain|scratch|doesn'?t\s+(?:work|turn)|not\s+working|mou?ld|spoil|hole\b",
    re.IGNORECASE,
)
_MIND = re.compile(
    r"변심|[마맘]음|필요\s*(?:가\s*)?없|안\s*맞|작[아은네습]|커[요서]|크[네다]|큰|사이즈|색|어울|별로|생각보다|비싸|잘못\s*(?:골|샀|시|주문)|실수"
    r"|chang\w*\s+(?:my|our)\s+mind|don'?t\s+(?:need|want|like)|doesn'?t\s+(?:fit|suit)|too\s+\w+|size|colou?r|mistake|no\s+longer",
    re.IGNORECASE,
)


def category(text: str) -> str:
    """wrong_item, defective, changed_mind or other, by the words of a reason."""
    for code, pattern in (("wrong_item", _WRONG), ("defective", _BROKEN), ("changed_mind", _MIND)):
        if pattern.search(text):
            return code
    return "other"


def stated_reason(ctx: TurnContext) -> dict[str, Any] | None:
    """The reason that the request itself gives."""
    words = ctx.value("reason")
    return {"code": category(str(words)), "text": str(words)[:_LONGEST]} if words else None


def known(ctx: TurnContext) -> dict[str, Any]:
    """What to begin a task with where the request itself gives the reason."""
    reason = stated_reason(ctx)
    return {"reason": reason} if reason else {}


def is_fault(reason: dict[str, Any] | None) -> bool:
    """Whether a reason lays the fault at the shop's door."""
    return bool(reason) and reason is not None and reason["code"] in FAULTS


_SKIPS = re.compile(
    r"^\s*(?:그냥\s*)?(?:건너\S*|넘어\S*|패스\S*|스킵\S*|(?:딱히|별\S*)?\s*(?:이유는?\s*)?없\S*|말\S*\s*싫\S*|skip\b.*|pass\b.*|no\s+(?:particular\s+)?reason\b.*"
    r"|(?:i'?d\s+)?rather\s+not\b.*|(?:prefer|don'?t\s+want)\s+(?:not\s+)?to\s+say\b.*)\s*$",
    re.IGNORECASE,
)
_STOPS = re.compile(
    r"그만|됐|안\s*(?:할|하)|말래|하지\s*(?:말|마|않)|계속|never\s*mind|forget|leave\s+it|keep|don'?t\s+(?:cancel|return|exchange)|\bstop\b",
    re.IGNORECASE,
)


def reason_step(
    key: str,
    codes: tuple[str, ...],
    takes: frozenset[str],
    about: Callable[[TaskTurn], str] = lambda _: "",
    **more: Any,
) -> Step:
    """The step `reason`, {code, text, own: false when it was a button}; `key` words it, `codes` are its buttons.

    With "skip" among them it may be left out. `about` says before it what the question is about.
    """

    def ask(turn: TaskTurn) -> Reply:
        buttons = [choice(turn.ctx, "reason", code, _title(turn.ctx, key, code)) for code in codes]
        question = say(turn.ctx, f"{key}_why")
        lead = about(turn)
        return Reply(f"{lead}\n{question}" if lead else question, buttons)

    def read(turn: TaskTurn) -> dict[str, Any] | None:
        pressed = chosen("reason")(turn)
        if pressed is not None:
            code = str(pressed)
            text = None if code == SKIP else _title(turn.ctx, key, code)
            return {"code": code, "text": text, "own": False} if code in codes else None
        return _said(turn)

    def _said(turn: TaskTurn) -> dict[str, Any] | None:
        call = turn.ctx.call
        if call.intent in ("affirm", "deny"):
            # Nothing that explains anything; where no reason is needed it means there is none to give.
            return {"code": SKIP, "text": None} if SKIP in codes and call.intent == "affirm" else None
        text = call.text.strip()
        return {"code": category(text), "text": text[:_LONGEST]} if len(text) > 1 else None

    def plain(turn: TaskTurn) -> dict[str, Any] | None:
        text = turn.ctx.call.text
        if SKIP in codes and _SKIPS.match(text):
            return {"code": SKIP, "text": None}
        stopping = turn.ctx.call.intent == "cancel_flow" and category(text) != "other" and not _STOPS.search(text)
        return _said(turn) if stopping else None

    return Step("reason", ask, read, takes=takes, free=True, plain=plain, **more)


def _title(ctx: TurnContext, key: str, code: str) -> str:
    own = f"{key}_why_{code}"
    return replies().say(own if own in replies().keys(ctx.locale) else f"why_{code}", ctx.locale)
