"""Articles: drafts, publication, rollback, and two people editing at once."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import ConflictError, NotFoundError, RuleViolationError
from crm_store.articles import queries, service
from crm_store.articles.models import ArticleVersion
from crm_store.db import reading, transaction
from crm_store.events.queries import list_after
from crm_store.staff.queries import list_audit
from tests.store.builders import NOW
from tests.store.races import race

TOPIC: dict[str, Any] = {"topic": "return-fee", "locale": "ko", "actor": "marketer", "now": NOW}


def draft(body: str, based_on: int | None = None, **changes: Any) -> ArticleVersion:
    values: dict[str, Any] = {**TOPIC, "title": "반품 비용", "phrasings": ["반품비 얼마예요?"], **changes}
    with transaction() as session:
        return service.save_draft(session, body=body, based_on=based_on, **values)


def publish() -> int:
    with transaction() as session:
        return service.publish(session, **TOPIC).number


def roll_back(version: int) -> int:
    with transaction() as session:
        return service.roll_back(session, version=version, **TOPIC).number


def live() -> list[tuple[int, str]]:
    with reading() as session:
        return [(article.version, article.body) for article in queries.list_published(session)]


def stamp() -> tuple[int, int]:
    with reading() as session:
        return queries.published_stamp(session)


@pytest.mark.usefixtures("store")
def test_nobody_is_answered_from_a_draft() -> None:
    assert draft("하나").number == 1
    assert (live(), stamp()) == ([], (0, 0))
    assert publish() == 1
    published = stamp()
    assert (live(), published > (0, 0)) == ([(1, "하나")], True)
    assert draft("둘").number == 2
    assert (live(), stamp()) == ([(1, "하나")], published)


@pytest.mark.usefixtures("store")
def test_publishing_again_changes_nothing() -> None:
    draft("하나")
    publish()
    before = stamp()
    assert publish() == 1
    assert stamp() == before


@pytest.mark.usefixtures("store")
def test_rolling_back_answers_from_an_older_version_and_moves_the_stamp() -> None:
    for body in ("하나", "둘"):
        draft(body)
        publish()
    draft("셋")
    before = stamp()
    assert roll_back(1) == 1
    assert live() == [(1, "하나")]
    assert stamp() > before
    with pytest.raises(RuleViolationError, match="never_published"):
        roll_back(3)
    with pytest.raises(NotFoundError, match="version_not_found"):
        roll_back(4)
    assert publish() == 3
    with reading() as session:
        article = queries.get_article(session, "return-fee", "ko")
        assert [version.number for version in queries.list_versions(session, article)] == [3, 2, 1]
        assert [went.version for went in queries.list_publications(session, article)] == [3, 1, 2, 1]


@pytest.mark.usefixtures("store")
def test_every_step_is_audited_and_announced() -> None:
    draft("하나")
    publish()
    with reading() as session:
        assert [(entry.action, entry.target, entry.detail) for entry in reversed(list_audit(session))] == [
            ("article.draft", "return-fee/ko", {"version": 1}),
            ("article.publish", "return-fee/ko", {"version": 1}),
        ]
        assert [(event.kind, event.data) for event in list_after(session, 0)] == [
            ("article_published", {"topic": "return-fee", "locale": "ko"})
        ]


@pytest.mark.usefixtures("store")
def test_who_edits_an_old_version_is_told() -> None:
    draft("하나")
    draft("둘", based_on=1)
    with pytest.raises(ConflictError) as refused:
        draft("또 둘", based_on=1)
    assert (refused.value.code, refused.value.context["latest"]) == ("article_changed", 2)
    assert draft("셋", based_on=2).number == 3


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"topic": "Return Fee"}, "topic_invalid"),
        ({"locale": "fr"}, "locale_invalid"),
        ({"title": " "}, "title_invalid"),
        ({"title": "가" * 201}, "title_invalid"),
        ({"body": "\n"}, "body_invalid"),
        ({"body": "가" * 20_001}, "body_invalid"),
        ({"phrasings": [""]}, "phrasings_invalid"),
        ({"phrasings": ["질문"] * 101}, "phrasings_invalid"),
        ({"body": "a\x00b"}, "null_byte"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(RuleViolationError, match=code):
        draft(**{"body": "본문", **changes})


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_store")
def test_of_many_who_edit_one_version_at_once_one_saves() -> None:
    draft("하나")
    outcome = race(lambda number: draft(f"둘 {number}", based_on=1), range(24))
    assert outcome == {"ok": 1, "article_changed": 23}


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_store")
def test_drafts_saved_at_once_without_a_base_all_get_numbers_of_their_own() -> None:
    assert race(lambda number: draft(f"본문 {number}"), range(24)) == {"ok": 24}
    with reading() as session:
        article = queries.get_article(session, "return-fee", "ko")
        assert [version.number for version in queries.list_versions(session, article)] == list(range(24, 0, -1))


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_store")
def test_publishing_while_others_edit_and_publish_leaves_one_whole_version_live() -> None:
    draft("하나")

    def work(number: int) -> None:
        if number % 2:
            draft(f"본문 {number}")
        else:
            publish()

    assert race(work, range(24)) == {"ok": 24}
    last = publish()
    [(version, _)] = live()
    assert version == last == 13
