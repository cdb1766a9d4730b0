"""What delivery costs, by the shop's rules."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from crm_store.shop.queries import rule


def is_remote(rules: dict[str, Any], address: dict[str, Any]) -> bool:
    """Whether an address counts as an island or far place: its postcode begins as rule shipping.remote_postcodes says."""
    postcode = str(address.get("postcode") or "")
    return any(postcode.startswith(str(start)) for start in rules["shipping"].get("remote_postcodes", []))


def shipping_fee(rules: dict[str, Any], goods: int, address: dict[str, Any]) -> int:
    """The delivery fee of goods worth `goods` before discounts, in minor units; the surcharge of a remote place is never free."""
    fee = 0 if goods >= int(rule(rules, "shipping.free_from")) else int(rule(rules, "shipping.fee"))
    return fee + remote_fee(rules, address)


def remote_fee(rules: dict[str, Any], address: dict[str, Any]) -> int:
    """The surcharge of an address, in minor units."""
    return int(rule(rules, "shipping.remote_fee")) if is_remote(rules, address) else 0


def add_working_days(day: date, count: int) -> date:
    """The working day (Monday to Friday) `count` after a day; with 0 the day itself or the Monday after it."""
    while day.weekday() >= 5:
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    return day
