"""A long run of the ledger's state machine, by hand: `python -m tests.store.ledger_soak --operations 100000`.

Random operations on two customers at a time, checked against the model after each; new customers every 250 operations, so
that histories get long but the checks stay quick.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from crm_store.db import configure
from crm_store.migrate import upgrade
from tests.store.builders import put_rules
from tests.store.test_store_ledger_machine import LedgerMachine

OPERATIONS_A_PAIR, OPERATIONS_A_STORE = 250, 5_000
WEIGHTS = {"earn": 6, "spend": 8, "reverse_spending": 4, "reverse_earning": 2, "take_back": 3, "wait": 2, "expire": 2}
_SHARES = (10, 25, 40, 60, 100, 105)


def step(machine: LedgerMachine, name: str, chance: random.Random) -> None:
    """One operation with random arguments."""
    who, amount, choice = chance.randrange(2), chance.randint(1, 300), chance.randint(0, 1000)
    arguments: dict[str, dict[str, object]] = {
        "earn": {"who": who, "amount": amount, "days": chance.randint(1, 6)},
        "spend": {"who": who, "shares": [chance.choice(_SHARES)]},
        "take_back": {"choice": choice, "amount": amount},
        "wait": {"hours": chance.choice([5, 24, 50])},
        "expire": {},
    }
    getattr(machine, name)(**arguments.get(name, {"choice": choice}))


def check(machine: LedgerMachine, done: int) -> None:
    """All that must hold after every operation; every lot and entry against its allocations after every fifth."""
    machine.lots_are_as_modelled()
    machine.balance_lots_and_entries_agree()
    if done % 5 == 0:
        machine.allocations_explain_every_lot_and_entry()


def soak(operations: int, seed: int) -> Counter[str]:
    """Run so many operations; how many of each there were. AssertionError when something does not hold."""
    chance, done = random.Random(seed), Counter[str]()
    while done.total() < operations:
        machine = LedgerMachine()
        machine.begin(lots=[(who, chance.randint(1, 300), chance.randint(1, 6)) for who in (0, 1, 0, 1)])
        for _ in range(min(OPERATIONS_A_PAIR, operations - done.total())):
            [name] = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
            step(machine, name, chance)
            done[name] += 1
            check(machine, done.total())
        machine.allocations_explain_every_lot_and_entry()
    return done


def soak_stores(operations: int, seed: int) -> Counter[str]:
    """The same on one fresh SQLite store after another, so that the last operations are as quick as the first."""
    done = Counter[str]()
    with tempfile.TemporaryDirectory(prefix="dangol-soak-") as folder:
        for number, begin in enumerate(range(0, operations, OPERATIONS_A_STORE)):
            url = f"sqlite:///{Path(folder) / f'{number}.db'}"
            upgrade(url)
            engine = configure(url)
            put_rules()
            done += soak(min(OPERATIONS_A_STORE, operations - begin), seed * 1000 + number)
            engine.dispose()
    return done


def main() -> None:
    """Run it and tell what was done."""
    parser = argparse.ArgumentParser(description="a long run of the points ledger against its model")
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    shares = [given.operations // given.processes] * given.processes
    shares[0] += given.operations - sum(shares)
    begun = time.monotonic()
    with ProcessPoolExecutor(given.processes, get_context("spawn")) as pool:
        results = pool.map(soak_stores, shares, range(given.seed, given.seed + given.processes))
        done = sum(results, Counter[str]())
    took = time.monotonic() - begun
    counts = ", ".join(f"{name} {number:,}" for name, number in sorted(done.items()))
    sys.stdout.write(f"{done.total():,} operations held in {took:,.0f} s (seed {given.seed}): {counts}\n")


if __name__ == "__main__":
    main()
