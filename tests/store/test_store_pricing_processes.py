"""Several processes with many threads each on one coupon, as several servers would be: its limits hold.

By hand: `pytest -m long tests/store/test_store_pricing_processes.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm_store import db
from crm_store.coupons.models import CouponTerms, IssuedCoupon, Redemption
from crm_store.coupons.redemption import redeem
from crm_store.coupons.service import issue
from crm_store.db import reading, transaction
from tests.store.builders import NOW, make_customer, make_order, make_terms, put_rules
from tests.store.races import race

PROCESSES, THREADS, LIMIT = 4, 64, 10
# So many connections of its own for each process: the server has a hundred.
_POOL = 8
_ROOT = Path(__file__).resolve().parents[2]


def _claim(job: dict[str, str]) -> None:
    """Ask for the issued coupon and use the shared code, each in a transaction of its own; only refusals count as one."""
    with transaction() as session:
        if job["what"] == "issue":
            issue(
                session, terms_id="few", customer_id=job["customer"], occasion="once", idempotency_key=job["customer"],
                actor="test", now=NOW,
            )  # fmt: skip
        else:
            redeem(
                session, code="SHARED", customer_id=job["customer"], order_id=job["order"], idempotency_key=job["order"],
                actor="test", now=NOW,
            )  # fmt: skip


def _work(url: str) -> None:
    """One of the processes: jobs come by stdin after the word to begin, outcomes leave by stdout."""
    jobs = json.loads(sys.stdin.readline())
    engine = db.configure(url, _POOL)
    with reading() as session:
        session.scalar(select(CouponTerms.id))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(race(_claim, jobs)) + "\n")
    engine.dispose()


@pytest.mark.long
@pytest.mark.postgres
@pytest.mark.parametrize(
    ("what", "refusal"), [("issue", "issue_limit_reached"), ("redeem", "redemption_limit_reached")]
)
def test_four_processes_of_sixty_four_threads_keep_to_the_limit(postgres_store: str, what: str, refusal: str) -> None:
    put_rules()
    make_terms("few", issue_limit=LIMIT)
    make_terms("shared", shared_code="SHARED", redemption_limit=LIMIT)
    jobs = [_job(what) for _ in range(PROCESSES * THREADS)]
    command = [sys.executable, "-m", "tests.store.test_store_pricing_processes", postgres_store]
    running = [
        subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    outcome = Counter[str]()
    try:
        for number, process in enumerate(running):
            _tell(process, json.dumps(jobs[number::PROCESSES]))
        for process in running:
            assert _hear(process) == "ready"
        for process in running:
            _tell(process, "begin")
        for process in running:
            outcome.update(json.loads(_hear(process)))
            assert process.wait(30) == 0
    finally:
        for process in running:
            process.kill()
            process.communicate()
    assert outcome == {"ok": LIMIT, refusal: PROCESSES * THREADS - LIMIT}
    counts = (LIMIT, 0) if what == "issue" else (0, LIMIT)
    with reading() as session:
        written = (
            session.scalar(select(func.count(IssuedCoupon.id))),
            session.scalar(select(func.count(Redemption.id))),
        )
        few, shared = session.get_one(CouponTerms, "few"), session.get_one(CouponTerms, "shared")
        assert written == (few.issued_count, shared.redeemed_count) == counts


def _job(what: str) -> dict[str, str]:
    customer_id = make_customer()
    return {"what": what, "customer": customer_id, "order": make_order(customer_id) if what == "redeem" else ""}


def _tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def _hear(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


if __name__ == "__main__":
    _work(sys.argv[1])
