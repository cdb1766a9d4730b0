"""What kind of feedback words are, and what a complaint is about."""

from __future__ import annotations

import re

# From here on words are praise or criticism. What is told as feedback seldom is criticism: it has to sound clearly so.
PRAISE, CRITICISM = 0.35, -0.6
_SUGGESTS = re.compile(
    r"면\s*(?:더\s*)?(?:좋겠|좋을|편할|편하|어떨|해요?$)|했으면|줬으면|주셨으면|(?<!전)해\s*(?:주세요|주시면|주십시오)"
    r"|(?:늘려|바꿔|넣어|만들어|팔아|내)\s*(?:주세요|주시면|줘)|어떨까|어때요|건의|제안|개선|추가"
    r"|\bcould you\b|\bplease (?:add|stock|sell|make|bring|use|open|let|offer|consider)"
    r"|\bwould (?:be|love|like) (?:to see|nice|great|good|helpful|cool|better)"
    r"|\bi wish\b|\bsuggest|\bhow about\b|\bwhat if\b"
    r"|\bshould (?:add|have|offer|sell|let|be)\b|\bmaybe (?:add|use|you|sell)\b|\bfeature request\b|\bidea\b",
    re.IGNORECASE,
)
_ABOUT = (
    ("staff", re.compile(
        r"상담|직원|고객\s*센터|응대|불친절|말투|전화|답변|답장|문의|점원|기사"
        r"|\bstaff\b|\brude|\bsupport\b|customer service|\bagent\b|\bphone|\bcalled?\b|\bemail|\brepl(?:y|ies)|\banswer|\bdriver",
        re.IGNORECASE,
    )),
    ("wrong", re.compile(
        r"(?:다른|엉뚱한|잘못된?)\s*(?:게|거|걸|것|상품|제품|물건|색|사이즈|옷)?|오배송|빠졌|빠져\s*있|누락|덜\s*왔|안\s*들어\s*있|모자라|사진(?:이랑|하고|과)"
        r"|\bwrong\b|\bmissing\b|\bnot what i ordered|\bincomplete|\bnothing like|\bdifferent (?:item|colou?r|size|one)",
        re.IGNORECASE,
    )),
    ("broken", re.compile(
        r"깨[져졌지진]|깨어|부서|부러|망가|고장|파손|찌그러|찢|불량|하자|새서|샜|새요|터졌|터져|금이|구멍|긁|떨어졌|떨어지|벌어|곰팡|상했|상한|이물|벌레"
        r"|\bbroke|\bcrack|\bsmash|\bshatter|\bdamag|\bdefect|\bfaulty|\bleak"
        r"|\btorn|\bcrush|\bfell (?:off|apart)|\bscratch|\bmou?ld|\bdent",
        re.IGNORECASE,
    )),
    ("late", re.compile(
        r"늦|느리|느려|지연|안\s*와|안\s*오|안\s*왔|언제\s*(?:와|오)|배송|택배|도착|기다"
        r"|\blate\b|\bslow|\bdelay|\bwaiting|\bstill (?:hasn|not|no)|\bdeliver|\bshipping"
        r"|\bcourier|\bparcel|\bnever (?:came|arrived)",
        re.IGNORECASE,
    )),
    ("price", re.compile(
        r"비싸|비싼|가격|바가지|돈\s*(?:이\s*)?아까|돈값|요금|수수료|두\s*번\s*결제|환불|결제"
        r"|\bpric|\bexpensive|\brip[\s-]?off|\bcharged|\bwaste of money|\brefund|\bfees?\b|\bmoney back",
        re.IGNORECASE,
    )),
    ("quality", re.compile(
        r"품질|맛|냄새|향|재질|원단|마감|바느질|피부|트러블|따가|두드러기|뒤집|사이즈|색|효과|눅눅|보풀|줄어"
        r"|\bquality|\btast|\bsmell|\bstale|\bfabric|\bskin|\brash\b|\bsize|\bcolou?r|\bshrank|\bshrunk|\buncomfortable|\buseless",
        re.IGNORECASE,
    )),
)  # fmt: skip


def kind_of(text: str, sentiment: float, rating: int | None = None) -> str:
    """praise, suggestion, criticism or other. A rating of 1-2 or 4-5 says more than how the words sound."""
    if _SUGGESTS.search(text) and rating is None:
        return "suggestion"
    if rating is not None and rating != 3:
        return "praise" if rating > 3 else "criticism"
    if sentiment >= PRAISE:
        return "praise"
    return "criticism" if sentiment <= CRITICISM else "other"


def about(text: str) -> str:
    """What a complaint is about: staff, wrong, broken, late, price, quality, or other where the words do not say."""
    return next((name for name, pattern in _ABOUT if pattern.search(text)), "other")
