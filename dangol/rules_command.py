"""`dangol rules`: read the shop's rules, and put changed ones in force. What a command needs is imported inside, as in `cli`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dangol.shop_commands import Home

app = typer.Typer(help="The shop's rules: fees, periods, points, coupons, tiers, hours.", no_args_is_help=True)


@app.command()
def show(home: Home = None) -> None:
    """Print the rules in force as YAML, each with what it means; a file of them is what `adopt` takes."""
    from dangol.cli import one_line_errors, settings_of

    with one_line_errors():
        from crm_store import db
        from crm_store.shop.queries import current_rules, rules_version
        from dangol.rules_text import write

        db.configure(settings_of(home).store_url)
        with db.reading() as session:
            print(write(current_rules(session), rules_version(session)), end="")


@app.command()
def adopt(
    file: Annotated[Path, typer.Argument(help="All rules, as `dangol rules show` prints them, changed.")],
    check: Annotated[bool, typer.Option("--check", help="Only say what is wrong, or would change.")] = False,
    home: Home = None,
) -> None:
    """Put the rules of a file in force, at once and without a restart; refused where anything does not fit."""
    from dangol.cli import one_line_errors, settings_of

    with one_line_errors():
        from crm_store import db
        from dangol.rules_adopting import adopt_file

        db.configure(settings_of(home).store_url)
        print("\n".join(adopt_file(file, check_only=check)))
