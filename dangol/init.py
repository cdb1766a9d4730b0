"""`dangol init`: a shop of one's own instead of the demonstration: its rules, drafts of articles, the first admin."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import utc_now
from core.settings import Settings
from crm_store import db
from crm_store.articles import service as articles
from crm_store.catalogue.models import Product
from crm_store.customers.models import Customer
from crm_store.migrate import upgrade
from crm_store.shop.models import RuleSet
from crm_store.shop.service import adopt_rules
from crm_store.staff.models import StaffMember
from crm_store.staff.service import add_staff
from dangol.demo import reservations
from dangol.progress import CommandError
from dangol.shop_rules import Shop, check_shop, first_rules
from knowledge.articles import read_articles

ACTOR = "init"
WhatArticles = Literal["draft", "publish", "none"]


@dataclass(frozen=True)
class Admin:
    """The first member of staff. Without a password one is made up."""

    email: str
    name: str
    password: str | None = None


def init(settings: Settings, shop: Shop, admin: Admin, articles_as: WhatArticles = "draft") -> str:
    """Set an empty store up for this shop; the admin's password.

    One transaction: a crash leaves an empty store. CommandError for a store that holds a shop already, or what is not a
    currency, language or time zone; RuleViolationError for a bad e-mail or too short a password.
    """
    check_shop(shop)
    upgrade(settings.store_url)
    db.configure(settings.store_url)
    password = admin.password or secrets.token_urlsafe(12)
    now = utc_now()
    with db.transaction() as session:
        if held := holds(session):
            raise CommandError(
                f"the store holds {held} already; init is for an empty one (DANGOL_HOME, DANGOL_DATABASE_URL)"
            )
        adopt_rules(session, rules=first_rules(shop), actor=ACTOR, now=now)
        add_staff(
            session, email=admin.email, name=admin.name, role="admin", password=password, actor=ACTOR, now=now,
            locale=shop.language,
        )  # fmt: skip
        for article in read_articles() if articles_as != "none" else []:
            articles.save_draft(
                session, topic=article.topic, locale=article.locale, title=article.title, body=article.body,
                phrasings=article.phrasings, actor=ACTOR, now=now,
            )  # fmt: skip
            if articles_as == "publish":
                articles.publish(session, topic=article.topic, locale=article.locale, actor=ACTOR, now=now)
    return password


def is_own_shop(settings: Settings) -> bool:
    """Whether the store, of the newest schema, holds a shop that is not the demonstration."""
    db.configure(settings.store_url)
    with db.reading() as session:
        return holds(session) is not None and not reservations.is_demonstration(session)


def holds(session: Session) -> str | None:
    """What of a shop the store has already; None for an empty one."""
    for column, name in (
        (RuleSet.version, "rules"), (Product.id, "products"), (Customer.id, "customers"), (StaffMember.id, "staff")
    ):  # fmt: skip
        if session.scalar(select(column).limit(1)) is not None:
            return name
    return None
