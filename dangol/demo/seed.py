"""Fills an empty store with the demonstration shop: rules, catalogue with pictures, people and their past, articles, staff."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import utc_now
from core.settings import Settings
from crm_store import db
from crm_store.articles import service as articles
from crm_store.catalogue.models import Product, Variant
from crm_store.customers.models import Customer
from crm_store.shop.models import RuleSet
from crm_store.shop.service import adopt_rules
from dangol.demo import catalogue, friends, pictures, reservations
from dangol.demo.history import moment
from dangol.demo.interests import take_interest
from dangol.demo.lives import Life
from dangol.demo.logins import add_standing_staff, keep_standing_staff
from dangol.demo.opinions import tell_the_shop
from dangol.demo.people import Person, compose, refs
from dangol.demo.permissions import agree
from dangol.demo.purses import ACTOR
from dangol.demo.rows import Row, Rows
from dangol.demo.world import Member, World, begin
from knowledge.articles import read_articles

_RULES = Path(__file__).parent / "rules.yml"


def seed_if_empty(settings: Settings) -> bool:
    """Seed the store unless it has rules or products already; True when it did. Missing pictures are drawn either way.

    One transaction: a crash in the middle leaves an empty store. The store must have the newest schema.
    """
    db.configure(settings.store_url)
    draw_pictures(settings.var / "media" / "products")
    with db.transaction() as session:
        if session.scalar(select(RuleSet.version).limit(1)) or session.scalar(select(Product.id).limit(1)):
            return False
        logins = seed(session, utc_now())
    keep_standing_staff(settings, logins)
    return True


def draw_pictures(folder: Path) -> None:
    """Draw every product's picture that is not in the folder yet."""
    folder.mkdir(parents=True, exist_ok=True)
    loaded = catalogue.load()
    for product in loaded.products:
        path = folder / f"{product.id}.svg"
        if path.exists():
            continue
        brand = loaded.brands[product.brand].en
        picture = pictures.draw(
            seed=product.id, shape=product.picture.shape, palette=product.picture.palette, brand=brand,
            title=f"{brand} {product.name.en}",
        )  # fmt: skip
        path.write_text(picture, encoding="utf-8")


def seed(session: Session, now: datetime) -> dict[str, tuple[str, str]]:
    """Write the whole shop as of `now`; the standing staff's logins by role."""
    rules = read_rules()
    adopt_rules(session, rules=rules, actor=ACTOR, now=now)
    make_up(rules, now).write(session)
    _publish_articles(session, now)
    reservations.create(session)
    return add_standing_staff(session, now)


def read_rules() -> dict[str, Any]:
    """The shop's rules, with the words for departments, brands and attribute codes under `catalogue`."""
    rules: dict[str, Any] = yaml.safe_load(_RULES.read_text(encoding="utf-8"))
    loaded = catalogue.load()
    words = {
        "categories": {
            code: {"name": category.name.model_dump(), "synonyms": category.synonyms.model_dump(mode="json")}
            for code, category in loaded.categories.items()
        },
        "brands": {code: brand.model_dump(mode="json") for code, brand in loaded.brands.items()},
        "attributes": {
            name: {code: words.model_dump(mode="json") for code, words in table.items()}
            for name, table in loaded.attributes.items()
        },
    }
    return {**rules, "catalogue": words}


def make_up(rules: dict[str, Any], now: datetime) -> Rows:
    """Everything that was sold and everybody's past as of `now`, ready to be written; the same for the same moment."""
    world = begin(rules, now)
    for product in catalogue.load().products:
        _add_product(world.rows, product, now)
    people = [compose(ref, world.today) for ref in refs()]
    # Whoever joined later lives first: what a friend does is known when their inviter's past is told.
    people.sort(key=lambda person: (person.joined_on, person.ref), reverse=True)
    members = [Member(person, _add_customer(world, person)) for person in people]
    referrals = friends.introduce(world, members)
    for member in members:
        agree(world, member.person, member.row)
        life = Life(world, member)
        life.referral = referrals.get(member.person.ref)
        life.tell()
        take_interest(world, member.person, member.row)
        tell_the_shop(world, member.person, member.row)
    world.number()
    return world.rows


def _add_product(rows: Rows, product: catalogue.Product, now: datetime) -> None:
    loaded = catalogue.load()
    brand = loaded.brands[product.brand]
    rows.add(
        Product, id=product.id, category=product.category, kind=product.kind,
        kind_names=loaded.categories[product.category].kinds[product.kind].model_dump(mode="json"),
        brand=product.brand, brand_name={"ko": brand.ko, "en": brand.en}, name=product.name.model_dump(),
        description=product.description.model_dump(), tags=product.tags.model_dump(mode="json"),
        attributes=product.attributes, price=product.price, currency="KRW", stock=product.stock,
        consumable=product.consumable, image_url=f"/media/products/{product.id}.svg", url=f"/?product={product.id}",
        active=True, updated_at=now,
    )  # fmt: skip
    facts = catalogue.variants(product) or (catalogue.VariantFacts(product.id, None, None, product.stock),)
    for position, fact in enumerate(facts):
        rows.add(
            Variant, id=fact.id, product_id=product.id, position=position, colour=fact.colour, size=fact.size,
            stock=fact.stock, active=True, updated_at=now,
        )  # fmt: skip


def _add_customer(world: World, person: Person) -> Row:
    hour, minute = divmod(random.Random(f"joins {person.ref}").randint(7 * 60, 21 * 60), 60)
    joined_at = moment(person.joined_on, hour, minute)
    return world.rows.add(
        Customer, id=world.rows.new_id(joined_at), external_ref=person.ref, name=person.name, email=person.email,
        phone=person.phone, birthday=person.birthday, language=person.language, gender=person.gender,
        skin_type=person.skin_type, sizes=person.sizes, address=person.address, referral_code=None, tier="",
        tier_next=None, tier_until=None, joined_at=joined_at, created_at=joined_at,
    )  # fmt: skip


def _publish_articles(session: Session, now: datetime) -> None:
    for article in read_articles():
        articles.save_draft(
            session, topic=article.topic, locale=article.locale, title=article.title, body=article.body,
            phrasings=article.phrasings, actor=ACTOR, now=now,
        )  # fmt: skip
        articles.publish(session, topic=article.topic, locale=article.locale, actor=ACTOR, now=now)
