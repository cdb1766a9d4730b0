"""Sizes: 라지, L 사이즈, 270으로, 255mm, 퀸 사이즈, size 8, in medium. The value is the catalogue's code (L, free, 270, queen).

A bare letter or number is a size only beside a word or particle that makes it one, or as the whole message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.entities.words import LATIN_END, LATIN_START, WORD_END, WORD_START, Found, any_of, found, is_shouted

_LETTERS = {
    "XXS": "XXS",
    "XS": "XS",
    "S": "S",
    "M": "M",
    "L": "L",
    "XL": "XL",
    "XXL": "XXL",
    "2XL": "XXL",
    "3XL": "XXXL",
}
_LETTERS |= {"XXXL": "XXXL", "FREE": "free"}
_KO = {
    "엑스스몰": "XS",
    "스몰": "S",
    "미디엄": "M",
    "미디움": "M",
    "라지": "L",
    "라아지": "L",
    "엑스라지": "XL",
    "투엑스라지": "XXL",
}
_KO |= {
    "더블엑스라지": "XXL",
    "소자": "S",
    "중자": "M",
    "대자": "L",
    "특대": "XL",
    "특대자": "XL",
    "프리사이즈": "free",
    "프리 사이즈": "free",
}
_KO |= {
    "슈퍼싱글": "super_single",
    "수퍼싱글": "super_single",
    "슈퍼 싱글": "super_single",
    "엘사이즈": "L",
    "엠사이즈": "M",
}
# Words that need "size" beside them, or bedding in the message.
_KO_SAID = {
    "소": "S",
    "중": "M",
    "대": "L",
    "특대": "XL",
    "프리": "free",
    "엘": "L",
    "엠": "M",
    "에스": "S",
    "스몰": "S",
}
_BEDS = {"퀸": "queen", "킹": "king", "라지킹": "king", "싱글": "single", "더블": "double"}
_BEDS |= {"queen": "queen", "king": "king", "single": "single", "twin": "single", "double": "double"}
_EN = {
    "extra small": "XS",
    "x small": "XS",
    "extra large": "XL",
    "x large": "XL",
    "xx large": "XXL",
    "free size": "free",
}
_EN |= {"super single": "super_single"}
_EN_PLAIN = {"small": "S", "medium": "M", "large": "L"}
_NUMBERS = r"(?:2[2-9][05]|300|44|55|66|77|88|8[05]|9[05]|1[01][05]|120)"
_ENGLISH_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]

_L = r"(?:2XL|3XL|XXXL|XXS|XXL|XS|XL|FREE|S|M|L)"
_CLEAR_L = r"(?:2XL|3XL|XXXL|XXS|XXL|XS|XL)"
_ANY_NUMBER = r"\d{1,3}(?:\.5)?(?:\s?(?:mm|㎜|밀리))?"
_ONLY = r"(?<![A-Za-z0-9&/.'’-])"
_NO_MORE = r"(?![A-Za-z0-9&/'’-]|\.\d|\s?(?:%|원|개|ml|g\b))"
# What a bare letter or number is followed by when it is a choice: 로, 는 있나요, 에서 ...
_CHOICE = (
    r"(?=(?:으로|로|은|는|이|가|을|를|도|만|에서|말고|이랑|랑|하고|이나|나)(?=$|[^가-힣]|요|는|도|만)|\s?(?:있|"
    r"없|품절|재고|남|주세요|로\s))"
)

_SIZE_WORD = r"(?:사이즈|싸이즈|치수|size(?![A-Za-z]))"
_KOREAN = re.compile(
    rf"{WORD_START}(?:(?P<word>{any_of(_KO)})(?:{WORD_END})(?!\s?(?:로스트|로스팅))"
    rf"|(?P<said>{any_of([*_KO_SAID, *_BEDS])})(?=\s?{_SIZE_WORD}))",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    rf"{_ONLY}(?P<before>{_L}|{_ANY_NUMBER})(?=\s?{_SIZE_WORD}(?!\s?(?:up|down|업|다운)))"
    rf"|{_SIZE_WORD}(?:는|은|를|을|가|이|\sis|:)?\s?(?:(?:us|uk|eu|kr)\s)?(?P<after>{_L}|{_ANY_NUMBER}|"
    rf"(?:{'|'.join(_ENGLISH_NUMBERS)})\b){_NO_MORE}"
    r"|\b(?:us|uk|eu)\s(?P<region>\d{1,2}(?:\.5)?)(?![\d%])"
    rf"|{_ONLY}(?P<mm>2[2-9][05]\s?(?:mm|㎜|밀리))(?![A-Za-z])"
    rf"|{_ONLY}(?P<clear>{_CLEAR_L})(?![A-Za-z0-9&/-])",
    re.IGNORECASE,
)
_LETTER_CHOICE = re.compile(
    rf"{_ONLY}(?P<letter>{_L}){_CHOICE}"
    rf"|\b(?:in|an?|the|to|from|for|of|get|want|want an?)\s(?P<en>{_L})(?=\s*(?:$|[?.!,])|\s(?:please|instead|"
    rf"to|in|and|or|for|left|is)\b)"
)
_NUMBER_CHOICE = re.compile(
    rf"(?<![\d.,/-])(?P<number>{_NUMBERS}){_CHOICE}|\b(?:in|in an?|to an?|from an?)\s(?P<en>2[2-9][05])"
    rf"(?=\s*(?:$|[?.!,]|please|instead|to|and|or))"
)
# A number alone is a size in what is said of goods, not in what is said of points and days.
_OF_GOODS = {"request_exchange", "check_stock", "add_to_cart", "search_product", "ask_product_detail", "notify_restock"}
_OF_GOODS |= {"add_to_wishlist", "update_profile", "recommend_product", "similar_product", "reorder", "ask_case_status"}
# There so many millilitres choose a variant; elsewhere they may be a fact about it.
_CHOOSES = frozenset({
    "check_stock", "add_to_cart", "add_to_wishlist", "notify_restock", "subscribe_product", "reorder", "request_exchange",
})  # fmt: skip
# There a letter or a shoe size says enough by itself.
_STANDING = re.compile(
    r"(?<![A-Za-z0-9&/.'’#-])(?<!\d )(?P<letter>[SML])(?![A-Za-z0-9&/'’-]|\.\S)"
    r"|(?<![\w.,/#-])(?P<shoe>2[2-9][05])(?![\d%/-]|[.,]\d|[A-Za-z]|\s?(?:원|개|점|포|장|매|정|그램|칼로리|won|"
    r"krw|ml|g|mg|kg|cm|l|p|points?|pieces)(?![a-z]))"
    r"|\b(?:in|for|to)\san?\s(?P<clothes>8[05]|9[05]|1[01][05])(?![\d%,-]|\.\d|\s[a-z]+s\b)"
)
_ENGLISH = re.compile(
    rf"{LATIN_START}(?:(?P<word>{any_of(_EN)}){LATIN_END}"
    rf"|(?P<one>one[\s-]size){LATIN_END}(?!\s(?:up|down|bigger|larger|smaller|too|off|above|below|more|less))"
    rf"|(?:in(?:\san?)?|an?|the|to(?:\san?|\sthe)?|from(?:\san?)?|size|want|get|get an?|is|,)\s(?P<plain>small|"
    rf"medium|large){LATIN_END}"
    r"(?=\s(?:ones?|size|please|instead|in|to|is|are|or|and|for|left|back|gone|available|t-?shirt|tee|shirt|"
    r"hoodie|jacket|dress|leggings|not)\b|\s*[.,?!]|\s*$)"
    rf"|(?P<sized>small|medium|large|{any_of(_BEDS)})(?=[\s-]sized?{LATIN_END}))",
    re.IGNORECASE,
)
_BEDDING = re.compile(
    r"이불|침대|매트리스|침구|베개|커버|토퍼|패드|담요|\b(?:bed|bedding|duvets?|mattress(?:es)?|sheets?|"
    r"blankets?|comforters?|quilts?)\b",
    re.I,
)
_BED = re.compile(
    rf"{WORD_START}(?P<word>{any_of(_BEDS)})(?:{WORD_END}|{LATIN_END}(?=[^가-힣]))(?!\s?(?:오리진|샷|origin|shot))",
    re.IGNORECASE,
)
# How much is in it, where that tells variants apart: 3kg, 500ml, 28cm.
_MEASURE = re.compile(
    rf"(?<![\w.,-])(?P<measure>\d{{1,4}}(?:\.\d{{1,2}})?\s?(?:kg|킬로(?:그램)?|ml|㎖|밀리리터|리터|cm|㎝|센티(?:미터)?|인치|inch(?:es)?|"
    rf"oz|lbs?))(?:{WORD_END}|(?=짜리)|(?<=[a-z]){LATIN_END})",
    re.IGNORECASE,
)
# small로, large 있나요: an English word with a Korean particle.
_MIXED = re.compile(rf"{LATIN_START}(?P<mixed>small|medium|large){_CHOICE}", re.IGNORECASE)
_ALONE = re.compile(
    rf"\s*(?P<word>{_L}|{_NUMBERS}(?:\s?mm)?|small|medium|large|{any_of(_BEDS)})"
    r"(?:\s?(?:이요|요|로요|으로요|로|으로|이에요|please))?[\s.!?~]*",
    re.IGNORECASE,
)


def _code(word: str) -> str:
    plain = re.sub(r"[\s-]+", " ", word.strip())
    upper = plain.upper()
    if upper in _LETTERS:
        return _LETTERS[upper]
    for table in (_KO, _KO_SAID, _BEDS, _EN, _EN_PLAIN):
        if plain.lower() in table:
            return table[plain.lower()]
    if plain.lower() in _ENGLISH_NUMBERS:
        return str(_ENGLISH_NUMBERS.index(plain.lower()) + 1)
    return "free" if plain.lower() == "one size" else re.sub(r"[^\d.]", "", plain)


def _patterns(text: str, intent: str | None) -> Iterator[re.Pattern[str]]:
    yield from (_KOREAN, _BESIDE, _ENGLISH, _MIXED, _LETTER_CHOICE)
    if intent is None or intent in _OF_GOODS:
        yield _NUMBER_CHOICE
    if intent in _CHOOSES:
        yield _MEASURE
    if intent in _OF_GOODS and not is_shouted(text):
        yield _STANDING
    if _BEDDING.search(text):
        yield _BED


def find_sizes(text: str, intent: str | None) -> Iterator[Found]:
    """Entities `size`, without the word "size" itself."""
    alone = _ALONE.fullmatch(text)
    if alone:
        yield found(text, "size", _code(alone["word"]), *alone.span("word"))
        return
    for pattern in _patterns(text, intent):
        for match in pattern.finditer(text):
            group = match.lastgroup or ""
            code = re.sub(r"\s", "", match[group].lower()) if group == "measure" else _code(match[group])
            yield found(text, "size", code, *match.span(group))
