"""`dangol model`: what the assistant understands with. What a command needs is imported inside, as in `cli`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dangol.shop_commands import Home

app = typer.Typer(help="The models: train them again, look at them, use another embedding model.", no_args_is_help=True)


class Stage(StrEnum):
    """One part of training, in the order they build on each other."""

    vectors = "vectors"
    calibration = "calibration"
    sentiment = "sentiment"
    bot = "bot"


@app.command()
def train(
    only: Annotated[list[Stage] | None, typer.Option(help="Only this stage; may be given several times.")] = None,
    corpus: Annotated[
        list[Path] | None, typer.Option(help="Rated texts for sentiment beside the project's own (data/sentiment).")
    ] = None,
    home: Home = None,
) -> None:
    """Make every model again from its sources, offline; the same sources give the same models."""
    from dangol.cli import one_line_errors, settings_of

    with one_line_errors():
        from dangol.model_training import train_models

        train_models(settings_of(home), [stage.value for stage in only or []], corpus or [])


@app.command()
def info(home: Home = None) -> None:
    """Say which models are in use, how large they are, under which licence, and whether the Rasa model is current."""
    from dangol.cli import one_line_errors, settings_of

    with one_line_errors():
        from dangol.model_info import describe

        print("\n".join(f"{name:<20}{value}" for name, value in describe(settings_of(home))))


@app.command()
def use(
    model: Annotated[str, typer.Argument(help="A sentence-transformers folder or hub name; or `embedded`.")],
    home: Home = None,
) -> None:
    """Answer and search with another embedding model: check it, calibrate it, compare it with the shipped one, set it."""
    from dangol.cli import one_line_errors, settings_of

    with one_line_errors():
        from dangol.model_choice import use_model

        use_model(settings_of(home), model)
