"""What is written once stays: both databases refuse to change or delete it, whoever asks."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crm_store.articles.service import save_draft
from crm_store.db import current_engine, reading, transaction
from crm_store.points.service import earn, spend
from tests.store.builders import NOW, make_customer, put_rules

TABLES = {
    "ledger_entries": "reason = 'other'",
    "points_allocations": "amount = 1",
    "audit_log": "action = 'other'",
    "article_versions": "body = 'other'",
}


@pytest.fixture(autouse=True)
def rows(store: str) -> None:
    """A row or more in each of the tables."""
    put_rules()
    customer_id = make_customer()
    with transaction() as session:
        earn(session, customer_id=customer_id, amount=9, reason="gift", idempotency_key="a", actor="test", now=NOW)
        spend(session, customer_id=customer_id, amount=4, reason="order", idempotency_key="b", actor="test", now=NOW)
        save_draft(session, topic="topic", locale="ko", title="제목", body="본문", phrasings=[], actor="test", now=NOW)


def _content(table: str) -> list[tuple[object, ...]]:
    with reading() as session:
        return sorted((tuple(row) for row in session.execute(text(f"SELECT * FROM {table}"))), key=str)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement", ["UPDATE {table} SET {change}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"]
)
def test_rows_are_neither_changed_nor_deleted(table: str, statement: str) -> None:
    if statement.startswith("TRUNCATE") and current_engine().dialect.name == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    before = _content(table)
    assert before
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(statement.format(table=table, change=TABLES[table])))
    assert _content(table) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE points_accounts SET balance = -1",
        "UPDATE points_lots SET remaining = -1",
        "UPDATE points_lots SET remaining = amount + 1",
        "INSERT INTO coupon_terms (id, title, kind, value, currency, minimum_order, valid_days, redemption_limit,"
        " redeemed_count, issued_count, active) VALUES ('x', '{}', 'amount', 1, 'KRW', 0, 1, 1, 2, 0, true)",
    ],
)
def test_the_database_itself_holds_the_bounds(statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)check constraint"), transaction() as session:
        session.execute(text(statement))


def test_replacing_a_row_is_no_way_around_on_sqlite() -> None:
    if current_engine().dialect.name != "sqlite":
        pytest.skip("PostgreSQL has no REPLACE")
    before = _content("ledger_entries")
    # REPLACE deletes the old row, silently unless triggers are recursive.
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text("INSERT OR REPLACE INTO ledger_entries SELECT * FROM ledger_entries"))
    assert _content("ledger_entries") == before
