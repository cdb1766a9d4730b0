"""What makes a request doubtful whatever it was understood as: a prohibition, another shop, another person, mere telling.

The lists are those that the classifier learns with (data/lexicon/other_{shops,people}.txt).
"""

from __future__ import annotations

import re
from functools import cache

from core.settings import PROJECT_ROOT

_FORBIDS = re.compile(
    r"지\s?(?:는\s?|도\s?|를\s?)?(?:마(?!켓)|말)(?!고\s)|(?:안|않아|않으셔)\s?(?:해|써|바꿔|담아|찍어|보내|걸어|줘|아)?도\s?(?:돼|되|괜찮)"
    r"|쓰면\s?안|하면\s?안|필요\s?없"
    r"|\b(?:do\s?n['’]?o?t|never|need\s?n['’]?t|should\s?n['’]?t|must\s?n['’]?t|do\s+not|no\s+need|rather\s+not|not\s+yet|leave\s+(?:it|that|them|my))\b",
    re.IGNORECASE,
)
# "why don't you", "don't forget to", "I don't know": no prohibitions.
_ASKS_ALL_THE_SAME = re.compile(
    r"\b(?:why\s+)?don['’]?t\s+(?:you|forget|know|have|see|mind|need\s+it\s+wrapped)\b", re.IGNORECASE
)
_TELLS = re.compile(
    r"(?:대|댔어|다더라|다던데|라더라|라던데|더라|더라고|했더라면|었더라면|았더라면|시절|적이\s?있)(?:요|고요|는데)?\s*(?:[.!~ㅋㅎㅠ]|$)"
    r"|\b(?:claimed|told\s+me|she\s+said|he\s+said|would['’]?ve|would\s+have|had\s+I|if\s+i['’]?d|years?\s+ago|used\s+to)\b",
    re.IGNORECASE,
)


@cache
def _others() -> re.Pattern[str]:
    names: list[str] = []
    for name in ("other_shops", "other_people"):
        lines = (PROJECT_ROOT / "data" / "lexicon" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        names += [re.escape(line).replace(r"\ ", r"\s?") for line in lines if line and not line.startswith("#")]
    words = "|".join(sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![a-z0-9가-힣])(?:{words})(?:['’]?s)?(?![a-z0-9])", re.IGNORECASE)


def forbids(text: str) -> bool:
    """Whether something is not to be done: 담지 마세요, don't redeem it."""
    return _FORBIDS.search(_ASKS_ALL_THE_SAME.sub(" ", text)) is not None


def concerns_others(text: str) -> bool:
    """Whether another shop or another person is named, or something is told rather than asked for."""
    return _others().search(text) is not None or _TELLS.search(text) is not None
