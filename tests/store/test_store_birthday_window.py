"""When a birthday is near, over leap days and New Year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.coupons.windows import birthday_window


@pytest.mark.parametrize(
    ("born", "today", "birthday"),
    [
        (date(1990, 3, 12), date(2026, 3, 5), date(2026, 3, 12)),
        (date(1990, 3, 12), date(2026, 3, 19), date(2026, 3, 12)),
        (date(1990, 3, 12), date(2026, 3, 20), date(2027, 3, 12)),
        (date(1990, 1, 2), date(2026, 12, 26), date(2027, 1, 2)),
        (date(1990, 12, 30), date(2027, 1, 6), date(2026, 12, 30)),
        (date(1990, 12, 30), date(2027, 1, 7), date(2027, 12, 30)),
        (date(1992, 2, 29), date(2026, 2, 21), date(2026, 2, 28)),
        (date(1992, 2, 29), date(2026, 3, 7), date(2026, 2, 28)),
        (date(1992, 2, 29), date(2028, 3, 7), date(2028, 2, 29)),
        (date(1992, 2, 29), date(2028, 3, 8), date(2029, 2, 28)),
    ],
)
def test_windows(born: date, today: date, birthday: date) -> None:
    window = birthday_window(born, today, 7, 7)
    assert window.birthday == birthday
    assert (window.start, window.end) == (birthday - timedelta(7), birthday + timedelta(7))


days = st.dates(min_value=date(1930, 1, 1), max_value=date(2090, 12, 31))


@given(born=days, today=days, before=st.integers(0, 60), after=st.integers(0, 60))
def test_the_window_is_the_next_that_has_not_ended(born: date, today: date, before: int, after: int) -> None:
    window = birthday_window(born, today, before, after)
    assert window.start <= window.birthday <= window.end
    assert today <= window.end
    # The window before this one is over: nobody is told of a later one while an earlier is open.
    assert birthday_window(born, today - timedelta(366), before, after).birthday < window.birthday
    if (born.month, born.day) != (2, 29):
        assert (window.birthday.month, window.birthday.day) == (born.month, born.day)


@given(born=days, year=st.integers(2000, 2089), before=st.integers(0, 60), after=st.integers(0, 60))
def test_every_year_has_one_birthday(born: date, year: int, before: int, after: int) -> None:
    seen = {
        birthday_window(born, date(year, 1, 1) + timedelta(day), before, after).birthday.year
        for day in range(0, 365, 5)
    }
    assert year in seen
    assert seen <= {year - 1, year, year + 1}
