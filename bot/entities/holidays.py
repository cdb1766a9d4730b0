"""Days that have a name: holidays on a date of the year, on a weekday of a month, and by the moon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

MONDAY, THURSDAY, SUNDAY = 0, 3, 6

# By the Korean lunar calendar, which differs from the Chinese one where the new moon falls near midnight (2027, 2028).
_SEOLLAL = [
    "2024-02-10",
    "2025-01-29",
    "2026-02-17",
    "2027-02-07",
    "2028-01-27",
    "2029-02-13",
    "2030-02-03",
    "2031-01-23",
    "2032-02-11",
]
_CHUSEOK = [
    "2024-09-17",
    "2025-10-06",
    "2026-09-25",
    "2027-09-15",
    "2028-10-03",
    "2029-09-22",
    "2030-09-12",
    "2031-10-01",
    "2032-09-19",
]
_BUDDHA = [
    "2024-05-15",
    "2025-05-05",
    "2026-05-24",
    "2027-05-13",
    "2028-05-02",
    "2029-05-20",
    "2030-05-09",
    "2031-05-28",
    "2032-05-16",
]


def _from_table(days: list[str], later: int = 0) -> Callable[[int], date | None]:
    table = {day.year: day + timedelta(days=later) for day in map(date.fromisoformat, days)}
    return table.get


def _on(month: int, day: int) -> Callable[[int], date | None]:
    return lambda year: date(year, month, day)


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The `nth` (from 1) `weekday` (Monday 0) of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _weekday(month: int, weekday: int, nth: int, later: int = 0) -> Callable[[int], date | None]:
    return lambda year: nth_weekday(year, month, weekday, nth) + timedelta(days=later)


_NAMED: list[tuple[Callable[[int], date | None], list[str]]] = [
    (_on(1, 1), ["신정", "새해 첫날", "new year's day", "new year's", "new year"]),
    (_on(12, 31), ["new year's eve", "섣달그믐"]),
    (_on(2, 14), ["발렌타인데이", "밸런타인데이", "발렌타인 데이", "valentine's day", "valentine's"]),
    (_on(3, 1), ["삼일절", "3.1절"]),
    (_on(3, 14), ["화이트데이", "화이트 데이", "white day"]),
    (_on(4, 1), ["만우절", "april fools' day", "april fools"]),
    (_on(5, 5), ["어린이날", "children's day"]),
    (_on(5, 8), ["어버이날", "parents' day"]),
    (_on(5, 15), ["스승의날", "스승의 날", "teachers' day"]),
    (_on(6, 6), ["현충일", "memorial day"]),
    (_on(7, 17), ["제헌절"]),
    (_on(8, 15), ["광복절", "liberation day"]),
    (_on(10, 3), ["개천절"]),
    (_on(10, 9), ["한글날", "hangul day", "hangeul day"]),
    (_on(10, 31), ["핼러윈", "할로윈", "할로윈데이", "핼러윈데이", "halloween"]),
    (_on(11, 11), ["빼빼로데이", "빼빼로 데이", "pepero day"]),
    (_on(12, 25), ["크리스마스", "성탄절", "christmas day", "christmas", "xmas"]),
    (_on(12, 24), ["크리스마스이브", "크리스마스 이브", "christmas eve", "xmas eve"]),
    (
        _from_table(_SEOLLAL),
        ["설날", "구정", "음력설", "음력 설", "설", "seollal", "lunar new year's day", "lunar new year"],
    ),
    (_from_table(_SEOLLAL), ["korean new year"]),
    (_from_table(_SEOLLAL, 14), ["정월대보름", "정월 대보름"]),
    (_from_table(_CHUSEOK), ["추석", "한가위", "중추절", "chuseok", "korean thanksgiving"]),
    (_from_table(_BUDDHA), ["부처님오신날", "부처님 오신 날", "석가탄신일", "초파일", "buddha's birthday"]),
    (_weekday(11, THURSDAY, 4), ["추수감사절", "thanksgiving day", "thanksgiving"]),
    (_weekday(11, THURSDAY, 4, 1), ["블랙프라이데이", "블랙 프라이데이", "black friday"]),
    (_weekday(5, SUNDAY, 2), ["mother's day"]),
    (_weekday(6, SUNDAY, 3), ["father's day"]),
]
# Lower case, without apostrophes.
HOLIDAYS: dict[str, Callable[[int], date | None]] = {
    name.replace("'", ""): day for day, names in _NAMED for name in names
}
