"""The event log: a reader that goes on after the greatest id it saw never misses an event."""

from __future__ import annotations

from threading import Event

import pytest

from crm_store.db import reading, transaction
from crm_store.events import service
from crm_store.events.models import EventLogEntry
from crm_store.events.queries import latest_id, list_after
from tests.store.builders import NOW
from tests.store.races import race

WRITERS, EACH = 24, 8


def read(after: int = 0, conversation_id: str | None = None) -> list[tuple[int, str]]:
    with reading() as session:
        return [(event.id, event.kind) for event in list_after(session, after, conversation_id=conversation_id)]


def write(kind: str, conversation_id: str | None = None) -> None:
    with transaction() as session:
        service.append(session, kind, NOW, conversation_id=conversation_id)


@pytest.mark.usefixtures("store")
def test_events_are_read_in_order_and_by_conversation() -> None:
    for kind, conversation_id in (("a", "1"), ("b", "2"), ("c", "1")):
        write(kind, conversation_id)
    everything = read()
    assert [kind for _, kind in everything] == ["a", "b", "c"]
    assert [kind for _, kind in read(conversation_id="1")] == ["a", "c"]
    assert read(after=everything[0][0]) == everything[1:]
    with reading() as session:
        assert latest_id(session) == everything[-1][0]


@pytest.mark.usefixtures("store")
def test_what_is_rolled_back_was_no_event() -> None:
    def fail() -> None:
        with transaction() as session:
            service.append(session, "lost", NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    write("kept")
    assert [kind for _, kind in read()] == ["kept"]


@pytest.mark.usefixtures("store")
def test_listeners_are_nudged_after_a_commit_with_events(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    monkeypatch.setattr(service, "_listeners", [lambda: seen.append(1)])
    write("a")
    with transaction():
        pass
    assert seen == [1]


@pytest.mark.usefixtures("store")
def test_a_purged_log_never_numbers_an_event_again() -> None:
    write("a")
    [(first, _)] = read()
    with transaction() as session:
        assert service.purge(session, NOW.replace(year=2027)) == 1
    write("b")
    assert read(after=first) == [(first + 1, "b")]


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_store")
def test_an_event_of_a_slower_transaction_comes_after_what_was_read_already() -> None:
    with transaction() as slow:
        service.append(slow, "slow", NOW)
        slow.flush()
        write("quick")
        seen = read()
        assert [kind for _, kind in seen] == ["quick"]
    assert [kind for _, kind in read(after=seen[-1][0])] == ["slow"]


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_store")
def test_control_an_event_written_at_once_is_missed() -> None:
    """What would happen without waiting for the commit: the sequence numbers in the order of writing."""
    with transaction() as slow:
        slow.add(EventLogEntry(kind="slow", data={}, created_at=NOW))
        slow.flush()
        write("quick")
        seen = read()
        assert [kind for _, kind in seen] == ["quick"]
    assert read(after=seen[-1][0]) == []


@pytest.mark.postgres
@pytest.mark.usefixtures("postgres_store")
def test_a_reader_following_many_writers_sees_all_in_order() -> None:
    done = Event()
    seen: list[tuple[int, str]] = []

    def work(number: int) -> None:
        if number < WRITERS:
            for each in range(EACH):
                write(f"{number}.{each}")
            return
        while not done.is_set():
            finished = len(seen) >= WRITERS * EACH
            seen.extend(read(after=seen[-1][0] if seen else 0))
            if finished:
                done.set()

    assert race(work, range(WRITERS + 1)) == {"ok": WRITERS + 1}
    assert seen == read()
    assert len(seen) == WRITERS * EACH
