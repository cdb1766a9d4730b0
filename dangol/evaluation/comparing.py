"""Two models on the same lines: where they differ by more than chance (McNemar's exact test, Holm's correction)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from dangol.evaluation.heard import Heard
from dangol.evaluation.measures import Document, has_right_entities, rounded
from dangol.evaluation.scores import holm, mcnemar

SIGNIFICANT = 0.05
_Judge = Callable[[Heard], bool]
_Wanted = Callable[[Heard], bool]
# (measure, which lines it is about, whether a line is right): articles do not depend on the model.
_MEASURES: tuple[tuple[str, _Wanted, _Judge], ...] = (
    ("intent", lambda row: row.line.intent is not None, lambda row: row.is_right),
    ("entities", lambda row: row.line.entities is not None, has_right_entities),
    ("no_action", lambda row: row.line.no_action, lambda row: not row.changes),
)


def compare(first: Sequence[Heard], second: Sequence[Heard]) -> list[Document]:
    """One row a measure and part of the lines, the largest parts first. Both lists are of the same lines in the same order.

    `first` and `second` are shares of right lines, `gained` lines that only the second gets right, `lost` those that only
    the first does; `p` is corrected for the number of rows of the same measure.
    """
    rows: list[Document] = []
    for measure, wanted, is_right in _MEASURES:
        pairs = [(one, other) for one, other in zip(first, second, strict=True) if wanted(one)]
        found = [_row(measure, part, some, is_right) for part, some in _parts(pairs)]
        for row, chance in zip(found, holm([row["p"] for row in found]), strict=True):
            rows.append({**row, "p": rounded(chance), "significant": chance < SIGNIFICANT})
    return rows


def _parts(pairs: list[tuple[Heard, Heard]]) -> Iterator[tuple[str, list[tuple[Heard, Heard]]]]:
    if not pairs:
        return
    yield "all", pairs
    names = {name for one, _ in pairs for name in _names(one)}
    for name in sorted(names):
        yield name, [pair for pair in pairs if name in _names(pair[0])]


def _names(row: Heard) -> list[str]:
    """The parts that a line belongs to, the whole left out."""
    line = row.line
    more = [value for value in (line.style, line.kind) if value]
    return [line.language, *(f"{line.language} {value}" for value in more)]


def _row(measure: str, part: str, pairs: list[tuple[Heard, Heard]], is_right: _Judge) -> Document:
    judged = [(is_right(one), is_right(other)) for one, other in pairs]
    lost = sum(one and not other for one, other in judged)
    gained = sum(other and not one for one, other in judged)
    return {
        "measure": measure, "part": part, "count": len(judged), "first": rounded(sum(one for one, _ in judged) / len(judged)),
        "second": rounded(sum(other for _, other in judged) / len(judged)), "gained": gained, "lost": lost,
        "p": mcnemar(lost, gained),
    }  # fmt: skip
