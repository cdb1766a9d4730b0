"""Why something is cancelled, sent back, swapped, paused or erased: the clause itself, as written.

Korean: the clause up to and with its verb and the connective ending, which no one can cut off (사이즈가 안 맞아서); a noun
without 때문에, 이라서 or 으로 (단순 변심). English: the clause without its "because". One a message: the first that names a
trouble, else the first that is joined to the request, else what is said beside the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.entities.words import Found, found

INTENTS = frozenset({"cancel_order", "request_return", "request_exchange", "subscribe_product", "delete_my_data"})

_NOUN = re.compile(
    r"(?P<all>(?:단순\s?)?변심|(?:제품\s|상품\s)?(?:불량|파손|하자)|오배송|(?:배송\s?)지연|사이즈\s(?:미스|"
    r"불일치|오류)|(?:주문\s?)?실수(?!로\s(?!인|반품|취소|교환|환불))|중복\s?(?:주문|결제)|(?:색상|사이즈)"
    r"\s?차이)"
    r"(?=으로|로|이라|라서|라\s|이에요|예요|입니다|이요|요|임|때문|인데|인\s|\s*[.,!~]|\s*$|\s(?:반품|취소|교환|환불))"
)
_BECAUSE_OF = re.compile(r"(?:때문에|땜에|때문이|탓에|문제로)")
# Words in which 서, 데 and 니까 join no reason.
_NO_REASON = re.compile(
    r"(?:에서|먼저|순서|그래서|따라서|혼자서|[가-힣]면서|위해서|통해서|(?<!반)대해서|어디서|여기서|거기서|"
    r"저기서|문서|도서|서서|로서|앞서|테니까|알아서|데서|곳에서|늘려서|줄여서|바꿔서|빼서|나눠서|합쳐서|모아서|"
    r"포장해서|변경해서|올려서|내려서|대신해서|접수해서|취소해서|다운해서|업해서|추가해서|이어서|미안한데|"
    r"죄송한데|죄송하지만|"
    r"그런데|근데|인데|건데|그러니까|그니까)(?:요)?$"
)
_JOINING = re.compile(
    r"(?P<strong>(?:거라|[가-힣]+(?:서|니까|길래|느라|느라고|매라|(?:없|많|있|않|같|됐|었|았|했)으니)))"
    r"(?:요)?$|(?P<weak>[가-힣]+(?:[는은한인던큰른린운]데|거든|더라고|(?<![다라])고))(?:요)?$"
)
_WISHED = re.compile(r"\s(?:싶|있|계시|해|하네|하더)")
# Said apart from the request, about something: 발이 아파요 반품할게요.
_SAID_KO = re.compile(r"(?:^|\s)[가-힣]{1,8}[이가]\s\S.*(?:요|네|어|아|음|다|대)$")
_NOT_SAID_KO = re.compile(
    r"주문|샀|샀어|받았|시켰|궁금|어디|뭐|무엇|언제|얼마|있나|인가|예요|이에요|번호|좋|맞아요|괜찮|\?"
)
_CLOSING = re.compile(r"(?<!필)(?<!중)(?<!주)요$|(?:[았었했됐]|니|없|같)다$|[음함됨임네]$|[가-힣](?:어|아|해|돼)$")
_REQUEST = re.compile(
    r"(?:취소|반품|교환|환불|탈퇴|삭제|해지|정지|중지|변경|건너|쉬|바꾸|바꿔|지워|없애|문의|구독|정기\s?배송|"
    r"보내)[가-힣]*(?:\s?(?:싶|하려|원하|원해|될까|되나|가능|주세요|줘|할게|할래|할까|해야|부탁))?"
)
_WISH = re.compile(
    r"싶|려고|려는|하려|원하|원해|주세요|해줘|해 줘|할게|할래|할까|되나|될까|가능|부탁|주실|줄래|나요|까요|"
    r"문의|연락|주십시오|바꿔\s?줘|바꿔\s?달|보내|겠는교|주이소"
)
_TROUBLE = re.compile(
    r"안\s?맞|맞지\s?않|작[아은네습다고]|커[요서]|큰데|크네|크고|큽니다|헐렁|껴[서요]|끼[어여네는]|꽉|짧|길어|"
    r"길이|다르|달라|다른\s?(?:색|사이즈|상품|제품|게|데)|늦|안\s?[와오]|"
    r"[마맘]음?에\s?안|[마맘]음?에\s?들지|별로|변심|바뀌|바꼈|바뀐|필요\s?(?:가\s)?(?:없|하지)|잘못|실수|불량|"
    r"파손|깨[졌져진지]|찢|망가|고장|하자|구멍|얼룩|오염|새[는서]|중복|두\s?번|자주|"
    r"안\s?[써쓰씀]|않|남아|남았|많이\s?남|질렸|질려|더\s?싸|싸게|비싸|저렴|냄새|트러블|알레르기|알러지|따가|"
    r"뒤집|걱정|유출|스팸|광고가|누락|빠[져졌]|안\s?어울|"
    r"불편|무거|무겁|거칠|얇|두꺼|보풀|상했|상해|유통기한|여행|이사|출장|없어|쌓[여였이]|오래\s?걸|지연|충분|"
    r"아직\s?있|안\s?[켜돼]|안\s?되[네어서]|이상[해한하]|반대|착각|깜빡"
)
_LEAD = re.compile(
    r"(?:(?:저|제가|저는|나|나는|내가|전|안녕하세요|저기요|혹시|음|아|네|이|그|이거|이건|그거|그건|거|게|건|것|"
    r"것이|걸|상품|제품|주문|주문은|주문이|물건|"
    r"[가-힣]*(?:주문한|주문했던|산|샀던|구매한|받은|시킨|시켰던|결제한)(?!\s(?:색|사이즈|맛|것과|거랑|것이랑|"
    r"거하고|제품과|상품과|게\s다))|어제|오늘|그저께|지난주에?|며칠\s?전에?|방금|아까|DG[\s-]?\d+(?:번|은|는|"
    r"이)?)\s+)+"
)
# 레깅스 너무 커서: what it is about goes, without a particle too.
_BARE = re.compile(
    r"(?!너무|조금|많이|배송|색상|사이즈|가격|품질|생각|마음|갑자|급하|아직|자꾸|계속|이번|집|이제|이미|다시|"
    r"잘못|다른|더|안|못|한|두|똑같|실수|단순|개인|광고|스팸|유통|중복|두번|선물|"
    r"그냥|여행|출장|이사|택배|주문|결제|포인트|쿠폰|비|불이|물이|바로|별로|원래|거의|완전|진짜|정말|갈수록|막상)"
    r"[가-힣A-Za-z]{2,8}(?<![이가은는을를도만로에의게히면서고데며니지와과랑다요한된던인큰린수밖])\s+(?=\S)"
)
_TOPIC = re.compile(
    r"(?!\S*(?:색|사이즈|배송|가격|품질|냄새|맛|향|생각))(?:\S+\s){0,2}?[가-힣A-Za-z0-9]{1,10}[은는]\s+(?=\S)"
    r"(?!거|걸|것|게|데|줄|지\s|건)"
)

_EN_JOIN = re.compile(
    r"(?:\bbecause(?:\sof)?|\bbecuase|['’]?\bcause|\bcuz|\bcoz|\bbc|\bb/c|\bdue\sto|\bsince(?=\s(?:i|it|they|"
    r"the|this|that|my|we|there|its|these|those|you)\b)"
    r"|\bas(?=\s(?:i|it|they|the|this|my|we|there|its|these|those)\b)|\bthe reason (?:is|being)(?:\sthat)?|"
    r"\breason:)\s+(?P<all>[^.!?;\n]+)",
    re.IGNORECASE,
)
_EN_END = re.compile(
    r"(?:,|\s-|\s–)?\s(?:so\s(?:i|can|could|please|cancel|return|swap|i['’]?d)\b|please\b|can\s(?:i|you|we)\b|"
    r"could\s(?:i|you|we)\b|i\s(?:want|need|wish)\sto\b|i['’]?d\slike\b"
    r"|i\swould\slike\b|(?:and|then)\s(?:i\s(?:want|need)|i['’]?d|please|can|could|cancel|return)\b)|,\s.*$|"
    r"\s(?:thanks|thank you)\b",
    re.IGNORECASE,
)
_EN_SPLIT = re.compile(
    r"[.!?;,\n]+\s*|\s[-–—]\s|\s(?:please|pls|plz)\b|\s(?=so\s(?:i|we|can|could|please|cancel)\b)|"
    r"\s(?=(?:i\s(?:want|need|would\slike)\s|can\s(?:i|you)\s|cancel\s|swap\s|exchange\s|"
    r"want\s(?:my\s)?(?:money|refund|a\snew)))|\s(?:and|but|so)\s(?=i\b|i['’]|please|can\b|could\b|cancel|"
    r"return|swap|exchange)",
    re.IGNORECASE,
)
_NT = r"(?:n['’]?t|\snot)"
_EN_TROUBLE = re.compile(
    rf"chang(?:ed|ing)\s(?:my|our)\sminds?|too\s(?:small|big|large|tight|loose|short|long|late|expensive|slow|"
    rf"many|much|often|heavy|thin|thick|dark|light|strong|frequent)"
    rf"|\b(?:does|do|did|is|are|was|has|have|ca|wo){_NT}\s(?:fit|match|work|suit|like|need|want|use|look|the|"
    rf"what|as|right|arrive|come|shop|really|a\sgood|even|my)"
    rf"|\b(?:doesnt|dont|didnt|isnt|wasnt)\s\w+|\bno\slonger\s\w+|\bnot\s(?:as\sdescribed|what\si|the\sright|"
    rf"working)|\bwrong\s\w+|\bby\s(?:mistake|accident)|\baccidentally|\bmistake"
    r"|\bcheaper|broken?\b|damaged|defective|faulty|\btorn\b|ripped|cracked|leak(?:s|ed|ing)|stain|"
    r"arrived\slate|never\sarrived|still\shave|have\s(?:plenty|enough|too)|on\s(?:vacation|holiday)"
    r"|\btravell?ing|\bmoving\b|allerg|irritat|\brash\b|br(?:ea|o)k(?:s|e|ing)?\s(?:me\s)?out|\bspam|\bprivacy|"
    r"(?:looks?|is|was|came)\sdifferent|different\s(?:from|than)|\bsmells?\b|\bmissing\b|\bduplicate|\btwice\b"
    r"|\bruns?\s(?:small|large|big)|uncomfortable|\bitch|\bhurts?\b|\bpinch|\bchipped|\bshattered|\bexpired|"
    r"\bstale\b|\bdead\b|\bstuck\b|\baccidental\b|\bsheds?\b|\bforgot|\bcrack\b|\babroad\b|taking\s(?:too|so|"
    r"forever)|\bpil(?:ing|ed)\sup|\bbetter\sprice|\bfalling\sapart|\bscratch(?:ed|es)|\bfell\sapart",
    re.IGNORECASE,
)
_EN_REQUEST = re.compile(
    r"\b(?:i\s(?:want|need|wish|would\slike)\sto|i['’]?d\slike|i\swanna|can\s(?:i|you|we)|could\s(?:i|you|we)|"
    r"please|how\s(?:do|can)|cancel|return|exchange|swap|refund|delete|erase|close|stop|skip|pause|replace|"
    r"replacement|give\sme|send\sme|send\sit|send\sthe|take|return(?:ing)?|exchanging|new\sone)\b",
    re.IGNORECASE,
)
# A trouble that is a clause by itself, also inside a request (the jacket that doesn't fit); "the broken plate" is none.
_EN_OWN = re.compile(r"chang|too\s|\w+n['’]?t\b|does|do\s|did|is\snot|by\s|accidentally", re.IGNORECASE)
_EN_SAID = re.compile(
    r"(?:it|it['’]s|they|they['’]re|this(?:\sone)?|these|there['’]s|the\s\w+\s(?:is|are|was|has|does|won|looks)"
    r"|my\s\w+\s(?!order)\w+|i\s(?:never|got\stwo|moved|made|hate)|i['’]?m\s(?!looking)|i\sdon)"
    r"(?![A-Za-z])[\w\s'’]+$",
    re.IGNORECASE,
)
_EN_LEAD = re.compile(r"(?:(?:hi|hello|hey|sorry|um|well|actually|so|and|but|just|yes|no)\b[\s,]*)+", re.IGNORECASE)
_HANGUL = re.compile(r"[가-힣]")
_WORD = re.compile(r"\S+")
_SENTENCE = re.compile(r"[^.,!?~\n;]+")


def _trim(text: str, start: int, end: int, lead: tuple[re.Pattern[str], ...]) -> tuple[int, int]:
    for pattern in lead:
        while start < end and text[start] in " \t'\"(":
            start += 1
        match = pattern.match(text, start, end)
        if match and match.end() < end:
            start = match.end()
    while start < end and text[start].isspace():
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in "\"'),"):
        end -= 1
    return start, end


def _korean_clauses(text: str) -> Iterator[tuple[int, int, bool, bool]]:
    """(start, end, whether an ending says that it is a reason, whether it names a trouble) of each clause, from left to right."""
    for sentence in _SENTENCE.finditer(text):
        start = sentence.start()
        for word in _WORD.finditer(text, *sentence.span()):
            joined = None if _NO_REASON.search(word.group()) else _JOINING.match(word.group())
            if joined and joined["weak"] and _WISHED.match(text, word.end()):
                joined = None
            is_last = not text[word.end() : sentence.end()].strip()
            closes = _CLOSING.search(word.group()) is not None
            apart = word.group().endswith(("인데", "는데", "데요"))
            if not (joined or is_last or closes or apart):
                continue
            end = word.end() - (len(word.group()) - joined.end(joined.lastgroup or 0) if joined else 0)
            first, last = _trim(text, start, end, (_LEAD, _TOPIC, _LEAD, _BARE))
            trouble = bool(_TROUBLE.search(text, first, last))
            yield first, last, bool(joined and joined["strong"]), trouble
            start = word.end()


def _korean(text: str) -> tuple[int, int] | None:
    because = _BECAUSE_OF.search(text)
    if because:
        start = max(text.rfind(mark, 0, because.start()) for mark in ".,!?~\n") + 1
        return _trim(text, start, because.start(), (_LEAD, _TOPIC, _LEAD))
    noun = _NOUN.search(text)
    if noun:
        return noun.span("all")
    candidates = [
        (not trouble, at, start, end)
        for at, (start, end, strong, trouble) in enumerate(_korean_clauses(text))
        if end > start and (strong or trouble) and not _is_request(text[start:end])
    ]
    if candidates:
        return min(candidates)[2:]
    apart = [
        (start, end)
        for start, end, _, _ in _korean_clauses(text)
        if _SAID_KO.search(text[start:end])
        and not _NOT_SAID_KO.search(text[start:end])
        and not _is_request(text[start:end])
    ]
    return apart[0] if apart and apart[0][1] - apart[0][0] < len(text.strip()) - 2 else None


def _is_request(clause: str) -> bool:
    """취소하고 싶어서 asks and gives no reason; so does 바꿔주세요."""
    return bool(_WISH.search(clause)) or _REQUEST.fullmatch(clause) is not None


def _english(text: str) -> tuple[int, int] | None:
    joined = _EN_JOIN.search(text)
    if joined:
        start, end = joined.span("all")
        cut = _EN_END.search(text, start, end)
        return _trim(text, start, cut.start() if cut else end, ())
    position = 0
    said: tuple[int, int] | None = None
    asks = bool(_EN_REQUEST.search(text))
    for stop in [*_EN_SPLIT.finditer(text), None]:
        start, end = _trim(text, position, stop.start() if stop else len(text), (_EN_LEAD,))
        position = stop.end() if stop else len(text)
        request = _EN_REQUEST.search(text, start, end)
        trouble = _EN_TROUBLE.search(text, start, end)
        if trouble and (not request or trouble.end() <= request.start()):
            return _trim(text, start, request.start() if request else end, ())
        if trouble and _EN_OWN.match(trouble.group()):
            return trouble.span()
        if asks and not said and not request and _EN_SAID.match(text, start, end):
            said = start, end
    return said


def find_reasons(text: str, intent: str | None) -> Iterator[Found]:
    """The entity `reason`, in requests that have one; the value is the clause."""
    if intent not in INTENTS:
        return
    span = _korean(text) if _HANGUL.search(text) else _english(text)
    if span and span[0] < span[1]:
        yield found(text, "reason", text[span[0] : span[1]], *span)
