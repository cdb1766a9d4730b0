"""The life of an article through the staff API."""

from __future__ import annotations

from typing import Any

import pytest

from crm_store.articles.queries import list_published
from crm_store.db import reading
from tests.console.room import Room

PATH = "/articles/return-fee/ko"
DRAFT = {
    "title": "반품 배송비",
    "body": "반품 배송비는 {{ returns.fee | money }}이에요.",
    "phrasings": ["반품 배송비 얼마예요?", "무료 반품 되나요"],
}


def live() -> list[tuple[int, str]]:
    with reading() as session:
        return [(article.version, article.body) for article in list_published(session)]


def put(room: Room, **changes: Any) -> dict[str, Any]:
    shown: dict[str, Any] = room.call("mark", "PUT", PATH, json={**DRAFT, **changes}).json()
    return shown


def test_draft_publish_edit_roll_back(room: Room) -> None:
    assert room.call("mark", "GET", PATH).status_code == 404
    drafted = put(room)
    assert (drafted["status"], drafted["version"], drafted["published_version"]) == ("draft", 1, None)
    assert live() == []
    published = room.call("mark", "POST", f"{PATH}/publish").json()
    assert (published["status"], published["published_version"]) == ("published", 1)

    changed = put(room, body="바뀐 글", based_on=1)
    assert (changed["status"], changed["version"], changed["published_version"]) == ("changed", 2, 1)
    assert live() == [(1, DRAFT["body"])]
    room.call("mark", "POST", f"{PATH}/publish", json={"version": 2})
    assert live() == [(2, "바뀐 글")]
    back = room.call("mark", "POST", f"{PATH}/rollback", json={"version": 1}).json()
    assert (back["version"], back["published_version"]) == (2, 1)
    assert live() == [(1, DRAFT["body"])]
    assert [(one["version"], one["live"]) for one in back["versions"]] == [(2, False), (1, True)]
    assert back["versions"][0]["author"]["name"] == "이마케"

    listed = room.call("mark", "GET", "/articles").json()["articles"]
    assert [(row["topic"], row["locale"], row["status"]) for row in listed] == [("return-fee", "ko", "changed")]
    assert room.call("mark", "GET", PATH).json()["phrasings"] == DRAFT["phrasings"]


def test_two_writers_do_not_overwrite_each_other(room: Room) -> None:
    put(room)
    put(room, body="먼저 고친 글", based_on=1)
    late = room.call("mark", "PUT", PATH, json={**DRAFT, "based_on": 1})
    assert (late.status_code, late.json()["code"], late.json()["latest"]) == (409, "article_changed", 2)
    late = room.call("mark", "POST", f"{PATH}/publish", json={"version": 1})
    assert (late.status_code, late.json()["code"]) == (409, "article_changed")
    assert live() == []


@pytest.mark.parametrize("quote", ["{{ returns.nothing | money }}", "{{ secrets.key }}", "{{ returns.fee | shout }}"])
def test_unknown_rules_are_not_published(room: Room, quote: str) -> None:
    put(room, body=f"배송비는 {quote}이에요.")
    refused = room.call("mark", "POST", f"{PATH}/publish")
    assert (refused.status_code, refused.json()["code"]) == (422, "quote_invalid")
    assert refused.json()["quote"] in quote
    assert live() == []


def test_only_what_was_live_is_rolled_back_to(room: Room) -> None:
    put(room)
    refused = room.call("mark", "POST", f"{PATH}/rollback", json={"version": 1})
    assert (refused.status_code, refused.json()["code"]) == (422, "never_published")
    assert room.call("mark", "POST", f"{PATH}/rollback", json={"version": 9}).status_code == 404
    assert room.call("mark", "POST", f"{PATH}/rollback", json={"version": 10**30}).status_code == 422


@pytest.mark.parametrize(
    "changes",
    [
        {"title": " "}, {"title": "가" * 201}, {"body": ""}, {"body": "a\x00"}, {"phrasings": [""]}, {"title": 5},
        {"phrasings": "한 줄"}, {"phrasings": ["\ud800"]}, {"based_on": -1}, {"body": "a" * 20_001},
    ],
)  # fmt: skip
def test_drafts_that_do_not_fit(room: Room, changes: dict[str, Any]) -> None:
    assert room.call("mark", "PUT", PATH, json={**DRAFT, **changes}).status_code == 422


@pytest.mark.parametrize("path", ["/articles/Return_Fee/ko", "/articles/return-fee/jp"])
def test_places_that_do_not_fit(room: Room, path: str) -> None:
    assert room.call("mark", "PUT", path, json=DRAFT).status_code in (404, 422)
