"""Ways to reach a customer: 카톡, 문자, 앱 푸시, e-mail. The value is telegram, web, email, sms, kakao or push."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.entities.words import LATIN_END, LATIN_START, WORD_END, WORD_START, Found, any_of, found

INTENTS = frozenset({"opt_in_marketing", "opt_out_marketing", "notify_restock", "export_my_data", "link_account"})

_KO = {
    "telegram": ["텔레그램", "텔레", "텔그"],
    "email": ["이메일", "메일", "전자우편", "뉴스레터 메일", "이멜"],
    "sms": [
        "문자",
        "문자메시지",
        "문자 메시지",
        "문자메세지",
        "문자 메세지",
        "휴대폰 문자",
        "에스엠에스",
        "장문문자",
        "핸드폰 문자",
    ],
    "kakao": [
        "카카오톡",
        "카톡",
        "카카오",
        "알림톡",
        "카카오 알림톡",
        "카카오알림톡",
        "플친",
        "카카오 채널",
        "카카오톡 채널",
    ],
    "push": [
        "푸시",
        "푸쉬",
        "앱 푸시",
        "앱푸시",
        "앱 알림",
        "앱알림",
    ],
    "web": ["웹", "웹사이트", "홈페이지", "웹페이지"],
}
_EN = {
    "telegram": ["telegram"],
    "email": ["email", "e mail", "emails", "e mails", "mail"],
    "sms": ["sms", "text", "texts", "text message", "text messages", "lms", "mms"],
    "kakao": ["kakao", "kakaotalk", "kakao talk", "katalk"],
    "push": [
        "push",
        "app notification",
        "app notifications",
        "app alerts",
        "app push",
    ],
    "web": ["web", "website", "web page"],
}
_CODES = {word: code for table in (_KO, _EN) for code, words in table.items() for word in words}
# Beside an address of one's own, or named as a field, it is no channel. Latin words may be inside Korean (SMS로).
_KOREAN = re.compile(
    rf"{WORD_START}(?P<word>{any_of(w for words in _KO.values() for w in words)})"
    rf"(?:(?=\s?(?:알림|수신|광고|마케팅|인증|메시지|메세지|함))|{WORD_END})(?!\s?(?:주소|은\s\S+@|는\s\S+@))"
)
_ENGLISH = re.compile(
    rf"{LATIN_START}(?P<word>{any_of(w for words in _EN.values() for w in words)}){LATIN_END}(?!\s(?:address|"
    rf"account|is\s\S+@|id)|:?\s\S+@|@)",
    re.IGNORECASE,
)


def find_channels(text: str, intent: str | None) -> Iterator[Found]:
    """Entities `channel`, only in what is about being written to."""
    if intent not in INTENTS:
        return
    for pattern in (_KOREAN, _ENGLISH):
        for match in pattern.finditer(text):
            yield found(text, "channel", _CODES[re.sub(r"[\s-]+", " ", match["word"].lower())], *match.span())
