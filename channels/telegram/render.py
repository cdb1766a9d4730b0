"""A message of the log as Telegram shows it: plain text within its limits, buttons, pictures of products."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from babel.dates import format_date

from channels.telegram.asides import say
from core.clock import local_date
from core.money import LOCALES, Money

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ALBUM_LIMIT = 10
_DAY = {"ko": "M월 d일(E)", "en": "EEE, MMM d"}
# Telegram shows no Markdown in plain text, and our marketers may write a little of it.
_MARKDOWN = (
    (re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*"), r"\1"),
    (re.compile(r"\[([^\]\n]+)\]\((https?://[^)\s]+)\)"), r"\1 (\2)"),
    (re.compile(r"^#{1,6} +", re.MULTILINE), ""),
    (re.compile(r"^[-*] +", re.MULTILINE), "• "),
)


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text; the message's buttons are under its last one."""

    text: str
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture by its address."""

    url: str
    caption: str


@dataclass(frozen=True, slots=True)
class AlbumPart:
    """Pictures of products; what they show is in the text as well, so that they may fail."""

    photos: tuple[Photo, ...]


def render(
    author: str, text: str, content: dict[str, Any], *, locale: str, staff_name: str | None = None
) -> list[TextPart | AlbumPart]:
    """The parts to send, in order; at least one text."""
    if author == "staff" and staff_name:
        text = say("staff_says", locale, name=staff_name, text=text)
    elif content.get("sources"):
        text = _plain(text)
    blocks = [text, *_product_lines(content, locale), *_coupon_lines(content, locale), *_source_lines(content, locale)]
    titles = tuple(str(button["title"]) for button in content.get("buttons") or [])
    texts = split("\n\n".join(block for block in blocks if block.strip()), TEXT_LIMIT) or ["…"]
    parts: list[TextPart | AlbumPart] = [TextPart(part) for part in texts[:-1]]
    parts.append(TextPart(texts[-1], titles))
    photos = tuple(_photos(content, locale))[:ALBUM_LIMIT]
    return [AlbumPart(photos), *parts] if photos else parts


def _plain(text: str) -> str:
    for pattern, replacement in _MARKDOWN:
        text = pattern.sub(replacement, text)
    return text


def _price(product: dict[str, Any], locale: str) -> str:
    price = Money(int(product["price"]), str(product.get("currency") or "KRW")).format(locale)
    return price if product.get("in_stock", True) else f"{price} ({say('sold_out', locale)})"


def _is_web(url: object, *schemes: str) -> bool:
    return isinstance(url, str) and urlsplit(url).scheme in schemes and bool(urlsplit(url).hostname)


def _product_lines(content: dict[str, Any], locale: str) -> Iterator[str]:
    products = content.get("products") or []
    for position, product in enumerate(products, 1):
        number = f"{position}. " if len(products) > 1 else ""
        lines = [f"{number}{product['name']} · {_price(product, locale)}", product.get("reason") or ""]
        if _is_web(product.get("url"), "https", "http"):
            lines.append(product["url"])
        yield "\n".join(line for line in lines if line)


def _photos(content: dict[str, Any], locale: str) -> Iterator[Photo]:
    for product in content.get("products") or []:
        url = product.get("image_url")
        # Telegram fetches the picture itself: it must be public, and a bitmap.
        if _is_web(url, "https") and not urlsplit(url).path.lower().endswith(".svg"):
            yield Photo(url, split(f"{product['name']} · {_price(product, locale)}", CAPTION_LIMIT)[0])


def _day(expires_at: str, locale: str) -> str:
    return str(format_date(local_date(datetime.fromisoformat(expires_at)), _DAY[locale], locale=LOCALES[locale]))


def _coupon_lines(content: dict[str, Any], locale: str) -> Iterator[str]:
    coupon = content.get("coupon")
    if coupon:
        until = say("coupon_until", locale, day=_day(coupon["expires_at"], locale))
        yield f"{say('coupon', locale, title=coupon['title'], code=coupon['code'])}\n{until}"
    lines = [
        say("coupon_line", locale, title=one["title"], code=one["code"], day=_day(one["expires_at"], locale))
        for one in content.get("coupons") or []
    ]
    if lines:
        yield "\n".join(lines)


def _source_lines(content: dict[str, Any], locale: str) -> Iterator[str]:
    titles = list(dict.fromkeys(str(source["title"]) for source in content.get("sources") or []))
    if titles:
        yield say("sources", locale, titles=", ".join(titles))


def _width(text: str) -> int:
    # Telegram counts as UTF-16 does: an emoji is two.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _longest(text: str, limit: int) -> int:
    """How many leading characters fit into `limit`."""
    end = min(len(text), limit)
    while _width(text[:end]) > limit:
        end -= max(1, (_width(text[:end]) - limit) // 2)
    return end


def split(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit`, cut at line ends where there are any, else at spaces, else anywhere; none for a blank text."""
    pieces = []
    text = text.strip()
    while _width(text) > limit:
        end = _longest(text, limit)
        cut = max(text.rfind("\n", 1, end + 1), 0) or max(text.rfind(" ", 1, end + 1), 0) or end
        pieces.append(text[:cut].rstrip())
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces
