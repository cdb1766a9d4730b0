"""Times and amounts as a reader of one language sees them, in the shop's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date, format_time
from sqlalchemy.orm import Session

from core.clock import zone
from core.errors import NotFoundError
from core.language import Locale
from core.money import Money
from crm_store.shop.queries import current_rules, rule

_BABEL = {"ko": "ko_KR", "en": "en_US"}
_DAY = {"ko": "M월 d일", "en": "MMM d,"}
_DAY_OF_YEAR = {"ko": "y년 M월 d일", "en": "MMM d, y,"}


def _half_of_day(local: datetime) -> str:
    # The language's own words: newer locale data has AM and PM for Korean.
    return "오전" if local.hour < 12 else "오후"


def shop_zone(session: Session) -> str:
    """The shop's time zone; Korea's for a store without rules yet."""
    try:
        return str(rule(current_rules(session), "shop.timezone"))
    except NotFoundError:
        return "Asia/Seoul"


@dataclass(frozen=True, slots=True)
class Formats:
    """Formats of one language and time zone. Moments are aware datetimes or ISO 8601 texts."""

    locale: Locale
    timezone: str = "Asia/Seoul"

    def _local(self, moment: datetime | str) -> datetime:
        aware = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return aware.astimezone(zone(self.timezone))

    def time(self, moment: datetime | str) -> str:
        """Hour and minute: 오후 3:12."""
        local = self._local(moment)
        if self.locale == "ko":
            return f"{_half_of_day(local)} {local.hour % 12 or 12}:{local:%M}"
        return str(format_time(local, "short", locale=_BABEL[self.locale]))

    def day(self, moment: datetime | date | str) -> str:
        """The day with its weekday: 2026년 3월 10일 화요일."""
        local = self._local(moment) if isinstance(moment, datetime | str) else moment
        return str(format_date(local, "full", locale=_BABEL[self.locale]))

    def short_day(self, moment: datetime | date | str) -> str:
        """The day as numbers: 2026. 3. 10."""
        local = self._local(moment) if isinstance(moment, datetime | str) else moment
        return str(format_date(local, "medium", locale=_BABEL[self.locale]))

    def moment(self, moment: datetime | str) -> str:
        """Day and time, the year only when it is not this one."""
        local = self._local(moment)
        this_year = local.year == datetime.now(local.tzinfo).year
        pattern = (_DAY if this_year else _DAY_OF_YEAR)[self.locale]
        return f"{format_date(local, pattern, locale=_BABEL[self.locale])} {self.time(moment)}"

    def minutes_since(self, moment: datetime | str, now: datetime) -> int:
        """Whole minutes that have passed."""
        return max(0, int((now - self._local(moment)).total_seconds() // 60))

    def money(self, amount: int, currency: str = "KRW") -> str:
        """An amount of minor units: 12,000원."""
        return Money(amount, currency).format(self.locale)

    def of(self, texts: object) -> str:
        """The reader's language out of a map of texts, any other when it is missing; a plain text as it is."""
        if isinstance(texts, dict):
            return str(texts.get(self.locale) or next(iter(texts.values()), ""))
        return str(texts or "")
