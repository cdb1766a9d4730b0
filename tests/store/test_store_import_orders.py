"""Orders from files, on both databases: lines, fees, returns, walk-in customers, changes, crashes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from crm_store.customers.models import Customer
from crm_store.db import reading, transaction
from crm_store.imports.customers import WALK_IN
from crm_store.orders.models import Order, OrderLine, Refund
from dangol.importing.kinds import Context
from dangol.importing.orders import Orders
from dangol.importing.run import import_file
from dangol.importing.spool import Line
from tests.store.builders import put_rules
from tests.store.import_files import counts, rejected, take_in

HEAD = "number,customer,placed_at,product,quantity,unit_price\n"
FEES = (
    "fees: [{when: {product: POST}, fee: shipping_fee}]\nskip: [{when: {product: M}, reason: manual}]\nwalk_in: true\n"
    "constants: {state: delivered}"
)


@pytest.fixture(autouse=True)
def shop(store: str, tmp_path: Path) -> None:
    put_rules(shop__currency="GBP", shop__timezone="Europe/London")
    take_in(tmp_path, "products", "id,name,price\na,A,1\nb,B,2\n")
    take_in(tmp_path, "customers", "ref\nc-1\nc-2\n")


def orders() -> dict[str, Order]:
    with reading() as session:
        return {row.number: row for row in session.scalars(select(Order).options(selectinload(Order.lines)))}


SALES = (
    HEAD + "1,c-1,2026-01-01 10:00,a,6,2.55\n2,c-2,2026-01-02,a,1,2.50\n1,c-1,2026-01-01 10:00,POST,1,3.00\n"
    "1,c-1,2026-01-01 10:00,a,6,2.55\n3,,2026-01-03,b,2,0\nC4,c-1,2026-01-05,a,-8,2.55\n3,,2026-01-03,M,1,9\n"
)


def test_lines_fees_walk_ins_and_returns_add_up(tmp_path: Path) -> None:
    assert counts(take_in(tmp_path, "orders", SALES, FEES)) == {"added": 6, "skipped": 1}
    found = orders()
    assert set(found) == {"1", "2", "3"}
    # The same product twice stays two lines; a fee is no line.
    assert [(line.position, line.quantity, line.returned) for line in found["1"].lines] == [(1, 6, 6), (3, 6, 2)]
    assert (found["1"].total, found["1"].shipping_fee, found["1"].currency) == (3060 + 300, 300, "GBP")
    assert found["1"].confirmed_at == found["1"].placed_at
    assert found["3"].total == 0
    with reading() as session:
        walk_in = session.scalars(select(Customer).where(Customer.external_ref == WALK_IN)).one()
        refunds = session.execute(select(Refund.amount, Refund.state, Refund.order_id)).all()
    assert found["3"].customer_id == walk_in.id
    assert sorted(refunds) == [(510, "paid", found["1"].id), (1530, "paid", found["1"].id)]
    assert counts(take_in(tmp_path, "orders", SALES, FEES)) == {"unchanged": 6, "skipped": 1}
    assert orders()["1"].total == 3360


def test_an_order_all_of_which_came_back_is_returned_and_stays_so(tmp_path: Path) -> None:
    text = HEAD + "1,c-1,2026-01-01,a,2,2\nC2,c-1,2026-01-05,a,-2,2\n"
    take_in(tmp_path, "orders", text)
    assert orders()["1"].state == "returned"
    assert counts(take_in(tmp_path, "orders", text)) == {"unchanged": 2}
    assert orders()["1"].state == "returned"


def test_what_cannot_be_taken_in_is_kept_and_can_be_mended(tmp_path: Path) -> None:
    text = HEAD + (
        "1,c-1,2026-01-01,zz,1,2\n1,c-1,2026-01-01,a,1,2\n2,c-9,2026-01-01,a,1,2\n3,,2026-01-01,a,1,2\n"
        "4,c-1,soon,a,1,2\n5,c-1,2026-01-01,a,0,2\nC6,c-1,2026-01-02,a,-5,2\nC7,c-1,2025-12-01,a,-1,2\n"
        "8,c-1,2026-01-01,zz,1,2\n9,c-1,2026-01-01,a,1,0.001\n"
    )
    assert counts(take_in(tmp_path, "orders", text)) == {"added": 1, "rejected": 9}
    codes = {(row["number"], row["import_code"]) for row in rejected(tmp_path, "orders")}
    assert codes == {
        ("1", "product_unknown"), ("2", "customer_unknown"), ("3", "customer_missing"), ("4", "date_invalid"),
        ("5", "quantity_zero"), ("C6", "return_unmatched"), ("C7", "return_unmatched"), ("8", "product_unknown"),
        ("9", "amount_precision"),
    }  # fmt: skip
    take_in(tmp_path, "products", "id,name,price\nzz,Z,1\n")
    # Only the rejected rows again: the line mended is the order's first, as it was in the file.
    mended = tmp_path / "orders.csv.rejected.csv"
    again = import_file("orders", Orders(), mended)
    assert (counts(again)["added"], counts(again)["rejected"]) == (2, 7)
    assert [(line.position, line.product_id) for line in orders()["1"].lines] == [(1, "zz"), (2, "a")]
    assert orders()["1"].total == 400


def test_anonymous_returns_and_returned_fees_are_rejected(tmp_path: Path) -> None:
    text = SALES + "C5,,2026-01-06,b,-1,0\nC6,c-1,2026-01-06,POST,-1,3\n7,c-1,2026-01-06,POST,1,3\n"
    summary = take_in(tmp_path, "orders", text, FEES)
    assert dict(summary.rejected) == {"return_anonymous": 1, "fee_returned": 1, "goods_missing": 1}


def test_changes_are_taken_in_and_nothing_goes_backwards(tmp_path: Path) -> None:
    head = "number,line,customer,placed_at,product,quantity,unit_price,state\n"
    take_in(tmp_path, "orders", head + "1,1,c-1,2026-01-01,a,2,2,shipped\n")
    more = (
        head
        + "1,1,c-1,2026-01-01,a,3,2,delivered\n1,2,c-1,2026-01-01,b,1,1,delivered\n1,2,c-1,2026-01-01,a,1,1,delivered\n"
    )
    summary = take_in(tmp_path, "orders", more)
    assert (counts(summary), dict(summary.rejected)) == ({"updated": 1, "added": 1, "rejected": 1}, {"line_twice": 1})
    assert (orders()["1"].state, orders()["1"].total) == ("delivered", 700)
    assert counts(take_in(tmp_path, "orders", head + "1,1,c-1,2026-01-01,a,3,2,paid\n")) == {"unchanged": 1}
    summary = take_in(tmp_path, "orders", head + "1,1,c-2,2026-01-01,a,3,2,paid\n")
    assert dict(summary.rejected) == {"order_of_another": 1}
    with transaction() as session:
        session.execute(update(Order).values(source="chat"))
    summary = take_in(tmp_path, "orders", head + "1,1,c-1,2026-01-01,a,9,2,paid\n")
    assert dict(summary.rejected) == {"order_not_imported": 1}


def test_a_crash_in_the_middle_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + "".join(f"{number},c-1,2026-01-01,a,1,2\n" for number in range(1, 41))
    monkeypatch.setattr("dangol.importing.run._BATCH_ROWS", 10)
    put, calls = Orders.put, []

    def fail_at_third(
        self: Orders, session: Session, context: Context, groups: Sequence[list[Line]], late: bool
    ) -> Any:
        calls.append(len(groups))
        judged = list(put(self, session, context, groups, late))
        if len(calls) == 3:
            raise RuntimeError("the lights went out")
        return judged

    monkeypatch.setattr(Orders, "put", fail_at_third)
    with pytest.raises(RuntimeError):
        take_in(tmp_path, "orders", text)
    assert len(orders()) == 20
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []
    assert counts(take_in(tmp_path, "orders", text)) == {"unchanged": 20, "added": 20}
    with reading() as session:
        assert session.scalar(select(func.count()).select_from(OrderLine)) == 40


def test_one_row_that_the_database_refuses_takes_no_other_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Orders, "late", lambda self, values: False)  # a negative line, taken for a sale
    text = HEAD + "1,c-1,2026-01-01,a,1,2\n2,c-1,2026-01-01,a,-1,2\n"
    summary = take_in(tmp_path, "orders", text)
    assert (counts(summary), dict(summary.rejected)) == ({"added": 1, "rejected": 1}, {"store_refused": 1})
