"""The document of an evaluation as tables for people: on the terminal, and in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

Document = Mapping[str, Any]
_WORST = 10
# Wide enough for every table; a narrower terminal wraps, a file or a pipe does not need to.
_WIDTH = 132


@dataclass(frozen=True, slots=True)
class Table:
    """A heading and rows of texts; all columns but the first are figures, set to the right, unless `words`."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    words: bool = False


def percent(value: float | None) -> str:
    """`95.1 %`, a dash where there is nothing to say."""
    return "–" if value is None else f"{100 * value:.1f} %"


def shown(share: Document) -> str:
    """A share with its 95 % interval: `95.1 % (93.2–96.3)`."""
    if share["value"] is None:
        return "–"
    low, high = share["interval"]
    return f"{percent(share['value'])} ({100 * low:.1f}–{100 * high:.1f})"


def parts(measure: Document, *fields: str) -> Iterator[tuple[str, Document]]:
    """(name, figures) of the whole, of each language, and of the languages' parts: "ko", "ko · typo"."""
    if len(measure["by_language"]) > 1:
        yield "all", measure
        if measure.get("unseen"):
            yield "all · not trained on", measure["unseen"]
    for language, figures in measure["by_language"].items():
        yield language, figures
        if figures.get("unseen"):
            yield f"{language} · not trained on", figures["unseen"]
        for field in fields:
            for value, part in figures.get(f"by_{field}", {}).items():
                yield f"{language} · {value}", part


def tables(document: Document) -> list[Table]:
    """All tables of a document, or of the compared model in it, that have something to show."""
    makers = (
        ("intents", _intents), ("intents", _weakest), ("intents", _confused), ("entities", _entities), ("topics", _topics),
        ("topics", _topics_confused), ("no_action", _no_action),
    )  # fmt: skip
    made = [make(document[name]) for name, make in makers if document.get(name)]
    return [*(table for table in made if table.rows), _latency(document["latency_ms"])]


def _intents(measure: Document) -> Table:
    rows = [
        (name, str(part["accuracy"]["count"]), shown(part["accuracy"]), percent(part["macro_f1"]),
         percent(part["fallback"]["value"]), percent(part["answered_accuracy"]["value"]), percent(part["calibration_error"]))
        for name, part in parts(measure, "style")
    ]  # fmt: skip
    columns = ("intents", "lines", "accuracy (95 %)", "macro-F1", "below fallback", "right of the rest", "ECE")
    return Table("Intents", columns, rows)


def _weakest(measure: Document) -> Table:
    ordered = sorted(measure["by_intent"].items(), key=lambda one: (one[1]["f1"], one[0]))[:_WORST]
    rows = [
        (name, percent(one["precision"]), percent(one["recall"]), percent(one["f1"]), str(one["right"] + one["missed"]))
        for name, one in ordered
        if one["f1"] < 1
    ]
    return Table("Weakest intents", ("intent", "precision", "recall", "F1", "lines"), rows)


def _confused(measure: Document) -> Table:
    rows = [
        (one["labelled"], one["understood"], str(one["count"]), one["examples"][0])
        for one in measure["confusions"][:_WORST]
    ]
    return Table("Confused most often", ("labelled", "understood as", "times", "for instance"), rows, words=True)


def _entities(measure: Document) -> Table:
    named = [(name, one) for name, one in parts(measure)] + list(measure["by_entity"].items())
    rows = [
        (name, percent(one["precision"]), percent(one["recall"]), percent(one["f1"]), str(one["right"]), str(one["wrong"]),
         str(one["missed"]))
        for name, one in named
    ]  # fmt: skip
    columns = ("entities", "precision", "recall", "F1", "right", "wrong", "missed")
    return Table("Entities, as the API returns them", columns, rows)


def _topics(measure: Document) -> Table:
    rows = [
        (name, str(part["recall_at_1"]["count"]), shown(part["recall_at_1"]), percent(part["recall_at_3"]["value"]),
         percent(part["answer"]["value"]), percent(part["ask"]["value"]), percent(part["decline"]["value"]),
         percent(part["wrong_answers"]["value"]), percent(part["taken_for_question"]["value"]))
        for name, part in parts(measure, "overlap", "style")
    ]  # fmt: skip
    columns = (
        "topics", "lines", "first (95 %)", "in three", "answer", "ask", "decline", "answer, wrong", "taken for a question"
    )  # fmt: skip
    return Table("Articles", columns, rows)


def _topics_confused(measure: Document) -> Table:
    rows = [
        (one["labelled"], one["found"], str(one["count"]), one["examples"][0]) for one in measure["confusions"][:_WORST]
    ]
    return Table("Articles confused most often", ("labelled", "found", "times", "for instance"), rows, words=True)


def _no_action(measure: Document) -> Table:
    rows = [
        (name, str(part["false_actions"]["count"]), str(part["false_actions"]["hits"]), shown(part["turned_away"]),
         *(str(part["outcomes"].get(outcome, 0)) for outcome in ("declined", "asked", "chatted", "answered")))
        for name, part in parts(measure, "kind", "style")
    ]  # fmt: skip
    columns = (
        "no action", "lines", "false actions", "declined, asked, chatted", "declined", "asked", "chatted", "answered"
    )  # fmt: skip
    return Table("Nothing must follow", columns, rows)


def _latency(latency: Document) -> Table:
    rows = [
        (name, *("–" if times[at] is None else f"{times[at]:.2f} ms" for at in ("p50", "p95")))
        for name, times in latency.items()
    ]
    return Table("Time a message", ("step", "p50", "p95"), rows)


def differences(compared: Document) -> Table:
    """Where the second model differs from the first; the whole and the languages always, the rest where it is no chance."""
    rows = [
        (f"{one['measure']} · {one['part']}", str(one["count"]), percent(one["first"]), percent(one["second"]),
         f"+{one['gained']} −{one['lost']}", f"{one['p']:.3f}", "yes" if one["significant"] else "no")
        for one in compared["differences"]
        if one["significant"] or one["part"] in ("all", "ko", "en")
    ]  # fmt: skip
    columns = ("right lines", "lines", "first", "second", "second's gain", "p", "significant")
    return Table(f"Second model: {compared['model']['file']}", columns, rows)


def headline(document: Document) -> list[str]:
    """What was measured, with what, when and where."""
    model, machine, knowledge = document["model"], document["machine"], document["knowledge"]
    stale = " – NOT trained on the data and code of today" if model["current"] is False else ""
    files = ", ".join(f"{name} ({count})" for name, count in document["files"].items())
    seen = document["seen"]
    warning = [f"{seen} of these lines stand in what was trained on: look at the figures without them"] if seen else []
    return [
        f"model: {model['file']}, {model['megabytes']} MB, trained {model['trained_at']}{stale}",
        f"catalogue and articles: {knowledge['from']}; encoder: {knowledge['encoder']}",
        f"lines: {files}",
        *warning,
        f"{document['made_at']}; {machine['processor']}, {machine['cores']} cores, load {machine['load']}",
    ]


def all_tables(document: Document) -> list[Table]:
    """The document's tables, then those of the comparison."""
    compared = document.get("compared")
    return [*tables(document), *([differences(compared)] if compared else [])]


def print_tables(document: Document) -> None:
    """To stdout."""
    console = Console(width=None if Console().is_terminal else _WIDTH, highlight=False)
    for line in headline(document):
        console.print(line, markup=False)
    for table in all_tables(document):
        drawn = RichTable(title=f"\n{table.title}", title_justify="left", title_style="bold", header_style="bold")
        for number, column in enumerate(table.columns):
            right = number > 0 and (not table.words or column == "times")
            drawn.add_column(column, justify="right" if right else "left", overflow="fold")
        for row in table.rows:
            drawn.add_row(*(_literal(cell) for cell in row))
        console.print(drawn)


def _literal(text: str) -> str:
    return text.replace("[", "\\[")


def markdown(document: Document, picture: str | None = None) -> str:
    """The same as Markdown; `picture` is a file beside it."""
    blocks = ["# How well the assistant understands", "\n".join(f"- {line}" for line in headline(document))]
    if picture:
        blocks.append(f"![The figures as bars]({picture})")
    blocks += [f"## {table.title}\n\n{_markdown_table(table)}" for table in all_tables(document)]
    return "\n\n".join(blocks) + "\n"


def _markdown_table(table: Table) -> str:
    rule = ["---", *("---" if table.words else "---:" for _ in table.columns[1:])]
    rows: Sequence[Sequence[str]] = [table.columns, rule, *([_cell(text) for text in row] for row in table.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
