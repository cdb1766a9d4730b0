"""Stock: never below zero, a product's is the sum over its variants, and a race sells no piece twice."""

from __future__ import annotations

from threading import Barrier

import pytest
from sqlalchemy import select, update

from core.errors import NotFoundError, RuleViolationError
from crm_store.catalogue import inventory
from crm_store.catalogue.models import Variant
from crm_store.db import transaction
from tests.store.builders import NOW
from tests.store.goods import make_goods, stock_of
from tests.store.races import WAIT, race

RACERS = 32
LEFT = 3


def take(variant_id: str = "shirt.S", quantity: int = 1) -> None:
    with transaction() as session:
        inventory.take(session, variant_id=variant_id, quantity=quantity, now=NOW)


@pytest.mark.usefixtures("store")
def test_the_product_keeps_the_sum_of_its_variants() -> None:
    make_goods(S=3, M=5)
    take(quantity=2)
    assert stock_of("shirt.S") == (1, 6)
    with transaction() as session:
        inventory.put_back(session, variant_id="shirt.M", quantity=4, now=NOW)
        inventory.set_stock(session, variant_id="shirt.S", stock=7, now=NOW)
    assert (stock_of("shirt.S"), stock_of("shirt.M")) == ((7, 16), (9, 16))


@pytest.mark.usefixtures("store")
def test_more_than_there_is_is_refused_and_nothing_changes() -> None:
    make_goods(S=3, M=5)
    with transaction() as session:
        with pytest.raises(RuleViolationError) as refusal:
            inventory.take(session, variant_id="shirt.S", quantity=4, now=NOW)
        with pytest.raises(RuleViolationError, match="quantity_invalid"):
            inventory.take(session, variant_id="shirt.S", quantity=0, now=NOW)
        with pytest.raises(NotFoundError, match="variant_not_found"):
            inventory.take(session, variant_id="nothing", quantity=1, now=NOW)
    assert (refusal.value.code, refusal.value.context) == ("out_of_stock", {"variant_id": "shirt.S", "available": 3})
    assert stock_of("shirt.S") == (3, 8)


@pytest.mark.usefixtures("store")
def test_the_last_pieces_are_sold_once() -> None:
    make_goods(S=LEFT, M=5)
    assert race(lambda _: take(), range(RACERS)) == {"ok": LEFT, "out_of_stock": RACERS - LEFT}
    assert stock_of("shirt.S") == (0, 5)


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_store")
def test_control_without_the_guard_they_are_sold_to_all() -> None:
    make_goods(S=LEFT, M=5)
    everybody_read = Barrier(RACERS)
    sold = []

    def take_unguarded(number: int) -> None:
        with transaction() as session:
            left = session.scalar(select(Variant.stock).where(Variant.id == "shirt.S")) or 0
            everybody_read.wait(WAIT)
            if left >= 1:
                session.execute(update(Variant).where(Variant.id == "shirt.S").values(stock=left - 1))
                sold.append(number)

    race(take_unguarded, range(RACERS))
    assert len(sold) == RACERS
    assert stock_of("shirt.S")[0] == LEFT - 1


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_store")
def test_variants_moved_both_ways_at_once_never_wait_in_a_circle() -> None:
    make_goods("shirt", S=500, M=500)
    make_goods("shoes", S=500)

    def move(number: int) -> None:
        with transaction() as session:
            pieces = {"shoes.S": 1, "shirt.M": 1, "shirt.S": 1}
            for variant in inventory.by_product(session, pieces):
                inventory.take(session, variant_id=variant.id, quantity=1, now=NOW)
        with transaction() as session:
            inventory.put_back_all(session, pieces, NOW)

    assert race(move, range(RACERS)) == {"ok": RACERS}
    assert (stock_of("shirt.M"), stock_of("shoes.S")) == ((500, 1000), (500, 500))
