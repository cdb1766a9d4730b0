"""The `dangol` command. What a subcommand needs is imported inside it, so that `dangol --help` is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dangol import model_command, rules_command, shop_commands
from dangol.evaluation.command import eval_
from dangol.progress import CommandError, elapsed

if TYPE_CHECKING:
    from core.settings import Settings

app = typer.Typer(
    help="Dangol: a bilingual dialogue bot on a CRM of its own.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
demo = typer.Typer(help="Logins of the demonstration shop.", no_args_is_help=True)
article = typer.Typer(help="Articles of the knowledge base.", no_args_is_help=True)
app.add_typer(demo, name="demo")
app.add_typer(article, name="article")
app.add_typer(rules_command.app, name="rules")
app.add_typer(model_command.app, name="model")
shop_commands.register(app)
app.command("eval")(eval_)

Home = shop_commands.Home


class Birthday(StrEnum):
    """Which demonstration customer: one whose birthday is near, or one whose is far."""

    near = "near"
    far = "far"


class Role(StrEnum):
    """A role of the demonstration shop's staff."""

    support = "support"
    marketer = "marketer"
    admin = "admin"


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Errors made on purpose, wrong settings and an unreachable database end the command with one line on stderr."""
    from pydantic import ValidationError
    from sqlalchemy.exc import DBAPIError

    from core.errors import DangolError

    try:
        yield
    except (CommandError, DangolError) as error:
        _fail(str(error))
    except ValidationError as error:
        first = error.errors()[0]
        name = "__".join(str(part) for part in first["loc"]).upper()
        _fail(f"setting DANGOL_{name}: {first['msg']}")
    except DBAPIError as error:
        _fail(f"the store does not answer: {str(error.orig).splitlines()[0]}")
    except OSError as error:
        _fail(str(error))


def _fail(message: str) -> None:
    print(f"dangol: {message}", file=sys.stderr)
    raise typer.Exit(1)


def settings_of(home: Path | None = None) -> Settings:
    """The settings of a home folder, which becomes this process's."""
    from core.settings import load_settings

    if home is not None:
        os.environ["DANGOL_HOME"] = str(home.resolve())
    return load_settings()


@app.command()
def run(home: Home = None) -> None:
    """Start everything and keep it running until Ctrl-C."""
    with one_line_errors():
        from dangol.supervise import run as run_all

        settings = settings_of(home)
        run_all(settings, lambda: _announce(settings))


def _announce(settings: Settings) -> None:
    from dangol.demo.logins import standing_staff
    from dangol.init import is_own_shop

    address = f"http://127.0.0.1:{settings.port}"
    print(f"\nDangol is ready, after {elapsed():.0f} s.\n\n  customers  {address}/\n  staff      {address}/console\n")
    if not is_own_shop(settings):
        for role, login in standing_staff(settings).items():
            print(f"  {role:<10} {login}")
    print("\nCtrl-C stops everything; the data stays.", flush=True)


@app.command()
def stop(home: Home = None) -> None:
    """Stop the Dangol that runs from this folder."""
    with one_line_errors():
        from dangol.supervise import stop as stop_all

        print("stopped" if stop_all(settings_of(home)) else "nothing was running")


@app.command()
def train() -> None:
    """Train the Rasa model, if what it is made from changed."""
    with one_line_errors():
        from dangol.processes import log_path
        from dangol.training import train_if_changed

        if train_if_changed(log_path(settings_of(), "train")):
            print("trained")


@app.command()
def migrate(home: Home = None) -> None:
    """Bring the store to the schema of this release."""
    with one_line_errors():
        from crm_store.migrate import upgrade

        upgrade(settings_of(home).store_url)


@demo.command()
def identity(
    customer: Annotated[str | None, typer.Argument(help="The customer's reference; else one is chosen.")] = None,
    birthday: Annotated[Birthday, typer.Option(help="Choose one whose birthday is near, or far.")] = Birthday.near,
) -> None:
    """Print a signed identity for the chat API; without a reference, of another customer at each call."""
    with one_line_errors():
        settings_of()
        from dangol.demo.logins import reserve_identity

        print(reserve_identity(customer, birthday.value))


@demo.command()
def staff(role: Annotated[Role, typer.Argument(help="What the staff member may do.")] = Role.support) -> None:
    """Reserve a demonstration staff member; print e-mail and password, one a line."""
    with one_line_errors():
        settings_of()
        from dangol.demo.logins import reserve_staff

        print(*reserve_staff(role.value), sep="\n")


@article.command()
def publish(
    topic: Annotated[str, typer.Argument(help="The article's topic, return-fee for instance.")],
    locale: Annotated[str, typer.Argument(help="ko or en.")],
    file: Annotated[Path, typer.Argument(help="The article: Markdown with a title and phrasings on top.")],
) -> None:
    """Publish an article from a file; it is answered from within seconds."""
    with one_line_errors():
        settings_of()
        from dangol.articles import publish_file

        print(publish_file(topic, locale, file))


@article.command()
def publish_drafts(home: Home = None) -> None:
    """Publish every article that waits as a draft, those that come with Dangol and imported ones alike."""
    with one_line_errors():
        settings_of(home)
        from dangol.articles import publish_drafts as publish_all

        print(*publish_all(), sep="\n")


def main() -> None:
    """Run the command that the arguments name."""
    app()
