"""The shop's rules as a text for people: YAML with comments on what each is, and read back from such a file."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from babel.numbers import get_currency_precision

from core.money import Money
from dangol.progress import CommandError
from dangol.shop_rules import MONEY

DEMONSTRATION = Path(__file__).parent / "demo" / "rules.yml"
_KEY = re.compile(r"^( *)([A-Za-z0-9_]+):(.*?)(?:\s+# (.*))?$")
_TIME = re.compile(r"\d\d:\d\d")
_TIER_FROM = re.compile(r"tiers\.\w+\.from")
_HEAD = """\
# The rules in force, version {version}. Change what you like, then: dangol rules adopt FILE
# Amounts are whole numbers in the smallest unit of {currency}: {example} is written {written}. Hours are "HH:MM" in shop.timezone,
# and {{ko: ..., en: ...}} is one text in both languages. Articles quote a rule as {{{{ shipping.fee | money }}}}.
# Rules that only your own articles quote go under a part called `own`, with names as you like.
"""


def is_amount(path: str) -> bool:
    """Whether the rule at this path is a sum of money, in minor units."""
    return path in MONEY or _TIER_FROM.fullmatch(path) is not None


def write(rules: Mapping[str, Any], version: int) -> str:
    """All rules as YAML, in the order and with the comments of the demonstration's; sums also as customers read them."""
    above, beside = _comments(DEMONSTRATION.read_text(encoding="utf-8"))
    currency = str(rules["shop"]["currency"])
    example = Money(12_000 if get_currency_precision(currency) == 0 else 1_250, currency)
    written = example.amount
    head = _HEAD.format(version=version, currency=currency, example=example.format("en"), written=written)
    return head + "".join(f"{line}\n" for line in _lines(rules, "", above, beside, currency))


def _comments(text: str) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The comment lines above a key, and the comment beside it, by the key's path; a file's first comment is nobody's."""
    above: dict[str, list[str]] = {}
    beside: dict[str, str] = {}
    parents: list[str] = []
    waiting: list[str] = []
    for line in text.splitlines():
        found = _KEY.match(line)
        if found is None:
            waiting = [*waiting, line.strip()] if line.strip().startswith("#") else []
            continue
        parents = [*parents[: len(found[1]) // 2], found[2]]
        path = ".".join(parents)
        above[path], waiting = waiting, []
        if found[4]:
            beside[path] = found[4]
    return above, beside


def _lines(
    rules: Mapping[str, Any], parent: str, above: Mapping[str, list[str]], beside: Mapping[str, str], currency: str
) -> Iterator[str]:
    indent = "  " * (parent.count(".") + 1 if parent else 0)
    for key in _in_order(rules, parent, above):
        path = f"{parent}.{key}" if parent else key
        value = rules[key]
        if not parent:
            yield ""
        yield from (f"{indent}{comment}" for comment in above.get(path, ()))
        if isinstance(value, Mapping) and value and not _on_one_line(path, value):
            yield f"{indent}{_flow(key)}:"
            yield from _lines(value, path, above, beside, currency)
            continue
        amount = is_amount(path) and isinstance(value, int) and get_currency_precision(currency) > 0
        notes = [Money(value, currency).format("en")] if amount else []
        notes += [beside[path]] if path in beside else []
        yield f"{indent}{_flow(key)}: {_flow(value)}" + (f" # {'; '.join(notes)}" if notes else "")


def _in_order(rules: Mapping[str, Any], parent: str, known: Mapping[str, Any]) -> list[str]:
    """Keys as the demonstration has them, others after them; tiers by the sum they begin at (JSONB keeps no order)."""
    if parent == "tiers":
        return sorted(rules, key=lambda tier: int(rules[tier]["from"]))
    places = {path: place for place, path in enumerate(known)}
    return sorted(rules, key=lambda key: places.get(f"{parent}.{key}" if parent else key, len(places)))


def _on_one_line(path: str, value: Mapping[str, Any]) -> bool:
    return re.fullmatch(r"tiers\.\w+", path) is not None or value.keys() <= {"ko", "en"}


def _flow(value: Any) -> str:
    """A value on one line. Hours in quotes: other readers of YAML take 18:00 for a number."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        return f'"{value}"'
    text: str = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False)
    return text.strip()[1:-1]


class _Loader(yaml.SafeLoader):
    """YAML in which 18:00 is a text and 010 no eight, and a key given twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """A mapping, none of whose keys is there twice."""
        seen: set[Any] = set()
        for name, _ in node.value:
            key = self.construct_object(name, deep=True)
            if key in seen:
                raise yaml.YAMLError(f"line {name.start_mark.line + 1}: {key} is there twice")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if tag.rpartition(":")[2] not in ("int", "timestamp")]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))


def read(path: Path) -> dict[str, Any]:
    """The rules of a file. CommandError naming the file, and the line where YAML knows it, for one that is no mapping."""
    try:
        rules = yaml.load(path.read_text(encoding="utf-8-sig"), Loader=_Loader)
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise CommandError(f"{path}: {' '.join(str(error).split())}") from error
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
    if not isinstance(rules, dict):
        raise CommandError(f"{path}: no rules; `dangol rules show` prints those in force, to begin with")
    return rules
