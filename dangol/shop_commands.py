"""Commands for a shop of one's own: init, import, backup, restore. What they need is imported inside, as in `cli`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from dangol.importing.run import Summary

Home = Annotated[
    Path | None, typer.Option(help="The folder that holds .env and var/ (else DANGOL_HOME, else the checkout).")
]


class Kind(StrEnum):
    """What a file holds."""

    products = "products"
    customers = "customers"
    orders = "orders"
    shipments = "shipments"
    points = "points"
    consents = "consents"
    articles = "articles"


class ArticlesAs(StrEnum):
    """What becomes of the articles that come with Dangol."""

    draft = "draft"
    publish = "publish"
    none = "none"


_DATA = "\nNext, as docs/tutorial.md tells:\n  dangol rules show > rules.yml, change it, dangol rules adopt rules.yml\n"
_DATA += "  dangol import products FILE, then customers, orders, shipments, points, articles\n"
_NEXT = {
    ArticlesAs.draft: _DATA
    + "  dangol article publish-drafts (or one by one in the console): drafts answer nobody\n  dangol run",
    ArticlesAs.publish: _DATA + "  dangol run",
    ArticlesAs.none: _DATA + "  dangol run",
}


def register(app: typer.Typer) -> None:
    """Add these commands to the `dangol` command."""
    app.command("init")(init)
    app.command("import")(import_)
    app.command("backup")(backup)
    app.command("restore")(restore)


def init(
    name_ko: Annotated[str, typer.Option(help="The shop's name in Korean.")] = "",
    name_en: Annotated[str, typer.Option(help="The shop's name in English.")] = "",
    currency: Annotated[str | None, typer.Option(help="ISO 4217: KRW, GBP, USD ...")] = None,
    language: Annotated[str | None, typer.Option(help="The shop's first language: ko or en.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Asia/Seoul, Europe/London ...")] = None,
    email: Annotated[str | None, typer.Option(help="Where customers write to.")] = None,
    phone: Annotated[str | None, typer.Option(help="Where customers call.")] = None,
    checkout_url: Annotated[str, typer.Option(help="The shop's own page that a filled cart leads to.")] = "/checkout",
    shipping_fee: Annotated[str | None, typer.Option(help="What delivery costs: 3.50.")] = None,
    free_from: Annotated[str | None, typer.Option(help="From which sum on delivery is free.")] = None,
    return_fee: Annotated[str | None, typer.Option(help="What sending back costs, one way.")] = None,
    admin_email: Annotated[str | None, typer.Option(help="The first admin's login.")] = None,
    admin_name: Annotated[str | None, typer.Option(help="The first admin's name, which customers may read.")] = None,
    ask_password: Annotated[bool, typer.Option(help="Ask for the admin's password instead of making one up.")] = False,
    articles: Annotated[ArticlesAs, typer.Option(help="The 150 articles that come along.")] = ArticlesAs.draft,
    home: Home = None,
) -> None:
    """Set up an empty store for a shop of one's own, without the demonstration. Asks for what is not given."""
    from dangol.cli import one_line_errors, settings_of

    with one_line_errors():
        from dangol.init import Admin
        from dangol.init import init as set_up
        from dangol.shop_rules import Shop, amount

        if not (name_ko or name_en):
            name_ko = _ask("The shop's name in Korean (may be empty)", "")
            name_en = _ask("The shop's name in English (may be empty)", "")
        language = language or _ask("Its first language, ko or en", "ko" if name_ko else "en")
        currency = (currency or _ask("Its currency", "KRW" if language == "ko" else "USD")).upper()
        zones = {"KRW": "Asia/Seoul", "GBP": "Europe/London", "JPY": "Asia/Tokyo", "EUR": "Europe/Berlin"}
        timezone = timezone or _ask("Its time zone", zones.get(currency, "Asia/Seoul" if language == "ko" else "UTC"))
        email = _ask("E-mail that customers write to", "") if email is None else email
        phone = _ask("Telephone that customers call", "") if phone is None else phone
        sums = [amount(text, currency) for text in (shipping_fee, free_from, return_fee)]
        shop = Shop(name_ko, name_en, currency, language, timezone, email, phone, checkout_url, *sums)
        admin_email = admin_email or _ask("The first admin's e-mail", email)
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if ask_password else None
        admin = Admin(admin_email, admin_name or admin_email.partition("@")[0], password)
        made = set_up(settings_of(home), shop, admin, articles.value)
        print(f"{name_en or name_ko} is set up.\n\n  admin  {admin_email}" + ("" if password else f"  {made}"))
        print(_NEXT[articles])


def _ask(question: str, default: str) -> str:
    """The answer of whoever sits there; the default where nobody does."""
    return str(typer.prompt(question, default=default, err=True)) if sys.stdin.isatty() else default


def import_(
    kind: Annotated[Kind, typer.Argument(help="What the file holds.")],
    file: Annotated[Path, typer.Argument(help="CSV, JSON lines (.jsonl), Markdown for articles; also .gz.")],
    map_: Annotated[
        Path | None, typer.Option("--map", help="A mapping file for foreign headings; docs/import.md.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print what became of the rows as JSON.")] = False,
    encoding: Annotated[str | None, typer.Option(help="Else UTF-8, CP949 or Latin-1, as fits.")] = None,
    language: Annotated[str | None, typer.Option(help="Of texts without one: ko or en; else the shop's.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go; else FILE.rejected.csv.")] = None,
    home: Home = None,
) -> None:
    """Import the shop's own data. Rows that cannot be taken in are kept with their reason; the same file twice is once."""
    from dangol.cli import one_line_errors, settings_of

    with one_line_errors():
        from crm_store import db
        from crm_store.migrate import upgrade
        from dangol.importing.all_kinds import importer
        from dangol.importing.run import import_file

        settings = settings_of(home)
        upgrade(settings.store_url)
        db.configure(settings.store_url)
        summary = import_file(
            kind.value, importer(kind.value, settings), file, map_path=map_, encoding=encoding, rejects=rejects,
            language=language,
        )  # fmt: skip
        print(json.dumps(summary.document(), ensure_ascii=False) if json_ else _told(summary))


def _told(summary: Summary) -> str:
    document: dict[str, Any] = summary.document()
    lines = [f"{summary.file}: {summary.rows:,} rows in {summary.seconds:.1f} s"]
    for name in ("added", "updated", "unchanged", "merged", "skipped", "rejected"):
        lines.append(f"  {name:<10}{document[name]:>10,}")
    for reasons in ("skipped_reasons", "rejected_codes"):
        lines += [f"  {count:>20,}  {reason}" for reason, count in document[reasons].items()]
    if summary.rejects_file:
        lines.append(f"  rejected rows with their reasons: {summary.rejects_file}")
    if summary.unused:
        lines.append(f"  headings that nothing was read from: {', '.join(summary.unused)}")
    return "\n".join(lines)


def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write, a .tar.gz.")],
    with_secrets: Annotated[bool, typer.Option(help="Also keep .env, with its secrets, in the archive.")] = False,
    home: Home = None,
) -> None:
    """Write the whole store and the pictures into one archive, also while Dangol runs."""
    from dangol.cli import one_line_errors, settings_of

    with one_line_errors():
        from dangol.backup import back_up

        print(back_up(settings_of(home), file, with_secrets=with_secrets))


def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `dangol backup` wrote.")],
    force: Annotated[bool, typer.Option(help="Replace what the store holds.")] = False,
    with_secrets: Annotated[bool, typer.Option(help="Also put back .env.")] = False,
    home: Home = None,
) -> None:
    """Put a backup back into an empty store; Dangol must not be running."""
    from dangol.cli import one_line_errors, settings_of

    with one_line_errors():
        from dangol.backup import restore as put_back

        print(put_back(settings_of(home), file, force=force, with_secrets=with_secrets))
