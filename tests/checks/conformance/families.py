"""Families of scopes of the real code, explored beside each other: what each has come to.

Decides: in which order graphs are given to the processes, what a family's numbers are. Must not know: what is asked of
a graph (``check``), how a result is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from math import inf

from checkedpool_model.checker.explore import Verdict
from checkedpool_model.checker.parallel import by_group, counting
from tests.checks.conformance.check import Checked, check
from tests.checks.conformance.counts import Count, read
from tests.checks.conformance.scopes import Case, Family

__all__ = ["Explored", "as_they_end", "explore_all"]


@dataclass(frozen=True, slots=True)
class Explored:
    """What a family has come to."""

    family: Family
    results: tuple[Checked, ...]

    @property
    def count(self) -> Count:
        """Its line in the list of counts."""
        states, edges = sum(one.states for one in self.results), sum(one.edges for one in self.results)
        return Count(self.family.name, len(self.results), states, edges, max(one.depth for one in self.results))

    @property
    def wrong(self) -> tuple[Checked, ...]:
        """The graphs that do not hold."""
        return tuple(one for one in self.results if one.verdict is not Verdict.HOLDS)

    @property
    def covered(self) -> frozenset[str]:
        """All that its graphs have touched."""
        return frozenset().union(*(one.covered for one in self.results))

    @property
    def seconds(self) -> float:
        """Of all graphs together."""
        return sum(one.seconds for one in self.results)


def explore_all(
    executor: Executor, families: Sequence[Family], say: Callable[[str], None], *, tied: bool = False
) -> list[Explored]:
    """Explore every graph of these families; ``tied``: follow by steps of the proof only."""
    found = {one.family.name: one for one in as_they_end(executor, families, say, tied=tied)}
    return [found[family.name] for family in families]


def as_they_end(
    executor: Executor, families: Sequence[Family], say: Callable[[str], None], *, tied: bool = False
) -> Iterator[Explored]:
    """Each family when the last of its graphs is explored."""
    work = [(at, case, tied) for at, family in enumerate(families) for case in family.cases]
    work.sort(key=lambda one: -_expected(families[one[0]]))  # else one would work alone at the end
    tell = counting(say, len(work))
    found = by_group(
        executor, _one, work, [at for at, _, _ in work],
        lambda one: tell(f"the code: {families[one[0]].name}", one[1].states),
    )  # fmt: skip
    for at, results in found:
        yield Explored(families[at], tuple(result for _, result in results))


def _expected(family: Family) -> float:
    """How large its graphs were when they were counted last; what was never counted may be of any size."""
    return next((one.states / one.graphs for one in read() if one.name == family.name), inf)


def _one(at: int, case: Case, tied: bool) -> tuple[int, Checked]:
    return at, check(case, tied=tied)
