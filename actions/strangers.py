"""What makes a request doubtful whatever it was understood as: a prohibition, another shop, another person's account, mere
telling, orders to be something else.

The lists are those that the classifier learns with (data/lexicon/other_{shops,people}.txt).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from core.settings import PROJECT_ROOT

_FORBIDS = re.compile(
    r"지\s?(?:는\s?|도\s?|를\s?)?(?:마(?!켓)|말)(?!고\s)|(?:안|않아|않으셔)\s?(?:해|써|바꿔|담아|찍어|보내|걸어|줘|아)?도\s?(?:돼|되|괜찮)"
    r"|쓰면\s?안|하면\s?안|필요\s?없"
    r"|(?<![가-힣])안\s?(?:할래|할게|할께|할\s?거|할\s?건|하려|받을래|담을래|쓸래|담을게|쓸게)(?![^.!?]*[.!?]\s*\S)"
    r"|\b(?:do\s?n['’]?o?t|dn['’]?t|never|need\s?n['’]?t|should\s?n['’]?t|must\s?n['’]?t|do\s+not|no\s+need|refrain|rather\s+not|not\s+yet|leave\s+(?:it|that|them|my))\b",
    re.IGNORECASE,
)
# "why don't you", "don't forget to", "I don't know", "I never got it": no prohibitions.
_ASKS_ALL_THE_SAME = re.compile(
    r"\b(?:why\s+)?don['’]?t\s+(?:you|forget|know|have|see|mind|need\s+it\s+wrapped)\b"
    r"|\bi(?:['’]ll)?\s+never\b|\bi\s+(?:don['’]?t|do\s+not)\s+(?:get|receive|want\s+to\s+(?:talk|speak|chat|keep))\b"
    r"|(?:챗봇|로봇|기계|봇)\S*\s(?:\S+\s)?필요\s?없",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"(?:대|댔어|다더라|다던데|라더라|라던데|더라|더라고|했더라면|었더라면|았더라면|시절|적이\s?있)(?:요|고요|는데)?\s*(?:[.!~ㅋㅎㅠ]|$)"
    r"|카더라|(?:다고|라고)\s?(?:함|하던데|하더라고?|했음)(?:요)?\s*(?:[.!~ㅋㅎㅠ]|$)|(?:다며|라며|다면서)\s*[?]"
    r"|\b(?:claim(?:s|ed)|told\s+me|she\s+said|he\s+said|would['’]?ve|would\s+have|had\s+I|if\s+i['’]?d|years?\s+ago|used\s+to)\b",
    re.IGNORECASE,
)


# "Don't take me off the list": the one prohibition that has nothing to do with what opting out forbids.
_KEEPS = re.compile(
    r"\b(?:do\s?n['’]?o?t|do\s+not|never|please\s+keep)\s+(?:\w+\s+){0,2}(?:off|out|unsubscribe|sending|remove|cancel|stop)\b"
    r"|(?:끊|해지하|거부하|빼|취소하)지\s?(?:는\s?)?(?:마|말)",
    re.IGNORECASE,
)
_ORDERS_ABOUT = re.compile(
    r"\b(?:sudo|play\s+a\s+game|role\s?-?play|repeat\s+after\s+me|pretend|you\s+are\s+now|ur\s+(?:now\s+)?the|system\s+prompt|jailbreak|developer\s+mode"
    r"|(?:ignore|forget|disregard)\s+(?:all|your|the|previous|every|any))\b"
    r"|역할극|따라\s?(?:해|말해)\s?봐|시스템\s?프롬프트|개발자\s?모드|지금부터\s?(?:너|넌|당신)|(?:지시|규칙|명령)(?:을|를|은|는)?\s?(?:모두\s?|다\s?|전부\s?)?(?:무시|잊)"
    r"|<script|\bselect\s.+\sfrom\b|\bdrop\s+table\b|\brm\s+-",
    re.IGNORECASE,
)
_LOOKING = (
    r"(?:tell(?!\s+me\s+(?:it|that|you|they|there|i|we)\b)"
    r"|show|look|check|list|find|recommend|suggest|search|pull|open|bring)(?:ing)?"
)
# "You need not show it": nothing is wanted, though it is called by its name.
_SPARES = re.compile(
    r"(?:보여|알려|찾아|확인|조회|말해|안내|추천)\S{0,2}\s?(?:(?:줄|주실|할|하실)\s?(?:필요|거)\s?(?:는\s|까지\s)?없|(?:줘|주셔|해|하셔)?도\s?(?:돼|되|괜찮)|\s?(?:주|드리)?지\s?(?:마|말|않아도|않으셔도))"
    # "My points don't show" is no such thing: it begins the clause, or stands behind "you" and the like.
    r"|(?:(?:^|[,.;!?~]\s*|\b(?:you|u|please|pls|plz|and|but|so|just|no)\s+)(?:do\s?n['’]?o?t|do\s+not|need\s?n['’]?t|need\s+not)\s+"
    r"(?:(?:have|need|go|bother|even)\s+)?(?:to\s+)?(?:bother\s+)?|\bno\s+need\s+to\s+)" + _LOOKING + r"\b",
    re.IGNORECASE,
)
_WORDS = re.compile(r"[가-힣]{2,}|[a-z]{4,}", re.IGNORECASE)
# Said over and over by those who want something.
_URGES = frozenset({
    "제발", "빨리", "얼른", "진짜", "정말", "please", "very", "really", "come", "hello", "what", "that", "this", "with",
})  # fmt: skip
_STAMMERED = re.compile(r"\b([a-z]{3,}|[가-힣]{2,})(?:\s\1){3,}(?!\w)", re.IGNORECASE)
_OVER_AND_OVER = re.compile(r"([가-힣]{2,4})\1\1")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
# Trades and offices that are no shop like this one; and anybody's own site.
_TRADES = (
    r"(?:dentist|doctor|clinic|hospital|pharmacy|chemist|vet|bank|gym|library|school|college|university|council|landlord|hotel|hostel|"
    r"restaurant|diner|cafe|café|bakery|baker|butcher|florist|barber|salon|spa|carpenter|plumber|electrician|tailor|cobbler|garage|mechanic|"
    r"dealership|airline|airport|railway|cinema|theatre|theater|museum|post\s?office|embassy|tax\s?office|insurer|insurance|phone\s?company|"
    r"cleaner|laundrette|laundry|dry\s?cleaner|supermarket|grocer|corner\s?shop|market\s?stall|pawn\s?shop|temple|church)"
)
_ELSEWHERE = re.compile(
    r"\b(?:order(?:ed|s)?|bought|booked|refund(?:ed)?|points|coupons?|vouchers?|returned|money\s+back|deposit|subscription|membership)\s+"
    rf"(?:\w+\s+){{0,4}}(?:from|of|with|at)\s+(?:a|an|the|my|our|that|this|some)\s+(?:local\s+|old\s+)?{_TRADES}(?:['’]?s)?\b"
    r"|\b(?!(?:the|your|this|ur)\b)[a-z]+['’]s\s+(?:own\s+)?(?:site|website|web\s?page|app|online\s?(?:shop|store))\b"
    r"|\b(?:on|in|at|from)\s+toss\b|(?<![가-힣])토스\s?(?:앱|포인트|만보기|출석)"
    r"|(?<![가-힣])(?:치과|병원|약국|은행|도서관|학원|미용실|네일샵|세탁소|식당|호텔|항공사|보험사|통신사|카센터|동물병원|꽃집|빵집|헬스장|필라테스|영화관)"
    r"(?:에서|에다|에)?\s?(?:포인트|적립금?|쿠폰|등급|환불|예약|회원권|마일리지|멤버십)",
    re.IGNORECASE,
)
_OWN = re.compile(r"\b(?:i|i['’]?m|my|mine|me)\b|(?<![가-힣])(?:제|내|저|나)(?![가-힣]{2})", re.IGNORECASE)
_THINGS = (
    r"(?:points?|coupons?|vouchers?|accounts?|orders?|parcels?|packages?|memberships?|tier|data|history|address|refunds?|cart|basket|"
    r"wish\s?list|profile|subscriptions?|number|e-?mail|phone|birthday|purchases|login|password)"
)
_BELONGINGS = (
    r"(?:포인트|적립금|쿠폰|주문|계정|아이디|배송|택배|정보|데이터|환불금?|장바구니|등급|번호|주소|회원|이력|내역|찜|구독|"
    r"생일\s?쿠폰|비밀번호)"
)


def _words(name: str) -> str:
    lines = (PROJECT_ROOT / "data" / "lexicon" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    names = [re.escape(line).replace(r"\ ", r"\s?") for line in lines if line and not line.startswith("#")]
    return "|".join(sorted(names, key=len, reverse=True))


@cache
def _named(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9가-힣])(?:{_words(name)})(?:['’]?s)?(?![a-z0-9])", re.IGNORECASE)


@cache
def _sender() -> re.Pattern[str]:
    shops = _words("other_shops")
    return re.compile(
        rf"\b(?:from|by)\s+(?:the\s+)?(?:{shops})(?:['’]?s)?(?![a-z0-9])"
        rf"|(?<![가-힣a-z0-9])(?:{shops})(?:에서|한테서?)?\s?(?:오는|온|보내는|보낸|광고|문자|메일|알림|푸시)",
        re.IGNORECASE,
    )


@cache
def _property() -> re.Pattern[str]:
    """Somebody else's account or what belongs to it: my uncle's points, 마누라 환불금, user hana_92, somebody's order."""
    person = _words("other_people")
    return re.compile(
        rf"(?<![a-z])(?:{person})(?:['’]s|s['’]|s)?\s+(?:[\w,]+\s+){{0,2}}{_THINGS}\b"
        rf"|\b(?:his|her|their|somebody(?:['’]?s)?|someone(?:['’]?s)?|another\s+\w+(?:['’]s)?)\s+(?:\w+\s+)?{_THINGS}\b"
        rf"|\b{_THINGS}\s+(?:of|for|under|registered\s+to)\s+(?:user|member|customer)\b|\b(?:user|member|customer)\s+(?:named\s+)?[\w.]*[\d_][\w.]*"
        rf"|\bbelong(?:s|ing)\s+to\s+(?:my|his|her|the|our)\b|\bthe\s+\w+\s+(?:place|shop|store|restaurant)\s+(?:across|down|next|round|around)\b"
        rf"|(?<![가-힣])아이디\s?[a-z][\w.]+|(?<![가-힣])(?:{person})(?:이|가|네|은|는)?\s?(?:[가-힣]+\s)?(?:(?:반품|교환|주문|환불|취소|구매|결제)한|산|시킨)\s?(?:거|것)"
        rf"|\bon\s+(?:my|our)\s+(?:{person})\b(?!\s?['’])"
        rf"|\b(?:my|our)\s+(?:{person})(?:['’]s|s['’])\s+(?:{person})\b"
        rf"|\b(?:what|which|how\s+(?:much|many))\s+(?:\w+\s+)?(?:he|she|they|(?:my|our|the)\s+(?:{person}))\s+(?:has\s+|have\s+)?(?:been\s+)?"
        r"(?:bought|buying|ordered|ordering|paid|spent|got|has|have)\b"
        rf"|\bis\s+(?:my|our|the)\s+(?:{person})\s+(?:\w+\s+){{0,4}}(?:tier|member|vip|gold|silver)\b"
        r"|(?:그|저)\s?(?:사람|분|여자|남자)\s?(?:이\s|의\s)?(?:누구|연락처|전화|번호|이름|주소)"
        r"|\b(?:member|user|customer|person|account)\s+(?:registered|with|under|behind|called|named)\b|\bon\s+behalf\s+of\b"
        rf"|(?<![가-힣])(?:{person})(?:의|이|네|님|씨|꺼|거)?\s?(?:의\s?)?(?:[가-힣]+\s)?{_BELONGINGS}(?!이라|라서)"
        rf"|(?<![가-힣])[가-힣]{{2,4}}\s?(?:씨|님)(?:의|이)?\s{_BELONGINGS}|(?:다른|딴|남의|누구|아무)\s?(?:사람|회원|고객|손님)?(?:들)?(?:의)?\s?{_BELONGINGS}",
        re.IGNORECASE,
    )


def forbids(text: str) -> bool:
    """Whether something is not to be done: 담지 마세요, don't redeem it."""
    return _FORBIDS.search(_ASKS_ALL_THE_SAME.sub(" ", text)) is not None


def spares(text: str) -> bool:
    """Whether nothing is to be shown or looked for: 보여줄 필요 없어요, don't bother checking."""
    return _SPARES.search(text) is not None


def keeps(text: str) -> bool:
    """Whether something that is going on is to go on: don't take me off the list, 구독 끊지 마세요."""
    return _KEEPS.search(text) is not None


def orders_about(text: str) -> bool:
    """Whether the assistant is told to be or say something else, or addressed as a machine (prompt injection, code)."""
    return _ORDERS_ABOUT.search(text) is not None


def names_shop(text: str) -> bool:
    """Whether another shop, platform, service or office is named."""
    return _named("other_shops").search(text) is not None or _ELSEWHERE.search(text) is not None


def comes_from_shop(text: str) -> bool:
    """Whether what comes from another shop is spoken of: the newsletters from Uniqlo, 쿠팡에서 오는 문자."""
    return _sender().search(text) is not None


def is_of_others(text: str) -> bool:
    """Whether it is about another shop, or about somebody else's account: neither can be seen or changed from here."""
    return names_shop(text) or _property().search(text) is not None


def makes_no_sense(text: str) -> bool:
    """Whether one word is a quarter of what is said and stands there three times, or four times on end, as with nobody
    who wants something."""
    if any(match[1].casefold() not in _URGES for match in _STAMMERED.finditer(text)):
        return True
    words = [word.casefold() for word in _WORDS.findall(_OVER_AND_OVER.sub(r"\1 \1 \1 ", text))]
    counts = Counter(word for word in words if word not in _URGES)
    return any(count >= 3 and 4 * count >= len(words) for count in counts.values())


def names_account(text: str) -> bool:
    """Whether an account is named by its e-mail address, without a word that it is the writer's own."""
    return _EMAIL.search(text) is not None and _OWN.search(text) is None


def tells(text: str) -> bool:
    """Whether something is told, past or supposed, rather than asked for."""
    return _TELLS.search(text) is not None


def concerns_others(text: str) -> bool:
    """Whether another shop or another person is named, or something is told rather than asked for."""
    return names_shop(text) or _named("other_people").search(text) is not None or tells(text)
