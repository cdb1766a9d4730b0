"""`dangol eval`. What it needs is imported inside, as in `dangol.cli`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from dangol.progress import elapsed
from dangol.shop_commands import Home


def eval_(
    files: Annotated[list[Path], typer.Argument(help="Labelled messages, JSON lines; docs/evaluation.md.")],
    model: Annotated[Path | None, typer.Option(help="A trained Rasa model; else the newest of models/.")] = None,
    compare: Annotated[Path | None, typer.Option(help="A second model, measured beside the first.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print everything as one JSON document.")] = False,
    out: Annotated[Path | None, typer.Option(help="A folder for the report, a picture and what went wrong.")] = None,
    fail_under: Annotated[list[str] | None, typer.Option(help="accuracy=0.9, entity_f1.ko=0.92: else exit 1.")] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="The demonstration catalogue, whatever the store holds.")
    ] = False,
    home: Home = None,
) -> None:
    """Measure how well labelled messages are understood: intents, entities, articles, what must not happen, time."""
    from dangol.cli import one_line_errors, settings_of

    with one_line_errors():
        from dangol.evaluation.limits import failures, read_limits
        from dangol.evaluation.run import evaluate
        from dangol.evaluation.tables import print_tables
        from dangol.evaluation.understanding import existing_model, newest_model
        from dangol.evaluation.writing import write

        limits = read_limits(fail_under or [])
        first = existing_model(model) if model else newest_model()
        second = existing_model(compare) if compare else None
        document = evaluate(settings_of(home), files, first, second, demonstration=demo, tell=_tell)
        if out is not None:
            write(document, out)
        if json_:
            print(json.dumps(document, ensure_ascii=False))
        else:
            print_tables(document)
        if failed := failures(document, limits):
            print("\n".join(f"dangol: {line}" for line in failed), file=sys.stderr)
            raise typer.Exit(1)


def _tell(message: str) -> None:
    """Progress goes to stderr: stdout is the result's."""
    print(f"[{elapsed():5.0f} s] {message}", file=sys.stderr, flush=True)
