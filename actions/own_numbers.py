"""Numbers of the customer's own orders in a message, whatever a shop's numbers look like: the bot knows its own form alone."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlalchemy.orm import Session

from actions.context import ActionCall, Entity
from crm_store.customers.models import Customer
from crm_store.orders.queries import known_numbers

# A short number is one only where an order is spoken of: 1000 may be a price.
_WORD = re.compile(
    r"(?P<named>(?:주문\s?(?:번호)?|order(?:\s?(?:number|no\.?|id))?|no\.)\s?(?:은|는|이|가|is|:)?\s?#?\s?|#)?"
    r"(?<![A-Za-z0-9])(?P<number>(?=[A-Za-z_/-]*\d)[A-Za-z0-9](?:[A-Za-z0-9_/-]{0,38}[A-Za-z0-9])?)(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_SHORTEST_ALONE = 5
_MOST = 10


def with_own_numbers(session: Session, call: ActionCall, customer: Customer | None) -> ActionCall:
    """The call, and its parts, with the numbers of the customer's own orders as entities, in place of the bot's guesses."""
    if customer is None or call.pressed:
        return call
    found = [match for match in _WORD.finditer(call.text) if match["named"] or len(match["number"]) >= _SHORTEST_ALONE]
    known = (
        known_numbers(session, customer.id, {match["number"].upper() for match in found[:_MOST]}) if found else set()
    )
    if not known:
        return call
    parts = tuple(replace(part, entities=_put(part.text, part.entities, known)) for part in call.parts)
    return replace(call, entities=_put(call.text, call.entities, known), parts=parts)


def _put(text: str, entities: tuple[Entity, ...], known: set[str]) -> tuple[Entity, ...]:
    own = [
        Entity("order_number", match["number"], match["number"].upper(), *match.span("number"))
        for match in _WORD.finditer(text)
        if match["number"].upper() in known
    ]
    if not own:
        return entities
    others = [entity for entity in entities if entity.entity != "order_number" or entity.value in known]
    fresh = [entity for entity in own if entity.value not in {other.value for other in others}]
    return tuple(sorted([*others, *fresh], key=lambda entity: entity.start or 0))
