"""The indexes that this process answers from, kept abreast of the store: published within seconds, no restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from core.settings import Settings
from crm_store.articles.queries import list_published, published_stamp
from crm_store.catalogue.queries import catalogue_stamp, list_products
from crm_store.db import reading
from crm_store.shop.queries import current_rules, rules_version
from knowledge.articles import read_articles
from knowledge.calibrate import calibrate, load_calibration
from knowledge.catalogue_terms import Gazetteer, Term
from knowledge.encoder import EMBEDDED, Encoder, load_encoder
from knowledge.faq import Calibration, Candidate, FaqIndex, Published
from knowledge.products import ProductIndex

CHECK_SECONDS = 0.5
T = TypeVar("T")


class Follower(Generic[T]):
    """A value built from the store, built again when the store's stamp is another; looked at every half second at most."""

    def __init__(
        self,
        stamp: Callable[[Session], Hashable],
        build: Callable[[Session, T | None], T],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stamp = stamp
        self._build = build
        self._clock = clock
        self._lock = threading.Lock()
        self._built: tuple[Hashable, T] | None = None
        self._checked = float("-inf")

    def current(self) -> T:
        """The value, at most half a second behind the store (while it is rebuilt, other threads get the former one)."""
        built = self._built
        if built is not None and self._clock() - self._checked < CHECK_SECONDS:
            return built[1]
        if not self._lock.acquire(blocking=built is None):
            assert built is not None
            return built[1]
        try:
            with reading() as session:
                return self._refresh(session)
        finally:
            self._lock.release()

    def _refresh(self, session: Session) -> T:
        self._checked = self._clock()
        # Read before the rows: what is published between the two is found by the next look.
        stamp = self._stamp(session)
        if self._built is None or self._built[0] != stamp:
            self._built = (stamp, self._build(session, self._built[1] if self._built else None))
        return self._built[1]


def _shelf_stamp(session: Session) -> Hashable:
    """Words for brands, kinds and attributes are among the rules: a new version of them counts as a change."""
    return catalogue_stamp(session), rules_version(session)


class LiveKnowledge:
    """What one process knows of articles and products; every question opens a short reading transaction at most.

    Shared by the process's threads.
    """

    def __init__(
        self, settings: Settings, *, encoder: Encoder | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.encoder = encoder or load_encoder(settings)
        self._faq = Follower(published_stamp, self._build_faq, clock)
        self._shelf = Follower(_shelf_stamp, self._build_shelf, clock)

    @cached_property
    def calibration(self) -> Calibration:
        """The shipped one is the embedded model's; another model's is fitted on the shipped articles, once a process."""
        return load_calibration() if self.encoder.name == EMBEDDED else calibrate(read_articles(), self.encoder)

    @property
    def answer_threshold(self) -> float:
        """The score from which on an article is answered from at once."""
        return self.calibration.answer_from

    @property
    def ask_threshold(self) -> float:
        """The score from which on a topic is worth asking back about."""
        return self.calibration.ask_from

    def warm_up(self) -> None:
        """Load the model and build both indexes, so that the first question is as quick as any."""
        self.articles().rank("", "ko")
        self.products()

    def articles(self) -> FaqIndex:
        """The index of published articles."""
        return self._faq.current()

    def products(self) -> ProductIndex:
        """The index of active products."""
        return self._shelf.current()[0]

    def rank_articles(self, text: str, locale: str, k: int = 3) -> list[Candidate]:
        """The `k` likeliest topics, best first."""
        return self.articles().rank(text, locale, k)

    def find_article(self, topic: str, locale: str) -> Published | None:
        """The published article of a topic, in `locale` where there is one, else in the other language."""
        return self.articles().find(topic, locale)

    def find_terms(self, text: str) -> list[Term]:
        """Categories, brands and products of the catalogue named in a text."""
        return self._shelf.current()[1].find(text)

    def _build_faq(self, session: Session, previous: FaqIndex | None) -> FaqIndex:
        return FaqIndex(list_published(session), self.encoder, self.calibration, previous)

    def _build_shelf(
        self, session: Session, previous: tuple[ProductIndex, Gazetteer] | None
    ) -> tuple[ProductIndex, Gazetteer]:
        rows = list_products(session)
        words = current_rules(session).get("catalogue")
        return ProductIndex(rows, self.encoder, previous[0] if previous else None), Gazetteer(rows, words)
