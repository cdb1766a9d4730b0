"""The measurement itself: what counts as a purchase, what is held out, and that a perfect guess scores one."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from pathlib import Path

import pytest

from knowledge.recommend_eval import K, best_neighbours, bought_before, item_knn, main, measure, popular, split
from knowledge.retail_file import Line, RetailFile, kept_purchases, read_retail

HEADINGS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
ROWS = [
    ["1", "10001", "RED MUG ", "2", "2024-01-05 10:00:00", "3.5", "7.0", "UK"],
    ["1", "10002a", "BLUE MUG", "4", "2024-01-05 10:00:00", "3.5", "7.0", "UK"],
    ["C2", "10002A", "BLUE MUG", "-4", "2024-01-06 10:00:00", "3.5", "7.0", "UK"],
    ["3", "POST", "POSTAGE", "1", "2024-01-07 10:00:00", "9", "7.0", "UK"],
    ["4", "10001", "RED MUG", "1", "2024-01-08 10:00:00", "0", "7.0", "UK"],
    ["5", "10001", "RED MUG", "1", "2024-01-09 10:00:00", "3.5", "", "UK"],
    ["6", "10001", "red mug", "1", "2024-01-10 10:00:00", "3.5", "8.0", "UK"],
    ["7", "10003", "TRAY", "1", "2024-01-11 10:00:00", "3.5", "8.0", "UK"],
    ["8", "10003", "TRAY", "1", "2024-02-03 10:00:00", "3.5", "7.0", "UK"],
    ["9", "10009", "NEW LAMP", "1", "2024-02-04 10:00:00", "3.5", "7.0", "UK"],
    ["10", "10001", "RED MUG", "1", "2024-02-04 10:00:00", "3.5", "9.0", "UK"],
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "retail.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADINGS, *ROWS])
    return path


@pytest.fixture
def retail(file: Path) -> RetailFile:
    return read_retail(file)


def test_what_is_no_purchase_is_left_out_and_counted(retail: RetailFile) -> None:
    assert retail.left_out == {"no customer": 1, "not goods": 1, "free": 1}
    assert retail.descriptions == {"10001": "red mug", "10002A": "blue mug", "10003": "tray", "10009": "new lamp"}
    assert ("7", "10002A") not in {(line.customer, line.product_id) for line in kept_purchases(retail.lines)}


def test_a_cancellation_takes_back_the_latest_pieces_before_it() -> None:
    def line(quantity: int, day: int) -> Line:
        return Line("a", "mug", quantity, datetime(2024, 1, day))  # noqa: DTZ001 - the file's times have no zone

    assert kept_purchases([line(-2, 1), line(3, 2), line(2, 3), line(-3, 4)]) == [line(2, 2)]


def test_the_month_is_held_out(retail: RetailFile) -> None:
    task = split(retail.lines, datetime(2024, 2, 1))  # noqa: DTZ001
    assert task.ids == ["10001", "10003"]
    assert task.wanted == {"7": frozenset({"10003"})}
    assert task.bought("7") == {"10001"}
    assert measure(task, lambda _, __: ["10003"], new_only=True) == [1, 1, 1, 0.5]
    assert measure(task, lambda _, __: ["10001"], new_only=False) == [0, 0, 0, 0.5]
    second = measure(task, popular(task), new_only=False)
    assert second[0] == 1
    assert 0.6 < second[1] < 0.7
    for way in (popular(task, 30), bought_before(task), item_knn(task, K)):
        assert measure(task, way, new_only=True)[:3] == [1, 1, 1]
    assert best_neighbours(retail.lines, datetime(2024, 2, 1), (1, 5)) in (1, 5)  # noqa: DTZ001


def test_the_table_is_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    later = ["11", "10003", "TRAY", "1", "2024-03-02 10:00:00", "3", "9.0", "UK"]
    with gzip.open(file, "wt", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([HEADINGS, *ROWS, later])
    main([str(file), "--held-out", "2024-03"])
    table = capsys.readouterr().out
    assert table.count("\n|") >= 8
    assert "Dangol" in table
