"""Measures recommendation on a real shop's invoices: the last month of each customer is held out and guessed.

    python -m knowledge.recommend_eval FILE [--held-out 2011-08]

FILE is the UCI "Online Retail" CSV, packed or not. Prints one Markdown table. The shares in knowledge.products and
knowledge.neighbours were chosen with `--held-out 2011-07`, the month before.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.embedded import EmbeddedEncoder
from knowledge.facts import Facts, Filters, VariantFacts
from knowledge.products import ProductIndex
from knowledge.retail_file import Line, RetailFile, kept_purchases, read_retail
from knowledge.sales import Sale, Sales, read_sales
from knowledge.signals import Signal

K = 10
# What is bought to be sold again, as in this shop, can always be bought again.
RECENT_DAYS = 30.0
Recommender = Callable[[str, frozenset[str]], list[str]]


@dataclass(frozen=True, slots=True)
class Task:
    """What was bought before `cut` (the first moment of the month held out), and what in that month by known customers."""

    cut: datetime
    before: dict[str, list[Signal]]
    wanted: dict[str, frozenset[str]]
    ids: list[str]
    sales: Sales

    def bought(self, customer: str) -> frozenset[str]:
        """What the customer bought before."""
        return frozenset(signal.product_id for signal in self.before[customer])


def next_month(month: datetime) -> datetime:
    """The first of the month after."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def split(lines: Sequence[Line], cut: datetime) -> Task:
    """Hold out the month that begins at `cut`. Products that were never sold before cannot be guessed and are left out."""
    past = kept_purchases([line for line in lines if line.when < cut])
    future = kept_purchases([line for line in lines if cut <= line.when < next_month(cut)])
    sales = [Sale(line.customer, line.product_id, (cut - line.when).total_seconds() / 86400) for line in past]
    before: defaultdict[str, list[Signal]] = defaultdict(list)
    for sale in sales:
        before[sale.customer].append(Signal(sale.product_id, sale.days_ago))
    ids = sorted({sale.product_id for sale in sales})
    known = frozenset(ids)
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for line in future:
        if line.customer in before and line.product_id in known:
            wanted[line.customer].add(line.product_id)
    return Task(cut, dict(before), {c: frozenset(found) for c, found in wanted.items()}, ids, read_sales(sales))


def _top(scores: NDArray[np.float64], task: Task, exclude: frozenset[str]) -> list[str]:
    ranked = (task.ids[row] for row in np.argsort(-scores, kind="stable"))
    return list(islice((product_id for product_id in ranked if product_id not in exclude), K))


def _bought(task: Task) -> NDArray[np.float64]:
    """Customers x products, 1 where bought."""
    matrix = np.asarray(task.sales.bought.toarray(), np.float64)
    return matrix[:, [task.sales.rows[product_id] for product_id in task.ids]]


def popular(task: Task, days: float = float("inf")) -> Recommender:
    """What most customers bought within the last `days`."""
    buyers: defaultdict[str, set[str]] = defaultdict(set)
    for customer, signals in task.before.items():
        for signal in signals:
            if signal.days_ago <= days:
                buyers[signal.product_id].add(customer)
    scores = np.array([len(buyers[product_id]) for product_id in task.ids], np.float64)
    return lambda _, exclude: _top(scores, task, exclude)


def bought_before(task: Task) -> Recommender:
    """What the customer bought most often, then what sold lately."""
    lately = popular(task, RECENT_DAYS)

    def recommend(customer: str, exclude: frozenset[str]) -> list[str]:
        times: defaultdict[str, int] = defaultdict(int)
        for signal in task.before[customer]:
            times[signal.product_id] += signal.product_id not in exclude
        trend = {product_id: -task.sales.popularity[product_id] for product_id in times}
        own = sorted((one for one in times if times[one]), key=lambda one: (-times[one], trend[one]))[:K]
        return [*own, *lately(customer, exclude | set(own))][:K]

    return recommend


def item_knn(task: Task, neighbours: int) -> Recommender:
    """Sum of the cosines (of customers) with what was bought, over each product's nearest neighbours and itself."""
    bought = _bought(task)
    length = np.sqrt(bought.sum(axis=0))
    cosine = (bought.T @ bought) / np.outer(length, length)
    if neighbours < len(cosine):
        least = -np.partition(-cosine, neighbours, axis=1)[:, neighbours]
        cosine[cosine < least[:, None]] = 0
    row_of = {product_id: row for row, product_id in enumerate(task.ids)}

    def recommend(customer: str, exclude: frozenset[str]) -> list[str]:
        rows = [row_of[product_id] for product_id in sorted(task.bought(customer))]
        return _top(cosine[rows].sum(axis=0), task, exclude)

    return recommend


def ours(task: Task, index: ProductIndex, *, varied: bool) -> Recommender:
    """The index as the shop uses it, `varied` or by relevance alone; everything counts as consumed and may come again."""

    def recommend(customer: str, exclude: frozenset[str]) -> list[str]:
        filters = Filters(exclude=exclude)
        items = index.recommend(task.before[customer], "", filters, K, locale="en", again=K, varied=varied)
        return [item.product_id for item in items]

    return recommend


def build_index(task: Task, names: Mapping[str, str]) -> ProductIndex:
    """The shop's products as the index knows an imported shop's: a name and nothing else."""
    facts = [
        Facts(
            product_id,
            "",
            "",
            None,
            1,
            1,
            ("", names[product_id]),
            ("", ""),
            consumable=True,
            variants=(VariantFacts(product_id, None, None, 1),),
        )
        for product_id in task.ids
    ]
    return ProductIndex(facts, EmbeddedEncoder(), sales=task.sales)


def measure(task: Task, recommend: Recommender, *, new_only: bool) -> list[float]:
    """Hit rate, NDCG, recall at 10 and the share of all products that is ever shown, each from 0 to 1; 0 without customers."""
    discount = 1 / np.log2(np.arange(2, K + 2))
    found: list[tuple[float, float, float]] = []
    shown: set[str] = set()
    for customer, wanted in sorted(task.wanted.items()):
        exclude = task.bought(customer) if new_only else frozenset()
        goal = wanted - exclude
        if not goal:
            continue
        items = recommend(customer, exclude)
        shown.update(items)
        hits = np.array([item in goal for item in items] + [False] * (K - len(items)))
        best = discount[: min(K, len(goal))].sum()
        found.append((float(hits.any()), float((hits * discount).sum() / best), float(hits.sum() / len(goal))))
    if not found:
        return [0.0] * 4
    return [*np.mean(found, axis=0).tolist(), len(shown) / len(task.ids)]


def best_neighbours(lines: Sequence[Line], month: datetime, choices: Iterable[int]) -> int:
    """The number of neighbours with which item-kNN does best (NDCG over both variants) on a month."""
    task = split(lines, month)

    def score(neighbours: int) -> float:
        knn = item_knn(task, neighbours)
        return sum(measure(task, knn, new_only=new_only)[1] for new_only in (False, True))

    return max(choices, key=score)


def compare(retail: RetailFile, cut: datetime) -> Iterable[tuple[str, list[float]]]:
    """Name and figures (all products, then new ones only) of every way to recommend."""
    task = split(retail.lines, cut)
    month_before = (cut - timedelta(days=1)).replace(day=1)
    neighbours = best_neighbours(retail.lines, month_before, (20, 50, 100, 200, 1000))
    index = build_index(task, retail.descriptions)
    ways: list[tuple[str, Recommender]] = [
        ("popularity", popular(task)),
        (f"popularity of {RECENT_DAYS:.0f} days", popular(task, RECENT_DAYS)),
        ("bought before, then popularity", bought_before(task)),
        (f"item-kNN, cosine, {neighbours} neighbours", item_knn(task, neighbours)),
        ("**Dangol**, by relevance", ours(task, index, varied=False)),
        ("**Dangol**, varied (as shown)", ours(task, index, varied=True)),
    ]
    for name, way in ways:
        yield name, [*measure(task, way, new_only=False), *measure(task, way, new_only=True)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m knowledge.recommend_eval", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--held-out", default="2011-08", help="the month to guess, YYYY-MM")
    options = parser.parse_args(arguments)
    cut = datetime.strptime(options.held_out, "%Y-%m")  # noqa: DTZ007 - the file's times have no zone either
    retail = read_retail(options.file)
    task = split(retail.lines, cut)
    new = sum(bool(wanted - task.bought(customer)) for customer, wanted in task.wanted.items())
    write = sys.stdout.write
    write(f"{len(retail.lines)} lines of goods; left out: {dict(retail.left_out)}\n")
    write(f"before {cut:%Y-%m}: {len(task.before)} customers, {len(task.ids)} products; asked for ")
    write(f"{len(task.wanted)} customers, {new} of them with something new; Python {platform.python_version()}\n\n")
    write("| | hit@10 | NDCG@10 | recall@10 | coverage | new: hit@10 | NDCG@10 | recall@10 | coverage |\n")
    write("|---|" + "---|" * 8 + "\n")
    for name, figures in compare(retail, cut):
        write(f"| {name} | " + " | ".join(f"{100 * figure:.1f}" for figure in figures) + " |\n")


if __name__ == "__main__":
    main()
