"""Facts of a product in words: what its attributes are called and how they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from actions.context import TurnContext
from actions.wording import local, say
from core.errors import NotFoundError
from crm_store.catalogue.models import Product, Variant

# What a question asks for, by the attribute that answers it. None: the price.
_ASKED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("price", r"얼마|가격|값이|비싸|price|how much (?:is|does|are)|cost"),
        ("volume_ml", r"용량|몇\s*(?:ml|미리|밀리)|양이|volume|how (?:big|many ml)|ml\b"),
        ("weight_g", r"무게|몇\s*(?:g|그램|그람|kg)|중량|무거|가벼|weigh|heavy|grams?|light\b"),
        ("count", r"몇\s*(?:개|장|매|봉|포|켤레|입)|개수|매수|how many"),
        ("material", r"소재|재질|재료|원단|뭘로\s*만|material|fabric|made (?:of|from)"),
        ("allergens", r"알레르기|알러지|우유|견과|글루텐|allerg|nuts?\b|gluten|dairy"),
        ("ingredients", r"성분|원료|들어\s*(?:있|가)|ingredient|contain"),
        ("vegan", r"비건|동물성|vegan|cruelty"),
        ("skin_types", r"피부(?!과)|건성|지성|민감|skin"),
        ("scent", r"향이|무슨\s*향|냄새|scent|smell|fragran"),
        ("caffeine", r"카페인|caffein|decaf"),
        ("roast", r"로스팅|배전|roast"),
        ("sizes", r"사이즈|치수|size"),
        ("colours", r"색|컬러|colou?r"),
        ("size_cm", r"크기|규격|가로|세로|치수|dimension|how (?:big|large|long|wide)"),
        ("waterproof", r"방수|물에\s*젖|waterproof|water\s*resist"),
        ("machine_washable", r"세탁|빨래|wash"),
        ("spf", r"spf|자외선|선크림|uv"),
        ("how_to_use", r"어떻게\s*(?:써|사용|쓰|발라|먹|마셔|내려)|사용법|쓰는\s*법|how (?:do|to|should)|use it"),
    )
)
_LISTS = {
    "colours": "colours", "sizes": "sizes", "skin_types": "skin_types", "allergens": "allergens",
    "material": "materials", "scent": "scents", "caffeine": "caffeine", "roast": "roasts", "for_whom": "for_whom",
}  # fmt: skip
_UNIT = re.compile(r"_(?P<unit>ml|l|g|kg|cm|mm|m|hours|days|weeks|db|c|inches|m2|gsm|psi)$")


def asked_attributes(text: str) -> list[str]:
    """Which facts a question asks for."""
    return [name for name, pattern in _ASKED if pattern.search(text)]


def _code_word(ctx: TurnContext, words: dict[str, Any], table: str, code: Any) -> str:
    names = words.get(table, {}).get(str(code), {}).get(ctx.locale) or []
    return str(names[0]) if names else str(code)


def _value(ctx: TurnContext, words: dict[str, Any], name: str, value: Any) -> str | None:
    """An attribute's value in words; None for what says nothing."""
    if name in _LISTS:
        codes = value if isinstance(value, list) else [value]
        return ", ".join(_code_word(ctx, words, _LISTS[name], code) for code in codes)
    if isinstance(value, bool):
        return say(ctx, "fact_yes" if value else "fact_no")
    unit = _UNIT.search(name)
    written = f"{value:,}" if isinstance(value, int | float) else str(value)
    if unit is None:
        return written
    key = f"unit_{unit['unit']}"
    return say(ctx, key, value=written)


def fact_lines(
    ctx: TurnContext, product: Product, words: dict[str, Any], only: list[str] | None = None
) -> Iterator[str]:
    """A product's attributes, a line each: all that have a name, or those of `only`."""
    for name, value in product.attributes.items():
        if only is not None and name not in only:
            continue
        try:
            called = say(ctx, f"attribute_{_UNIT.sub('', name)}")
        except NotFoundError:
            continue
        written = _value(ctx, words, name, value)
        if written:
            yield f"- {called}: {written}"


def variant_name(ctx: TurnContext, variant: Variant, words: dict[str, Any]) -> str:
    """A variant's colour and size in words; "" for a plain one."""
    parts = []
    if variant.colour:
        parts.append(_code_word(ctx, words, "colours", variant.colour))
    if variant.size:
        parts.append(_code_word(ctx, words, "sizes", variant.size) if not variant.size.isdigit() else variant.size)
    return " / ".join(parts)


def full_name(ctx: TurnContext, product: Product) -> str:
    """Brand and name, as on the product's page."""
    brand = local(ctx, product.brand_name) if product.brand_name else ""
    return f"{brand} {local(ctx, product.name)}".strip()
