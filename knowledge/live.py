"""The indexes that this process answers from, kept abreast of the store: published within seconds, no restart."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

from core.clock import utc_now
from core.settings import Settings
from crm_store.articles.queries import list_published, published_stamp
from crm_store.db import reading
from knowledge.articles import read_articles
from knowledge.calibrate import calibrate, load_calibration, read_questions, read_strangers
from knowledge.calibration_kept import find_calibration
from knowledge.catalogue_terms import Gazetteer, Term
from knowledge.encoder import EMBEDDED, Encoder, load_encoder
from knowledge.faq import Calibration, Candidate, FaqIndex, Published
from knowledge.products import ProductIndex
from knowledge.shop_rows import list_facts, list_sales, sales_stamp, shelf_stamp, stock_stamp

CHECK_SECONDS = 0.5
# What sells and what goes together changes slowly, and reading all orders takes a moment.
SALES_SECONDS = 600.0
# Every order changes the stock; how many are left is read from the store when it is asked, never from the index.
STOCK_SECONDS = 5.0
T = TypeVar("T")
# The products, their names, and the rules' words that went into both.
_Shelf = tuple[ProductIndex, Gazetteer, dict[str, Any]]


class Follower(Generic[T]):
    """A value built from the store, built again when the store's stamp is another; looked at every `seconds` at most."""

    def __init__(
        self,
        stamp: Callable[[Session], Hashable],
        build: Callable[[Session, T | None], T],
        clock: Callable[[], float] = time.monotonic,
        seconds: float = CHECK_SECONDS,
    ) -> None:
        self._seconds = seconds
        self._stamp = stamp
        self._build = build
        self._clock = clock
        self._lock = threading.Lock()
        self._built: tuple[Hashable, T] | None = None
        self._checked = float("-inf")

    def current(self) -> T:
        """The value, at most `seconds` behind the store (while it is rebuilt, other threads get the former one)."""
        built = self._built
        if built is not None and self._clock() - self._checked < self._seconds:
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


class LiveKnowledge:
    """What one process knows of articles and products; every question opens a short reading transaction at most.

    Shared by the process's threads.
    """

    def __init__(
        self, settings: Settings, *, encoder: Encoder | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.encoder = encoder or load_encoder(settings)
        self._settings = settings
        self._faq = Follower(published_stamp, self._build_faq, clock)
        self._sales = Follower(sales_stamp, lambda session, _: list_sales(session, utc_now()), clock, SALES_SECONDS)
        self._stock = Follower(stock_stamp, lambda session, _: stock_stamp(session), clock, STOCK_SECONDS)
        self._shelf = Follower(self._shelf_stamp, self._build_shelf, clock)

    @cached_property
    def calibration(self) -> Calibration:
        """The shipped one is the embedded model's; another's is the one kept, else fitted on the shipped articles."""
        if self.encoder.name == EMBEDDED:
            return load_calibration()
        return find_calibration(self._settings, self.encoder.name) or calibrate(
            read_articles(), self.encoder, read_questions(), read_strangers()
        )

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

    def _shelf_stamp(self, session: Session) -> Hashable:
        return shelf_stamp(session), self._stock.current(), self._sales.current()

    def _build_shelf(self, session: Session, previous: _Shelf | None) -> _Shelf:
        facts, rows, words = list_facts(session)
        index = ProductIndex(facts, self.encoder, previous[0] if previous else None, self._sales.current())
        if previous is not None and index.same_texts(previous[0]) and words == previous[2]:
            return index, *previous[1:]
        said = (text for article in list_published(session) for text in (article.body, *article.phrasings))
        return index, Gazetteer(rows, words, said), words
