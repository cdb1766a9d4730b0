"""Articles' Markdown as HTML that is safe to show: no raw HTML goes in, and only an allow-list of tags comes out."""

from __future__ import annotations

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {"p", "br", "hr", "strong", "em", "ul", "ol", "li", "a", "h1", "h2", "h3", "h4", "blockquote", "code", "pre"}
_ATTRIBUTES = {"a": {"href", "title"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_parser = MarkdownIt("commonmark", {"html": False}).disable("image")


def to_html(body: str) -> Markup:
    """The body as safe HTML."""
    html = nh3.clean(_parser.render(body), tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES)
    return Markup(html)
