"""What files may look like: encodings, headings, mapping, numbers, dates, FAQ pages."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic_core import PydanticCustomError

from dangol.importing.faq_pages import Pair, read_pairs
from dangol.importing.fields import Manner, minor_units, number, read_moment
from dangol.importing.mapping import MappingFile, load_mapping
from dangol.importing.rejects import Rejects, rejects_path
from dangol.importing.sources import open_source
from dangol.progress import CommandError


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("packed", [False, True])
def test_korean_headings_are_read_in_the_encodings_of_spreadsheets(tmp_path: Path, encoding: str, packed: bool) -> None:
    path = tmp_path / ("상품.csv.gz" if packed else "상품.csv")
    data = '상품번호;상품명\r\na-1;보습 크림\r\n\r\na-2;"두 줄\n이름"\r\na-3;끝\r\n'.encode(encoding)
    path.write_bytes(gzip.compress(data) if packed else data)
    source = open_source(path)
    rows = list(source.rows())
    assert source.headings == ("상품번호", "상품명")
    assert [(row.line, row.values["상품명"]) for row in rows] == [(2, "보습 크림"), (4, "두 줄\n이름"), (6, "끝")]


def test_latin_letters_are_the_last_resort(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,name\n1,Crème brûlée à 3£\n".encode("latin-1"))
    assert [row.values["name"] for row in open_source(path).rows()] == ["Crème brûlée à 3£"]


def test_json_lines_are_flattened_and_broken_ones_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id": 7, "tags": ["a", "b"], "address": {"city": "서울"}, "x": null}\nnot json\n', encoding="utf-8"
    )
    first, second = open_source(path).rows()
    assert first.values == {"id": "7", "tags": "a|b", "address.city": "서울", "x": ""}
    assert second.values == {"unreadable": "not json"}


@pytest.mark.parametrize("text", ["", "\n", "id,id\n1,2\n"])
def test_a_file_without_headings_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(CommandError, match=r"a\.csv: "):
        open_source(path)


def written(folder: Path, text: str) -> MappingFile:
    path = folder / "map.yml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


def test_a_mapping_renames_changes_and_leaves_out(tmp_path: Path) -> None:
    mapping = written(
        tmp_path,
        "columns: {id: {from: [Code, SKU], case: upper}, ref: {from: Kunde, match: '(\\d+)\\.0'}, state: Status}\n"
        "constants: {stock: 7}\nvalues: {state: {완료: delivered}}\n"
        "skip: [{when: {id: [POST, M]}, reason: fees}, {when: {price: {is: zero}, ref: {is: empty}}, reason: nothing}]\n",
    )
    read = mapping.reader(frozenset({"id", "ref", "state", "stock", "unit_price", "attribute."}))
    row = {
        "Code": "",
        "SKU": " a1 ",
        "Kunde": "17.0",
        "Status": "완료",
        "Unit Price": "3",
        "attribute.skin": "dry",
        "?": "x",
    }
    assert read(row) == {
        "id": "A1", "ref": "17", "state": "delivered", "stock": "7", "unit_price": "3", "attribute.skin": "dry"
    }  # fmt: skip
    fees, nothing = mapping.skip
    assert (fees.holds({"id": "M"}), fees.holds({"id": "m1"})) == (True, False)
    assert [nothing.holds({"price": text}) for text in ("0.0", "0,00", "1", "")] == [True, True, False, False]


@pytest.mark.parametrize("text", ["colums: {}", "columns: {id: {match: '('}}", "- 1", "skip: [{when: {a: {is: odd}}}]"])
def test_a_wrong_mapping_is_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(CommandError, match=r"map\.yml: [^\n]+$"):
        written(tmp_path, text)


def test_a_mapping_must_fit_the_file_and_the_kind(tmp_path: Path) -> None:
    known = frozenset({"id", "attribute."})
    with pytest.raises(CommandError, match="no heading 'Code'"):
        written(tmp_path, "columns: {id: Code}").check(("SKU",), known)
    with pytest.raises(CommandError, match="'idd' is none of"):
        written(tmp_path, "columns: {idd: Code}").check(("Code",), known)
    written(tmp_path, "columns: {id: Code, attribute.skin: Skin}").check(("Code", "Skin"), known)


@pytest.mark.parametrize(
    ("text", "decimal", "currency", "minor"),
    [("2.55", ".", "GBP", 255), ("1,234.5", ".", "USD", 123450), ("1.234,50 €", ",", "EUR", 123450),
     ("12,000원", ".", "KRW", 12000), ("(3.00)", ".", "GBP", -300), ("5-", ".", "KRW", -5), ("0", ".", "KRW", 0)],
)  # fmt: skip
def test_amounts_become_minor_units(text: str, decimal: str, currency: str, minor: int) -> None:
    assert minor_units(text, Manner(currency, "UTC", "en", decimal)) == minor


@pytest.mark.parametrize(
    ("text", "code"), [("0.001", "amount_precision"), ("x", "number_invalid"), ("1e20", "amount_too_large")]
)
def test_amounts_are_never_rounded_or_guessed(text: str, code: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        minor_units(text, Manner("GBP", "UTC", "en"))
    assert caught.value.type == code


@pytest.mark.parametrize("text", ["NaN", "Infinity", "--1", ""])
def test_what_is_no_number_is_none(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        number(text, ".")


@pytest.mark.parametrize("text", ["2026-01-31 09:30", "2026/1/31 09:30", "2026. 1. 31. 09:30", "2026-01-31T00:30:00Z"])
def test_dates_are_of_the_shops_time_zone(text: str) -> None:
    assert read_moment(text, (), "Asia/Seoul") == datetime(2026, 1, 31, 0, 30, tzinfo=UTC)


def test_dates_in_a_form_of_their_own() -> None:
    assert read_moment("31.12.25", ("%d.%m.%y",), "UTC") == datetime(2025, 12, 31, tzinfo=UTC)
    for text in ("2026-02-30", "yesterday", "0026-01-01"):
        with pytest.raises(PydanticCustomError):
            read_moment(text, (), "UTC")


def test_rejects_keep_whole_rows_and_go_when_there_are_none(tmp_path: Path) -> None:
    path = rejects_path(tmp_path / "a.csv")
    with Rejects(path, ("id", "name")) as rejects:
        rejects.add({"id": "1", "name": "줄\n둘", "column 3": "over"}, 5, 2, "code", "why")
    with path.open(encoding="utf-8-sig", newline="") as file:
        [row] = csv.DictReader(file)
    assert row["name"] == "줄\n둘"
    assert (row["import_line"], row["import_position"], row["import_code"]) == ("5", "2", "code")
    assert '"over"' in row["beyond"]
    with Rejects(path, ("id",)):
        pass
    assert list(tmp_path.iterdir()) == []


def test_headings_with_text_below_are_pairs() -> None:
    page = "# FAQ\n\nWelcome.\n\n## Delivery\n\n### How long does it take?\n\nTwo days.\n\n- more\n\n"
    page += "### Abroad?\n\n```\n# no\n```\n"
    assert list(read_pairs(page)) == [
        Pair(7, "How long does it take?", "Two days.\n\n- more"), Pair(13, "Abroad?", "```\n# no\n```")
    ]  # fmt: skip


def test_marked_questions_are_pairs() -> None:
    page = "# 자주 묻는 질문\n\n**Q1. 배송은 얼마나 걸려요?**\n**A.** 이틀 걸려요.\n\n둘째 문단.\n\n"
    page += "Q: 환불은?\nA: 3일 안에요.\nQ: 빈 것\n"
    assert [(pair.question, pair.answer) for pair in read_pairs(page)] == [
        ("배송은 얼마나 걸려요?", "이틀 걸려요.\n\n둘째 문단."), ("환불은?", "3일 안에요."), ("빈 것", "")
    ]  # fmt: skip
