"""When a birthday is near: calendar arithmetic without a store."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta


@dataclass(frozen=True, slots=True)
class BirthdayWindow:
    """The days, both included, on which a year's birthday coupon may be asked for. `birthday.year` is the year it is for."""

    birthday: date
    start: date
    end: date


def birthday_window(born: date, today: date, days_before: int, days_after: int) -> BirthdayWindow:
    """The window that `today` lies in, else the next one. 29 February is kept on 28 February in common years.

    A window may reach over New Year: on 30 December it can already be next year's birthday.
    """
    for year in range(today.year - 1, MAXYEAR):
        birthday = _in_year(born, year)
        window = BirthdayWindow(birthday, birthday - timedelta(days_before), birthday + timedelta(days_after))
        if window.end >= today:
            return window
    raise ValueError(f"no birthday after {today}")


def _in_year(born: date, year: int) -> date:
    if (born.month, born.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28)
    return born.replace(year=year)
