"""How many mutated traces are refused, kind by kind, and how many must be.

Decides: the floors. Must not know: how a trace is mutated, how one is judged.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from checkedpool_model.traces.verdict import Verdict, judge
from tests.checks.traces import runs
from tests.checks.traces.mutations import MUTATIONS, Trace, load, store

__all__ = ["FLOORS", "TRACES", "least", "real_traces", "verdicts_on"]

TRACES = 12
FLOORS = {"swap": 0.72, "drop": 0.86, "duplicate": 0.97, "forge": 0.92}
"""The real traces differ from run to run, so these are lower than what is measured (``docs/traces.md``)."""


def least(kind: str, count: int) -> float:
    """The share that must be refused of so many mutants: as far below the floor as chance goes, four deviations."""
    floor = FLOORS[kind]
    return floor - 4 * math.sqrt(floor * (1 - floor) / count)


def real_traces(directory: Path, count: int = TRACES) -> list[Trace]:
    """Traces of real runs."""
    for seed in range(count):
        runs.run(1000 + seed, directory / str(seed))
    return [load(directory / str(seed)) for seed in range(count)]


def verdicts_on(kind: str, traces: Sequence[Trace], count: int, directory: Path) -> Counter[Verdict]:
    """What so many mutants of this kind are said to be; the mutants are chosen by a seed that is fixed."""
    chance = random.Random(1)
    found: Counter[Verdict] = Counter()
    for _ in range(count):
        store(MUTATIONS[kind](chance.choice(traces), chance), directory)
        found[judge(directory, draw=False).verdict] += 1
    return found
