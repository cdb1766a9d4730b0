"""The marketer's pages: all articles, and one in both languages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from sqlalchemy.orm import Session

from console import articles
from console.bodies import Draft, LocaleTag, Topic, Version, checked_draft
from console.diffs import as_text, pieces
from console.formats import shop_zone
from console.guard import Caller, SignedIn, guard
from console.markdown import to_html
from console.pages.view import TEXTS, PageRoute, error_text, go_to, locale_of, page, wants_part
from console.permissions import PAGES
from core.errors import ConflictError, DangolError, NotFoundError, RuleViolationError
from core.language import LOCALES, Locale
from core.texts import catalogue
from crm_store.db import reading
from crm_store.shop.queries import current_rules
from knowledge.quoting import render

router = APIRouter(prefix=PAGES, dependencies=[Depends(guard)], route_class=PageRoute, include_in_schema=False)
StatusName = Annotated[Literal["all", "draft", "changed", "published"], Query()]
# Lengths are the use case's to judge; these only bound what is looked at.
FormLine = Annotated[str, Form(max_length=2_000)]
FormBody = Annotated[str, Form(max_length=60_000)]


def _by_topic(rows: list[dict[str, Any]], status: str) -> list[dict[str, Any]]:
    """One row a topic with both languages side by side."""
    topics: dict[str, dict[str, Any]] = {}
    for row in rows:
        topic = topics.setdefault(row["topic"], {"topic": row["topic"], "updated_at": "", **dict.fromkeys(LOCALES)})
        topic[row["locale"]] = row
        topic["updated_at"] = max(topic["updated_at"], row["updated_at"])
    return [
        topic
        for topic in topics.values()
        if status == "all" or any(topic[locale] and topic[locale]["status"] == status for locale in LOCALES)
    ]


@router.get("/articles")
async def show_all(request: Request, caller: SignedIn, status: StatusName = "all") -> Response:
    """Every topic with its titles and what is live."""
    rows = await asyncio.to_thread(articles.list_all)
    counts = {name: len(_by_topic(rows, name)) for name in ("all", "draft", "changed", "published")}
    zone = await asyncio.to_thread(_zone)
    return page(
        request, "articles.html", caller, topics=_by_topic(rows, status), shown_status=status, counts=counts,
        timezone=zone,
    )  # fmt: skip


def _zone() -> str:
    with reading() as session:
        return shop_zone(session)


@router.get("/new-article")
async def open_new(request: Request, topic: Annotated[str, Query(max_length=80, pattern=r"^[a-z0-9-]+$")]) -> Response:
    """The editor of a topic that may not be there yet."""
    return go_to(request, f"{PAGES}/articles/{topic}")


def _preview(session: Session, body: str, locale: Locale, reader: Locale) -> dict[str, Any]:
    """The body as the customer would read it, or what is wrong with it."""
    try:
        return {"html": to_html(render(body, current_rules(session), locale)), "problem": None}
    except DangolError as error:
        return {"html": to_html(body), "problem": error_text(reader, error)}


def _editor(session: Session, topic: str, locale: Locale, reader: Locale, draft: Draft | None = None) -> dict[str, Any]:
    """What the editor of one language needs; `draft` is what somebody was writing."""
    try:
        article: dict[str, Any] | None = articles.shown(session, topic, locale)
    except NotFoundError:
        article = None
    latest = article or {"title": "", "body": "", "phrasings": [], "version": 0}
    title, body, phrasings = (
        (draft.title, draft.body, draft.phrasings) if draft else (latest["title"], latest["body"], latest["phrasings"])
    )
    return {
        "topic": topic,
        "locale": locale,
        "article": article,
        "title": title,
        "body": body,
        "phrasings": "\n".join(phrasings),
        "based_on": latest["version"],
        "preview": _preview(session, body, locale, reader),
        "error": None,
        "diff": None,
        "timezone": shop_zone(session),
    }


@router.get("/articles/{topic}")
async def show(request: Request, topic: Topic, caller: SignedIn) -> Response:
    """Both languages of a topic, side by side."""
    reader = locale_of(request, caller)

    def work() -> list[dict[str, Any]]:
        with reading() as session:
            return [_editor(session, topic, locale, reader) for locale in LOCALES]

    editors = await asyncio.to_thread(work)
    return page(request, "article.html", caller, topic=topic, editors=editors, timezone=editors[0]["timezone"])


def _written(
    title: FormLine = "",
    body: FormBody = "",
    phrasings: FormBody = "",
    based_on: Annotated[Version, Form()] = 0,
) -> Draft:
    """The form as a draft. Browsers send line ends as CR LF."""
    lines = [line.strip() for line in phrasings.splitlines()]
    return Draft(
        title=title, body=body.replace("\r\n", "\n"), phrasings=[line for line in lines if line], based_on=based_on
    )


Written = Annotated[Draft, Depends(_written)]


@router.post("/articles/{topic}/{locale}/preview")
async def preview(request: Request, topic: Topic, locale: LocaleTag, caller: SignedIn, draft: Written) -> Response:
    """The body as customers would read it, rules filled in; nothing is stored."""

    def work() -> dict[str, Any]:
        with reading() as session:
            return _preview(session, checked_draft(draft).body, locale, locale_of(request, caller))

    return page(request, "_preview.html", caller, preview=await asyncio.to_thread(work))


def _conflict(editor: dict[str, Any], draft: Draft, reader: Locale) -> dict[str, Any]:
    """The editor after somebody else saved: their version is the ground now, one's own text stays."""
    article = editor["article"]
    newest = article["versions"][0]
    theirs = as_text(article["title"], article["body"], article["phrasings"])
    said = catalogue(TEXTS).say("article_conflict", reader, name=newest["author"]["name"], version=newest["version"])
    return {**editor, "error": said, "diff": pieces(theirs, as_text(draft.title, draft.body, draft.phrasings))}


async def _store(
    request: Request, topic: str, locale: Locale, caller: Caller, draft: Draft,
    use_case: Callable[[str, Locale, Draft, Caller], dict[str, Any]], done: str,
) -> Response:  # fmt: skip
    """Store what was written, then show the editor; on refusal it still holds the text and says why."""
    reader = locale_of(request, caller)
    refused: DangolError | None = None
    toast = None
    try:
        stored = await asyncio.to_thread(use_case, topic, locale, draft, caller)
        toast = (catalogue(TEXTS).say(done, reader, version=stored["version"]), "good")
    except (ConflictError, RuleViolationError) as error:
        if not wants_part(request):
            raise
        refused = error
    if not wants_part(request):
        return go_to(request, f"{PAGES}/articles/{topic}")

    def work() -> dict[str, Any]:
        with reading() as session:
            editor = _editor(session, topic, locale, reader, draft if refused else None)
            if isinstance(refused, ConflictError):
                return _conflict(editor, draft, reader)
            # Refused for what it says, not for its ground.
            return {**editor, "error": error_text(reader, refused), "based_on": draft.based_on} if refused else editor

    editor = await asyncio.to_thread(work)
    status = 409 if isinstance(refused, ConflictError) else 422 if refused else 200
    return page(request, "_editor.html", caller, status=status, toast=toast, editor=editor, timezone=editor["timezone"])


@router.post("/articles/{topic}/{locale}/draft")
async def save(request: Request, topic: Topic, locale: LocaleTag, caller: SignedIn, draft: Written) -> Response:
    """Keep what was written; nobody is answered from it."""
    return await _store(request, topic, locale, caller, draft, articles.save, "article_saved")


@router.post("/articles/{topic}/{locale}/publish")
async def publish(request: Request, topic: Topic, locale: LocaleTag, caller: SignedIn, draft: Written) -> Response:
    """Answer from what is on the screen."""
    return await _store(request, topic, locale, caller, draft, articles.save_and_publish, "article_published")
