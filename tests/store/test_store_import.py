"""Products, customers, consents, points and shipments from files, on both databases: counted, once, and with their reasons."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from crm_store.catalogue.models import Product, Variant
from crm_store.consents.models import Consent, ConsentEvent
from crm_store.customers.models import Customer
from crm_store.customers.queries import find_by_external_ref
from crm_store.db import reading, transaction
from crm_store.imports.models import ImportRun
from crm_store.loyalty.models import TierChange
from crm_store.orders.models import Order
from crm_store.orders.queries import latest_shipment, list_orders
from crm_store.points.models import Lot, PointsAccount
from crm_store.shop.queries import current_rules, rules_version
from tests.store.builders import NOW, put_rules
from tests.store.import_files import counts, rejected, take_in

GOODS = """id,name_ko,name_en,category,category_en,kind,brand,price,stock,colour,size,attribute.skin_type,tags
shirt,티셔츠,Shirt,옷,Clothes,티,,19000,3,white,M,,
shirt,,,,,,,,5,white,L,,
cream,크림,Cream,화장품,,크림,단골,"12,000",7,,,dry|oily,보습;겨울
"""


@pytest.fixture(autouse=True)
def rules(store: str) -> None:
    put_rules(shop__language="ko")


def test_products_come_in_with_variants_once(tmp_path: Path) -> None:
    assert counts(take_in(tmp_path, "products", GOODS)) == {"added": 3}
    with reading() as session:
        shirt, cream = session.get_one(Product, "shirt"), session.get_one(Product, "cream")
        variants = session.scalars(select(Variant).order_by(Variant.id)).all()
        words = current_rules(session)["catalogue"]["categories"]
        before = rules_version(session)
    assert (shirt.name, shirt.category, shirt.stock) == ({"ko": "티셔츠", "en": "Shirt"}, "옷", 8)
    assert (cream.price, cream.kind_names, cream.brand) == (12000, {"ko": ["크림"]}, "단골")
    assert (cream.attributes, cream.tags) == ({"skin_type": ["dry", "oily"]}, {"ko": ["보습", "겨울"]})
    assert [variant.id for variant in variants] == ["cream", "shirt.white-l", "shirt.white-m"]
    assert words["옷"]["name"] == {"ko": "옷", "en": "Clothes"}
    assert counts(take_in(tmp_path, "products", GOODS)) == {"unchanged": 3}
    with reading() as session:
        assert rules_version(session) == before
        assert session.get_one(Product, "shirt").updated_at == shirt.updated_at


def test_a_changed_product_keeps_what_the_file_does_not_say(tmp_path: Path) -> None:
    take_in(tmp_path, "products", GOODS)
    assert counts(take_in(tmp_path, "products", "id,price,stock\ncream,9900,0\n")) == {"updated": 1}
    assert counts(take_in(tmp_path, "products", "id,colour,stock\ncream,blue,4\n")) == {"added": 1}
    with reading() as session:
        cream = session.get_one(Product, "cream")
        assert (cream.price, cream.stock, cream.name) == (9900, 4, {"ko": "크림", "en": "Cream"})
        assert not session.get_one(Variant, "cream").active


def test_bad_products_are_kept_with_their_reason(tmp_path: Path) -> None:
    text = (
        "id,name,price,stock,variant,colour\n,x,1,1,,\na,,5,1,,\nb,B,,1,,\nc,C,-1,1,,\nd,D,1.5,1,,\ne,E,1,-2,,\n"
        "f,F,1,1,f-1,\ng,G,1,1,,\nh,H,1,1,g,red\n"
    )
    summary = take_in(tmp_path, "products", text)
    assert counts(summary) == {"added": 1, "rejected": 8}
    codes = {row["id"]: row["import_code"] for row in rejected(tmp_path, "products")}
    assert codes == {
        "": "id_missing", "a": "name_missing", "b": "price_missing", "c": "amount_negative", "d": "amount_precision",
        "e": "stock_negative", "f": "variant_plain", "h": "variant_elsewhere",
    }  # fmt: skip


def test_many_rows_of_a_product_give_its_most_frequent_name(tmp_path: Path) -> None:
    text = "id,name,price\na,LAMP,200\na,lamp!,100\na,LAMP,100\n"
    mapping = "several: {name: most_frequent, price: most_frequent}\nconstants: {stock: 9}"
    assert counts(take_in(tmp_path, "products", text, mapping)) == {"added": 1, "merged": 2}
    with reading() as session:
        lamp = session.get_one(Product, "a")
    assert (lamp.name, lamp.price, lamp.stock) == ({"ko": "LAMP"}, 100, 9)


PEOPLE = """ref,name,email,phone,birthday,tier,joined_at,postcode,line1,size.shoes
c-1,김하나,HANA@shop.example,010-1234-5678,1990. 3. 2.,family,2024-05-01,04524,서울 중구,255
c-2,Ann,,,,,,,,
c-2,Ann Lee,ann@shop.example,,,,,,,
"""


def test_customers_come_in_once_with_their_tier(tmp_path: Path) -> None:
    assert counts(take_in(tmp_path, "customers", PEOPLE)) == {"added": 2, "merged": 1}
    assert counts(take_in(tmp_path, "customers", PEOPLE)) == {"unchanged": 2, "merged": 1}
    with reading() as session:
        hana, ann = find_by_external_ref(session, "c-1"), find_by_external_ref(session, "c-2")
        [change] = session.scalars(select(TierChange))
    assert hana is not None
    assert ann is not None
    assert (hana.email, hana.phone, hana.birthday) == ("hana@shop.example", "01012345678", date(1990, 3, 2))
    assert (hana.address, hana.sizes) == ({"postcode": "04524", "line1": "서울 중구"}, {"shoes": "255"})
    assert (ann.name, ann.email, ann.tier) == ("Ann Lee", "ann@shop.example", "sprout")
    assert (change.kind, change.to_tier, change.customer_id) == ("joined", "family", hana.id)


def test_bad_customers_are_kept_and_erased_ones_left_alone(tmp_path: Path) -> None:
    take_in(tmp_path, "customers", "ref,name\nc-1,Ann\n")
    with transaction() as session:
        gone = find_by_external_ref(session, "c-1")
        assert gone is not None
        gone.erased_at, gone.name = NOW, None
    text = (
        "ref,name,email,tier,birthday\nc-1,Ann,,,\nc-2,,nobody,,\nc-3,,,gold,\nc-4,,,,1990-13-01\ndangol:walk-in,,,,\n"
    )
    assert counts(take_in(tmp_path, "customers", text)) == {"rejected": 5}
    assert {row["import_code"] for row in rejected(tmp_path, "customers")} == {
        "customer_erased", "email_invalid", "tier_unknown", "date_invalid", "ref_reserved"
    }  # fmt: skip
    with reading() as session:
        assert session.scalars(select(Customer.name)).all() == [None]


def test_points_are_lots_under_keys(tmp_path: Path) -> None:
    take_in(tmp_path, "customers", "ref\nc-1\n")
    text = "customer,amount,expires_on,key\nc-1,500,2099-01-31,\nc-1,500,2099-01-31,\nc-1,70,,k1\nc-9,1,,\n"
    text += "c-1,5,2020-01-01,\nc-1,0,,\n"
    assert counts(take_in(tmp_path, "points", text)) == {"added": 3, "rejected": 3}
    assert counts(take_in(tmp_path, "points", text)) == {"unchanged": 3, "rejected": 3}
    assert {row["import_code"] for row in rejected(tmp_path, "points")} == {
        "customer_unknown", "expiry_passed", "amount_invalid"
    }  # fmt: skip
    assert counts(take_in(tmp_path, "points", "customer,amount,key\nc-1,71,k1\n")) == {"rejected": 1}
    with reading() as session:
        assert session.scalars(select(PointsAccount.balance)).all() == [1070]
        assert max(session.scalars(select(Lot.expires_at))) == datetime(2099, 1, 31, 14, 59, 59, tzinfo=UTC)


def test_the_latest_consent_stands_and_all_are_evidence(tmp_path: Path) -> None:
    take_in(tmp_path, "customers", "ref\nc-1\n")
    text = (
        "customer,purpose,channel,given,at\nc-1,marketing,email,no,2025-03-01\nc-1,marketing,email,예,2024-01-01\n"
        "c-1,terms,,Y,2024-01-01\nc-1,marketing,,Y,2024-01-01\nc-1,terms,,maybe,2024-01-01\nc-1,terms,,Y,2999-01-01\n"
    )
    assert counts(take_in(tmp_path, "consents", text)) == {"added": 3, "rejected": 3}
    assert counts(take_in(tmp_path, "consents", text)) == {"unchanged": 3, "rejected": 3}
    with reading() as session:
        standing = {row.purpose: (row.given, row.reconfirm_by) for row in session.scalars(select(Consent))}
        sources = session.scalars(select(ConsentEvent.source)).all()
    assert standing == {"marketing": (False, None), "terms": (True, None)}
    assert sources == ["import"] * 3


def test_shipments_move_their_order_on(tmp_path: Path) -> None:
    take_in(tmp_path, "products", "id,name,price\na,A,100\n")
    take_in(tmp_path, "customers", "ref\nc-1\n")
    take_in(
        tmp_path, "orders",
        "number,customer,placed_at,product,unit_price,state\nn1,c-1,2026-01-02,a,100,paid\nn2,c-1,2026-01-03,a,100,cancelled\n",
    )  # fmt: skip
    text = "number,courier,tracking_number,shipped_at,expected_on\nN1,한빛,123,2026-01-03,2026-01-05\nn2,,,,\nn9,,,,\n"
    assert counts(take_in(tmp_path, "shipments", text)) == {"added": 1, "rejected": 2}
    assert counts(take_in(tmp_path, "shipments", text)) == {"unchanged": 1, "rejected": 2}
    later = "number,tracking_number,delivered_at\nn1,123,2026-01-05\n"
    assert counts(take_in(tmp_path, "shipments", later)) == {"updated": 1}
    with reading() as session:
        customer_id = session.scalars(select(Order.customer_id)).first() or ""
        order = next(row for row in list_orders(session, customer_id) if row.number == "N1")
        parcel = latest_shipment(order)
    assert parcel is not None
    assert (order.state, parcel.state, parcel.expected_on, parcel.courier) == (
        "delivered",
        "delivered",
        date(2026, 1, 5),
        "한빛",
    )


def test_every_import_is_recorded(tmp_path: Path) -> None:
    take_in(tmp_path, "customers", "ref\nc-1\n\n")
    with reading() as session:
        [run] = session.scalars(select(ImportRun))
    assert (run.kind, run.file_name, run.counts["added"]) == ("customers", "customers.csv", 1)
    assert run.finished_at is not None
