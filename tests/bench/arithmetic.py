"""The numbers behind the tables.

Decides: how costs become ratios and what a spread is. Must not know: rows, pools, or how anything was measured.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median


@dataclass(frozen=True)
class Spread:
    """The least, the middle and the greatest of some values."""

    least: float
    middle: float
    greatest: float

    def includes(self, value: float) -> bool:
        """Whether the value lies between the least and the greatest."""
        return self.least <= value <= self.greatest


def spread(values: Sequence[float]) -> Spread | None:
    """The spread of the values; None of none."""
    return Spread(min(values), median(values), max(values)) if values else None


def ratios(of: Sequence[float | None], to: Sequence[float | None]) -> list[float]:
    """How many times as fast, round by round, where both were measured and cost something."""
    return [theirs / cost for cost, theirs in zip(of, to, strict=True) if cost and theirs]


def longest_idle(spans: Iterable[tuple[object, float, float]], workers: int, begin: float) -> float:
    """The longest time for which a worker did nothing while a task waited.

    All tasks wait from `begin` on; each span is a worker and when it began and ended a task. After the last task's
    beginning no task waits.
    """
    by_worker: dict[object, list[tuple[float, float]]] = defaultdict(list)
    for worker, since, until in spans:
        by_worker[worker].append((since, until))
    last = max(since for own in by_worker.values() for since, _ in own)
    idle = [last - begin] if len(by_worker) < workers else []
    for own in by_worker.values():
        own.sort()
        idle.append(own[0][0] - begin)
        idle += [since - until for (_, until), (since, _) in pairwise(own)]
        idle.append(last - own[-1][1])
    return max(0.0, *idle)
