"""The words of `dates`: patterns and tables, no reckoning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.amounts import ENGLISH_ONES
from bot.entities.holidays import HOLIDAYS
from bot.entities.words import any_of

_KO = r"(?<![가-힣A-Za-z0-9])"
_EN = r"(?<![A-Za-z0-9'’-])"
_EN_END = r"(?![A-Za-z0-9'’-])"

_RELATIVE_KO = {
    "오늘": 0,
    "금일": 0,
    "당일": 0,
    "내일": 1,
    "명일": 1,
    "낼": 1,
    "모레": 2,
    "내일모레": 2,
    "낼모레": 2,
    "내일 모레": 2,
}
_RELATIVE_KO |= {
    "글피": 3,
    "그글피": 4,
    "어제": -1,
    "어저께": -1,
    "그제": -2,
    "그저께": -2,
    "그끄저께": -3,
    "그끄제": -3,
}
_RELATIVE_KO |= {"어젯밤": -1, "오늘밤": 0}
del _RELATIVE_KO["당일"]  # 당일 배송 is a kind of delivery
_RELATIVE_EN = {
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
    "tmr": 1,
    "tmrw": 1,
    "tomorow": 1,
    "tommorow": 1,
    "tommorrow": 1,
}
_RELATIVE_EN |= {"the day after tomorrow": 2, "day after tomorrow": 2, "yesterday": -1, "last night": -1}
_RELATIVE_EN |= {"the day before yesterday": -2, "day before yesterday": -2}
_RELATIVE = re.compile(
    rf"{_KO}(?P<ko>{any_of(_RELATIVE_KO)})(?!의|따라|날|[가-힣]*요일|(?<=낼)\s(?:데|곳|때|수|거|것|게|돈|방법|필요))(?=$|[^가-힣]|까지|부터|은|는|도|이|만|로|"
    rf"에|자|쯤|중|안|나|요|주문|산|받|배송|온|저녁|아침|밤|오)"
    rf"|{_EN}(?P<en>{any_of(_RELATIVE_EN)}){_EN_END}",
    re.IGNORECASE,
)


def relative_days(text: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, days from today) of 오늘, the day after tomorrow ..."""
    for match in _RELATIVE.finditer(text):
        word = re.sub(r"[\s-]+", " ", match.group().lower())
        yield match.start(), match.end(), _RELATIVE_KO[word] if match["ko"] else _RELATIVE_EN[word]


# Unit -> (months, days).
SPAN_UNITS = {"day": (0, 1), "week": (0, 7), "fortnight": (0, 14), "month": (1, 0), "year": (12, 0)}
_KOREAN_DAYS = {
    "하루": 1,
    "이틀": 2,
    "사흘": 3,
    "나흘": 4,
    "닷새": 5,
    "엿새": 6,
    "이레": 7,
    "여드레": 8,
    "아흐레": 9,
    "열흘": 10,
    "보름": 15,
}
_KOREAN_DAYS |= {"일주일": 7, "한 주": 7, "한주": 7, "이주일": 14, "이 주": 14, "두 주": 14, "두주": 14, "삼 주": 21}
_KOREAN_MONTHS = {
    "한 달": 1,
    "한달": 1,
    "두 달": 2,
    "두달": 2,
    "세 달": 3,
    "세달": 3,
    "석 달": 3,
    "석달": 3,
    "넉 달": 4,
    "반년": 6,
}
_KOREAN_UNITS = {"일": "day", "주": "week", "주일": "week", "달": "month", "개월": "month", "년": "year"}
SPAN = re.compile(
    rf"(?<![가-힣A-Za-z0-9.,~-])(?P<span>(?:(?P<days>{any_of(_KOREAN_DAYS)})|(?P<months>{any_of(_KOREAN_MONTHS)})"
    r"|(?P<number>\d{1,3})\s?(?P<unit>일|주일|주|달|개월|년))\s?(?:(?P<ago>전)|뒤|후|있다가|지나서)(?!일|자|날)"
    r")(?!\s?(?:이내|안))"
)
_NUMBER = rf"\d{{1,3}}|an?|{'|'.join(sorted(list(ENGLISH_ONES)[1:13], key=len, reverse=True))}"
SPAN_EN = re.compile(
    rf"(?<![A-Za-z0-9-])(?P<span>(?:(?:in\s)(?P<in_number>{_NUMBER})\s(?P<in_unit>day|week|fortnight|month|year)"
    rf"s?(?:['’]?\stime)?"
    rf"|(?P<number>{_NUMBER})\s(?P<unit>day|week|fortnight|month|year)s?\s(?:(?P<ago>ago|earlier|back)|"
    rf"from\s(?:now|today)|later)))(?![A-Za-z])",
    re.IGNORECASE,
)


def span_count(match: re.Match[str]) -> tuple[int, str] | None:
    """(how many, a unit of SPAN_UNITS) of a match of SPAN or SPAN_EN."""
    groups = match.groupdict()
    if groups.get("days"):
        return _KOREAN_DAYS[re.sub(r"\s+", " ", groups["days"])], "day"
    if groups.get("months"):
        return _KOREAN_MONTHS[re.sub(r"\s+", " ", groups["months"])], "month"
    number, unit = groups.get("in_number") or groups["number"], groups.get("in_unit") or groups["unit"]
    count = int(number) if number.isdigit() else 1 if number.lower() in ("a", "an") else ENGLISH_ONES[number.lower()]
    return (count, _KOREAN_UNITS.get(unit, unit.lower())) if count else None


WEEKDAYS = {name: at for at, name in enumerate("월화수목금토일")}
WEEKDAYS |= {name: at for at, name in enumerate(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])}
WEEKDAY = re.compile(
    rf"{_KO}(?<!요일부터 )(?<!요일에서 )(?<!매주 )(?<!마다 )(?P<all>(?:(?P<which>(?:다다음|지지난|다음|담|이번|지난|저번|금)\s?주|"
    rf"다음|이번|지난|저번)\s?)?(?P<day>[월화수목금토일])(?:요일|욜))"
    r"(?!마다|\s?[~-]|\s?(?:부터|에서)\s?[월화수목금토일]요일)"
)
_DAY_EN = r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
WEEKDAY_EN = re.compile(
    rf"{_EN}(?<!every )(?<!each )(?<!black )(?<!cyber )(?P<all>(?P<in_a_week>a week on\s)?(?:(?P<which>next week|last week|"
    rf"this week|next|this coming|this|last|past|coming)\s)?"
    rf"(?P<day>monday|tuesday|wednesday|thursday|friday|saturday|sunday|(?:(?<=\bon )|(?<=\bby )|(?<=next )|(?<=coming )|"
    rf"(?<=last )|(?<=this ))(?:{_DAY_EN}))"
    r"(?:\s(?P<week>next week))?)(?![A-Za-z-]|\s?(?:-|to|through|and)\s?(?:mon|tue|wed|thu|fri|sat|sun))",
    re.IGNORECASE,
)

ENGLISH_MONTHS = {
    name: at + 1
    for at, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
}
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?:\.(?=\s?\d))?"
)
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?(?![\d.:]|,\d|\s?(?:%|won|k\b))"
ABSOLUTE = (
    re.compile(
        rf"{_KO}(?<!음력 )(?P<all>(?:(?P<year>\d{{4}}|\d{{2}})년\s?|(?P<near>내년|작년|올해|지난해)"
        rf"\s)?(?P<month>\d{{1,2}})월\s?(?P<day>\d{{1,2}})일)"
        r"(?!\s?(?:간|동안|이내))"
    ),
    re.compile(
        r"(?<![\w./-])(?P<all>(?P<year>(?:19|20)\d{2})(?P<mark>[-/.])\s?(?P<month>\d{1,2})(?P=mark)"
        r"\s?(?P<day>\d{1,2}))(?![\d-]|[./]\d)"
    ),
    re.compile(r"(?<![\w./-])(?P<all>(?P<year>\d{2})\.\s?(?P<month>\d{1,2})\.\s?(?P<day>\d{1,2}))(?![\d-]|[./]\d)"),
    # 5/5 is a rating, 1/2 a half, unless a particle or a preposition says that it is a day.
    re.compile(
        r"(?<![\w./-])(?P<all>(?:(?<=\bon )|(?<=\bby )|(?<=until )|(?<=before )|(?![1-9]/[1-9](?!\d)(?!\s?(?:에|"
        r"까지|부터|일|로|날)))(?!\d{1,2}/10(?!\d)(?!에|까지)|24/7))"
        r"(?P<month>\d{1,2})/(?P<day>\d{1,2}))(?![\d/.-]|\s?(?:점|stars?|정도|로\s나))"
    ),
    re.compile(
        rf"{_EN}(?P<all>{_MONTH}\s(?:the\s)?{_ORDINAL}(?:,?\s(?P<year>(?:19|20)\d{{2}}))?(?:\s(?P<near>next year|"
        rf"last year|this year))?)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_EN}(?P<all>(?:the\s)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?{_MONTH}(?:,?\s(?P<year>(?:19|20)"
        rf"\d{{2}}))?)(?![A-Za-z])",
        re.IGNORECASE,
    ),
)
BIRTH_DIGITS = re.compile(
    r"(?<![\w.-])(?P<year>(?:19|20)\d{2}|\d{2}(?=\d{4}(?!\d)))(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|"
    r"3[01])(?![\dA-Za-z-])"
)

KOREAN_MONTHS_AWAY = {
    "이번달": 0,
    "이달": 0,
    "다음달": 1,
    "담달": 1,
    "지난달": -1,
    "저번달": -1,
    "nextmonth": 1,
    "thismonth": 0,
    "lastmonth": -1,
}
_AWAY = r"이번\s?달|이달|다음\s?달|담달|지난\s?달|저번\s?달"
DAY_OF_MONTH = re.compile(
    rf"(?<![가-힣\w.,/~-])(?P<all>(?:(?P<away>{_AWAY})\s)?(?P<day>\d{{1,2}})일)(?(away)|(?=날|자로|로\s?(?:바|"
    rf"변경|옮|미|당|해)|(?:에|까지)(?!\s?(?:한|두|세|\d|여))))(?!\s?(?:간|동안|이내))"
    rf"|(?:\b(?:on|by|until|till|before|after|since|from|for)\s)(?P<all_en>the\s(?P<day_en>\d{{1,2}})(?:st|nd|"
    rf"rd|th)(?:\sof\s(?P<away_en>next month|this month|last month))?)"
    r"(?![A-Za-z-]|\s(?:one|item|product|order|time|floor|option|street|avenue|of|coupon|day|purchase))",
    re.IGNORECASE,
)
LAST_DAY = re.compile(
    rf"{_KO}(?P<all>(?:(?P<away>{_AWAY})\s?)?(?:말일|월말|(?(away)말|월말)))(?=$|[^가-힣]|까지|에|쯤|부터)"
    r"|\b(?P<all_en>end of (?:the|(?P<away_en>this|next)) month)(?![A-Za-z])",
    re.IGNORECASE,
)

# An occasion (추석 선물, Christmas gift) is no day.
_OCCASION = (
    r"(?!\s?(?:선물|세트|카드|쿠폰|이벤트|세일|할인|시즌|에디션|한정|기획|특집|특가|연휴|분위기|느낌|트리|장식|"
    r"케이크|즈음|쯤)"
    r"|['’]?s?\s(?:gifts?|presents?|sales?|events?|coupons?|deals?|cards?|seasons?|sets?|holidays?|trees?|"
    r"offers?|discounts?|promos?|promotions?|edition|"
    r"hampers?|decorations?|shopping|stuff|party|dinner|week|weekend|resolution))"
)
# An s at a word's end may have an apostrophe before or after it: Valentine's, Parents'.
_NAMES = any_of(HOLIDAYS.keys() - {"설"}).replace("s[", "['’]?s['’]?[").replace("s|", "['’]?s['’]?|")
HOLIDAY = re.compile(
    rf"(?<![가-힣A-Za-z0-9])(?P<all>(?:(?P<near>내년|작년|올해|지난해|지난|이번|next year['’]s|last year['’]s|"
    rf"this year['’]s|last|this)\s)?"
    rf"(?P<eve_en>(?:the\s)?(?:day before|eve of)\s)?(?P<after_en>(?:the\s)?day after\s)?"
    rf"(?P<name>{_NAMES}|설(?=\s?(?:전|에|까지|당일|다음|지나)))"
    r"(?P<eve>\s?(?:전날|전야|하루\s?전|이브(?![가-힣]*닝)|eve(?![A-Za-z])))?(?P<after>\s?다음\s?날)?)"
    rf"{_OCCASION}(?=$|[^가-힣A-Za-z0-9]|까지|전|에|날|은|는|이|가|도|당일|때|부터|로|요|지나)",
    re.IGNORECASE,
)
