"""What "the second one", "the cheaper one", "그거" or a half-said name means: products and orders shown or owned."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from actions.context import TurnContext
from crm_store.catalogue.models import Product
from crm_store.catalogue.queries import products_by_id
from crm_store.orders.models import Order

_KO_ORDINALS = ("첫", "두", "세", "네", "다섯", "여섯")
_EN_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_ORDINAL = re.compile(
    r"(?P<ko>첫|두|세|네|다섯|여섯)\s*번째|(?<!\d)(?P<number>[1-6])\s*(?:번째|번(?!\d)|st\b|nd\b|rd\b|th\b)"
    r"|\b(?P<en>first|second|third|fourth|fifth|sixth)\b|\b(?:number|no\.?|#)\s*(?P<hash>[1-6])\b",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"마지막(?!\s*(?:으로|에)?\s*(?:주문|산|시킨|구매))|맨\s*(?:끝|뒤|아래)|\blast\s+one\b|\bbottom\s+one\b",
    re.IGNORECASE,
)
CHEAPER = re.compile(
    r"(?:더|젤|제일|가장)?\s*(?:싼|저렴한)|\bcheap(?:er|est)?\b|\bless\s+expensive\b|\blowest\b", re.IGNORECASE
)
DEARER = re.compile(
    r"(?:더|젤|제일|가장)?\s*(?:비싼)|\b(?:more|most)\s+expensive\b|\bpric(?:ier|iest)\b", re.IGNORECASE
)
# One of those shown, rather than others than those.
MOST = re.compile(
    r"제일|가장|젤|(?:싼|저렴한|비싼)\s*걸로|\b(?:cheapest|lowest|most|priciest)\b"
    r"|\bthe\s+(?:cheaper|pricier|less\s+expensive|more\s+expensive)\s+(?:one|of)\b",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"둘\s*다|셋\s*다|넷\s*다|모두|전부|다\s*(?:담|넣|주|사)|\b(?:both|all)\b(?!\s+(?:right|good))|\beverything\b",
    re.IGNORECASE,
)
_POINTS_AT = re.compile(
    r"그\s*거|이\s*거|저\s*거|그것|이것|그걸|이걸|그게|이게|이건|그건|그\s*(?:상품|제품)|이\s*(?:상품|제품)|방금|위에|아까"
    r"|\b(?:it|that|this|them|these|those)\b",
    re.IGNORECASE,
)
_ORDER_POINTS = re.compile(r"그\s*주문|이\s*주문|that\s+order|this\s+order|방금\s*(?:주문|산|시킨)", re.IGNORECASE)
_NEWEST = re.compile(
    r"(?:가장\s*)?최근|마지막\s*(?:으로|에)?\s*(?:주문|산|시킨|구매)|방금|제일\s*최근"
    r"|\b(?:last(?!\s+(?:night|week|month|year|few|delivery|parcel))|latest|most\s+recent|newest)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Meant:
    """Ids that the words point at. With more than one and not `every`, which one is meant has to be asked."""

    ids: tuple[str, ...] = ()
    every: bool = False

    @property
    def one(self) -> str | None:
        """The only id there is."""
        return self.ids[0] if len(self.ids) == 1 else None


def _ordinal(text: str) -> int | None:
    match = _ORDINAL.search(text)
    if match is None:
        return None
    if match["ko"]:
        return _KO_ORDINALS.index(match["ko"])
    if match["en"]:
        return _EN_ORDINALS.index(match["en"].lower())
    return int(match["number"] or match["hash"]) - 1


def _among(text: str, shown: Sequence[str], price: Callable[[str], int]) -> Meant | None:
    """What of a shown list the words pick out; None when they pick nothing."""
    if not shown:
        return None
    if _ALL.search(text):
        return Meant(tuple(shown), every=True)
    at = _ordinal(text)
    if at is not None:
        return Meant((shown[at],)) if at < len(shown) else Meant(tuple(shown))
    if _LAST.search(text):
        return Meant((shown[-1],))
    if len(shown) > 1 and CHEAPER.search(text):
        return Meant((min(shown, key=price),))
    if len(shown) > 1 and DEARER.search(text):
        return Meant((max(shown, key=price),))
    return None


def _named(session: Session, ctx: TurnContext) -> Meant:
    """Products named by the message: their own names, or the kind of something that was shown."""
    ids: list[str] = []
    kinds: set[str] = set()
    several: list[str] = []
    for entity in ctx.call.entities:
        if entity.entity == "id" and entity.value:
            ids.append(str(entity.value))
        elif entity.entity in ("product", "category") and entity.value:
            kinds.add(str(entity.value))
        elif entity.entity == "product":
            several.extend(entity.ids)
    known = products_by_id(session, [*ids, *kinds])
    ids = [name for name in [*ids, *sorted(kinds)] if name in known]
    if ids:
        return Meant(tuple(dict.fromkeys(ids)), every=len(ids) > 1)
    if several:
        shown_before = [one for one in several if one in ctx.memory.products]
        return Meant(tuple(dict.fromkeys(shown_before or several)))
    shown = products_by_id(session, ctx.memory.products)
    fitting = tuple(
        one for one in ctx.memory.products if one in shown and kinds & {shown[one].kind, shown[one].category}
    )
    return Meant(fitting)


def points_at_shown(text: str) -> bool:
    """Whether the words pick out one of several things shown: by its place, as the cheapest, as "it"."""
    return names_a_place(text) or _POINTS_AT.search(text) is not None


def names_a_place(text: str) -> bool:
    """Whether the words say which of a list: the second one, 마지막."""
    return _ordinal(text) is not None or _LAST.search(text) is not None


def products_meant(session: Session, ctx: TurnContext) -> Meant:
    """The products a message is about: named, picked out of what was shown, or the one last spoken of. () when none."""
    named = _named(session, ctx)
    if named.one or named.every:
        return named
    shown = list(named.ids or ctx.memory.products)
    prices = products_by_id(session, shown)
    picked = _among(ctx.call.text, [one for one in shown if one in prices], lambda one: prices[one].price)
    if picked is not None:
        return picked
    if named.ids:
        return named
    if _has_other_noun(ctx):
        return Meant()
    if ctx.memory.product is not None:
        return Meant((ctx.memory.product,))
    if _POINTS_AT.search(ctx.call.text) or not ctx.call.text:
        return Meant(tuple(ctx.memory.products))
    return Meant()


def _has_other_noun(ctx: TurnContext) -> bool:
    """Whether the message names a kind of thing, and so is not about what was spoken of before."""
    return any(entity.entity in ("product", "category") and entity.value for entity in ctx.call.entities)


def find_products(session: Session, meant: Meant) -> list[Product]:
    """The products meant that are still sold, in their order."""
    known = products_by_id(session, meant.ids)
    return [known[one] for one in meant.ids if one in known and known[one].active]


def orders_meant(session: Session, ctx: TurnContext, orders: Sequence[Order]) -> Meant:
    """Which of a customer's `orders` (newest first, lines loaded) a message is about; () when it does not say."""
    number = ctx.value("order_number")
    if number is not None:
        return Meant(tuple(order.id for order in orders if order.number == str(number).upper()))
    text, ids = ctx.call.text, [order.id for order in orders]
    if _ORDER_POINTS.search(text) and ctx.memory.order in ids:
        return Meant((str(ctx.memory.order),))
    shown = [one for one in ctx.memory.orders if one in ids]
    totals = {order.id: order.total for order in orders}
    picked = _among(text, shown, lambda one: totals[one])
    if picked is not None:
        return picked
    by_goods = _by_goods(session, ctx, orders)
    if by_goods:
        return Meant(by_goods)
    if _NEWEST.search(text) and orders:
        return Meant((orders[0].id,))
    if ctx.memory.order in ids and _POINTS_AT.search(text):
        return Meant((str(ctx.memory.order),))
    return Meant()


def _by_goods(session: Session, ctx: TurnContext, orders: Sequence[Order]) -> tuple[str, ...]:
    """Orders that hold what the message names, by product or kind."""
    wanted = {str(value) for value in ctx.values("product")}
    if not wanted:
        return ()
    goods = products_by_id(session, {line.product_id for order in orders for line in order.lines})

    def fits(product_id: str) -> bool:
        product = goods.get(product_id)
        return product is not None and bool(wanted & {product.id, product.kind, product.category})

    return tuple(order.id for order in orders if any(fits(line.product_id) for line in order.lines))
