"""The figures as one SVG: bars for each measure and the intents that are confused with each other. Korean and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from dangol.evaluation.tables import parts

Document = Mapping[str, Any]
# (English label, value 0..1, what stands at the bar's end)
Row = tuple[str, float, str]

WIDTH = 900
_MARGIN, _LABEL, _BAR = 24, 210, 520
_STEP, _HEAD = 22, 46
_CELL = 26
_MOST_INTENTS = 14
_COLOURS = {"ko": "#2f6f9f", "en": "#c8702a"}
_OTHER = "#5b6b4a"
_STYLES = {
    "polite": "존댓말", "casual": "반말", "slang": "속어", "typo": "오타", "mixed": "섞어 쓰기", "word": "한 낱말",
    "nospace": "붙여 쓰기", "story": "긴 이야기", "negation": "부정", "twoinone": "두 가지 요청", "long": "긴 글",
    "oneword": "한 낱말", "high": "겹치는 낱말 많음", "low": "겹치는 낱말 적음", "low_overlap": "겹치는 낱말 적음",
    "all": "전체", "ko": "한국어", "en": "영어", "out_of_scope": "범위 밖", "near_domain": "비슷한 분야",
    "not trained on": "처음 보는 문장",
    "injection": "명령 끼워 넣기", "nonsense": "뜻 없는 글", "other_shop": "다른 가게", "others_data": "남의 정보",
}  # fmt: skip


class Drawing:
    """SVG elements from top to bottom; `height` grows with them."""

    def __init__(self) -> None:
        self._elements: list[str] = []
        self.height = _MARGIN

    def text(
        self, x: float, y: float, text: str, size: int = 13, anchor: str = "start", weight: str = "normal"
    ) -> None:
        """One line of text with its baseline at y."""
        self._elements.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}">'
            f"{escape(text)}</text>"
        )

    def box(self, x: float, y: float, width: float, height: float, colour: str, opacity: float = 1.0) -> None:
        """A filled rectangle."""
        self._elements.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height:g}" fill="{colour}" fill-opacity="{opacity:.2f}"/>'
        )

    def turned(self, x: float, y: float, text: str) -> None:
        """Text that climbs from (x, y)."""
        self._elements.append(
            f'<text x="{x:g}" y="{y:g}" font-size="11" transform="rotate(-55 {x:g} {y:g})">{escape(text)}</text>'
        )

    def svg(self) -> str:
        """The whole picture."""
        height = self.height + _MARGIN
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
            "font-family=\"Pretendard, 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', sans-serif\" fill=\"#222\">"
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>{"".join(self._elements)}</svg>\n'
        )


def draw(document: Document) -> str:
    """The picture of an evaluation, as SVG text."""
    drawing = Drawing()
    if intents := document.get("intents"):
        _bars(drawing, "Intents: accuracy · 의도: 정확도", _shares(intents, "accuracy", "style"))
        _bars(drawing, "Right, by confidence: right / said · 확신에 견준 정답률: 실제 / 확신", _calibration(intents))
        _matrix(drawing, "Intents confused · 서로 헷갈린 의도", intents["confusions"])
    if entities := document.get("entities"):
        rows = [(name, part["f1"], f"{100 * part['f1']:.1f} %") for name, part in parts(entities)]
        rows += [
            (name, one["f1"], f"{100 * one['f1']:.1f} %  ({one['right'] + one['missed']})")
            for name, one in entities["by_entity"].items()
        ]
        _bars(drawing, "Entities: F1 · 개체: F1", rows)
    if topics := document.get("topics"):
        _bars(drawing, "Right article first · 맞는 글이 첫째", _shares(topics, "recall_at_1", "overlap", "style"))
    if traps := document.get("no_action"):
        title = "Declined, asked or chatted · 거절·되묻기·잡담으로 넘김"
        _bars(drawing, title, _shares(traps, "turned_away", "kind"))
    return drawing.svg()


def _shares(measure: Document, figure: str, *fields: str) -> list[Row]:
    return [
        (name, part[figure]["value"], f"{100 * part[figure]['value']:.1f} %  ({part[figure]['count']})")
        for name, part in parts(measure, *fields)
    ]


def _calibration(intents: Document) -> list[Row]:
    return [
        (f"{one['from']:.1f}–{one['from'] + 0.1:.1f}", one["right"],
         f"{100 * one['right']:.0f} / {100 * one['confidence']:.0f} %  ({one['count']})")
        for one in intents["calibration"]
    ]  # fmt: skip


def _in_both(name: str) -> str:
    """A part's name with its Korean: "ko · typo" becomes "ko · typo 오타"."""
    korean = _STYLES.get(name.rpartition(" · ")[2])
    return f"{name} {korean}" if korean else name


def _bars(drawing: Drawing, title: str, rows: Sequence[Row]) -> None:
    drawing.height += _HEAD
    drawing.text(_MARGIN, drawing.height - 16, title, size=16, weight="bold")
    for name, value, end in rows:
        y = drawing.height
        colour = _COLOURS.get(name.partition(" · ")[0], _OTHER)
        drawing.text(_MARGIN + _LABEL - 8, y + 14, _in_both(name), size=12, anchor="end")
        drawing.box(_MARGIN + _LABEL, y + 3, _BAR, _STEP - 7, "#000", 0.06)
        drawing.box(_MARGIN + _LABEL, y + 3, _BAR * value, _STEP - 7, colour, 1.0 if " · " not in name else 0.65)
        drawing.text(_MARGIN + _LABEL + _BAR + 8, y + 14, end, size=12)
        drawing.height += _STEP


def _matrix(drawing: Drawing, title: str, confusions: Sequence[Document]) -> None:
    """Rows are what was labelled, columns what was understood; only pairs that were confused."""
    labelled = list(dict.fromkeys(one["labelled"] for one in confusions))[:_MOST_INTENTS]
    understood = list(dict.fromkeys(one["understood"] for one in confusions))[:_MOST_INTENTS]
    if not labelled:
        return
    drawing.height += _HEAD
    drawing.text(_MARGIN, drawing.height - 16, f"{title} (→ understood as · 이해한 뜻)", size=16, weight="bold")
    drawing.height += 110
    left, top = _MARGIN + _LABEL, drawing.height
    for column, name in enumerate(understood):
        drawing.turned(left + column * _CELL + 16, top - 6, name)
    for row, name in enumerate(labelled):
        drawing.text(left - 8, top + row * _CELL + 17, name, size=12, anchor="end")
        for column in range(len(understood)):
            drawing.box(left + column * _CELL, top + row * _CELL, _CELL - 2, _CELL - 2, "#000", 0.04)
    most = max(one["count"] for one in confusions)
    for one in confusions:
        if one["labelled"] in labelled and one["understood"] in understood:
            x, y = left + understood.index(one["understood"]) * _CELL, top + labelled.index(one["labelled"]) * _CELL
            drawing.box(x, y, _CELL - 2, _CELL - 2, "#b03030", 0.25 + 0.75 * one["count"] / most)
            drawing.text(x + 12, y + 17, str(one["count"]), size=12, anchor="middle", weight="bold")
    drawing.height += len(labelled) * _CELL
