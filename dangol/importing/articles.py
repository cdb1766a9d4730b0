"""An existing FAQ page: question and answer pairs become draft articles, which staff read, mend and publish."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import RuleViolationError
from core.language import Locale, as_locale, detect
from crm_store.articles import service
from crm_store.articles.models import Article, ArticleVersion
from crm_store.articles.service import PHRASINGS_LIMIT
from dangol.importing.fields import Long, Rejected, Row, Short, Title, Words
from dangol.importing.kinds import Context, Judged, checked
from dangol.importing.spool import Line
from knowledge.articles import read_articles
from knowledge.calibrate import load_calibration
from knowledge.encoder import Encoder
from knowledge.faq import FaqIndex
from knowledge.quoting import render

# Surer than for an answer: a pair under a wrong topic would stand in for the article that is right.
_SURE = 0.97
_MESSAGES = {
    "topic_invalid": "topic: lower-case letters, digits and hyphens",
    "title_invalid": "question: at most 200 characters",
    "body_invalid": "answer: empty, or longer than 20,000 characters",
    "phrasings_invalid": "phrasings: at most 100 of 300 characters",
    "quote_invalid": "answer: it quotes a rule as {{ %s }}, and there is none such; `dangol rules show` prints them all",
    "null_byte": "control characters",
}


class ArticleRow(Row):
    """A question and its answer. Rows with the same answer are one article."""

    question: Title
    answer: Long
    topic: Annotated[Short, AfterValidator(str.lower)] | None = None
    locale: Annotated[Literal["ko", "en"], BeforeValidator(lambda value: as_locale(str(value)))] | None = None
    phrasings: Words | None = None


class Articles:
    """Importer of articles. `encoder` is asked for once it is needed: a model takes a moment to load."""

    columns = frozenset(ArticleRow.model_fields)

    def __init__(self, encoder: Callable[[], Encoder]) -> None:
        self._encoder = encoder
        self._given: dict[tuple[str, str], str] = {}

    def key(self, values: Mapping[str, str]) -> str:
        """What makes one article: topic where given, and answer."""
        return "\n".join(
            (values.get("topic", ""), values.get("locale", ""), " ".join(values.get("answer", "").split()))
        )

    def late(self, values: Mapping[str, str]) -> bool:
        """No row waits for another."""
        return False

    def put(self, session: Session, context: Context, groups: Sequence[list[Line]], late: bool) -> Iterable[Judged]:
        """Save drafts; an article that has had this text once is left alone."""
        for group in groups:
            good, bad = checked(group, ArticleRow, context)
            yield from bad
            if good:
                found = self._save(session, context, [row for _, row in good])
                if isinstance(found, Rejected):
                    yield from ((line, found) for line, _ in good)
                    continue
                yield good[0][0], found
                yield from ((line, "merged") for line, _ in good[1:])

    def _save(self, session: Session, context: Context, rows: list[ArticleRow]) -> Rejected | str:
        first = rows[0]
        default: Locale = as_locale(context.manner.language)
        locale = first.locale or detect(f"{first.question} {first.answer}", default)
        phrasings = list(dict.fromkeys(text for row in rows for text in (row.question, *(row.phrasings or ()))))
        body = first.answer
        topic = first.topic or self._topic(session, first.question, locale)
        versions = _versions(session, topic, locale)
        self._given[topic, locale] = first.question
        if any(
            (known.title, known.body) == (first.question, body) and set(phrasings) <= set(known.phrasings)
            for known in versions
        ):
            return "unchanged"
        phrasings += [text for text in _phrasings(versions) if text not in phrasings]
        try:
            render(body, context.rules, locale)
            service.save_draft(
                session, topic=topic, locale=locale, title=first.question, body=body, phrasings=phrasings[:PHRASINGS_LIMIT],
                actor=context.actor, now=context.now,
            )  # fmt: skip
        except RuleViolationError as error:
            message = _MESSAGES[error.code]
            return Rejected(error.code, message % error.context["quote"] if error.code == "quote_invalid" else message)
        return "updated" if versions else "added"

    def _topic(self, session: Session, question: str, locale: str) -> str:
        """The topic of the shipped articles that surely answers such a question, unless another pair has it; else a new one."""
        [best] = _shipped(self._encoder).rank(question, locale, 1)
        if best.score >= _SURE and self._free(session, best.topic, locale, question):
            return best.topic
        slug = "-".join(re.findall(r"[a-z0-9]+", question.lower()))[:60].strip("-") if locale == "en" else ""
        digest = hashlib.sha256(question.encode()).hexdigest()[:8]
        if len(slug) >= 4 and self._free(session, slug, locale, question):
            return slug
        return f"faq-{digest}"

    def _free(self, session: Session, topic: str, locale: str, question: str) -> bool:
        """Whether no other question of a page has this topic."""
        if self._given.get((topic, locale), question) != question:
            return False
        versions = _versions(session, topic, locale)
        imported = [version.title for version in versions if version.author == "import"]
        return not imported or question in imported


def _phrasings(versions: Iterable[ArticleVersion]) -> list[str]:
    """How customers ask for an article that was there before: a page's one question must not make it harder to find."""
    latest = max(versions, key=lambda version: version.number, default=None)
    return [str(text) for text in latest.phrasings] if latest else []


@lru_cache(maxsize=1)
def _shipped(encoder: Callable[[], Encoder]) -> FaqIndex:
    """The articles that come with Dangol; made once, for it takes a moment."""
    return FaqIndex(read_articles(), encoder(), load_calibration())


def _versions(session: Session, topic: str, locale: str) -> list[ArticleVersion]:
    query = select(ArticleVersion).join(Article, Article.id == ArticleVersion.article_id)
    return list(session.scalars(query.where(Article.topic == topic, Article.locale == locale)))
