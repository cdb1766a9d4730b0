"""Questions and answers of a FAQ page in Markdown: marked Q and A, or headings with text below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MARK = r"^\s*(?:[-*]\s+)?[*_]{{0,2}}(?:{words})\s*\d*\s*[.:)：]\s*"
_QUESTION = re.compile(_MARK.format(words="Q|질문|문|Question"), re.IGNORECASE)
_ANSWER = re.compile(_MARK.format(words="A|답변|답|Answer"), re.IGNORECASE)
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its answer; `line` is where the question stands, counted from 1."""

    line: int
    question: str
    answer: str


def read_pairs(text: str) -> Iterator[Pair]:
    """All pairs of a page. A question without an answer comes with an empty one; headings of sections are none."""
    lines = text.split("\n")
    if any(_QUESTION.match(line) for line in lines):
        yield from _marked(lines)
    else:
        yield from _headed(lines)


def _marked(lines: list[str]) -> Iterator[Pair]:
    start, question, answer, answering = 0, "", [""], False
    for number, line in enumerate([*lines, "# end"], 1):
        asked = _QUESTION.match(line)
        if asked or _HEADING.match(line):
            if question:
                yield Pair(start, question, "\n".join(answer).strip())
            start, question, answer, answering = number, _bare(line[asked.end() :]) if asked else "", [], False
        elif question and not answering and (found := _ANSWER.match(line)):
            answering = True
            answer.append(_bare(line[found.end() :]))
        elif question and not answering and not line.strip():
            answering = bool(answer)
        elif question:
            answering = True
            answer.append(line)


def _bare(text: str) -> str:
    return re.sub(r"^[*_]{1,2}\s*|\s*[*_]{1,2}$", "", text.strip())


def _headed(lines: list[str]) -> Iterator[Pair]:
    start, question, level, answer = 0, "", 0, [""]
    fenced = False
    for number, line in enumerate([*lines, "# end"], 1):
        fenced ^= line.startswith("```")
        heading = None if fenced else _HEADING.match(line)
        if heading is None:
            answer.append(line)
            continue
        body = "\n".join(answer).strip()
        # A heading with nothing but deeper headings below is the name of a section, and so is the page's own title.
        if question and (body or len(heading[1]) <= level) and not (level == 1 and start == 1):
            yield Pair(start, question, body)
        start, question, level, answer = number, _bare(heading[2]), len(heading[1]), []
