"""Mutated traces are refused: how many of each kind, and which are accepted since nothing of the protocol has changed.

The rates are of many mutants of real traces, made by chance from a seed that is fixed; the traces themselves differ
from run to run, so the floors below are lower than what is measured (``docs/traces.md``).
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from checkedpool_model.traces.verdict import Verdict, judge
from tests.traces import runs
from tests.traces.mutations import MUTATIONS, Trace, load, store

TRACES, MUTANTS = 12, 150
FLOORS = {"swap": 0.72, "drop": 0.86, "duplicate": 0.97, "forge": 0.92}
"""Measured on 600 mutants each: 0.83, 0.93, 0.99, 0.97."""


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> list[Trace]:
    directory = tmp_path_factory.mktemp("traces")
    for seed in range(TRACES):
        runs.run(1000 + seed, directory / str(seed))
    return [load(directory / str(seed)) for seed in range(TRACES)]


@pytest.mark.parametrize("kind", MUTATIONS)
def test_most_mutants_of_real_traces_are_refused(kind: str, traces: list[Trace], tmp_path: Path) -> None:
    chance = random.Random(1)
    verdicts: Counter[Verdict] = Counter()
    for _ in range(MUTANTS):
        store(MUTATIONS[kind](chance.choice(traces), chance), tmp_path / "mutant")
        verdicts[judge(tmp_path / "mutant", draw=False).verdict] += 1
    refused = 1 - verdicts[Verdict.COMPLETE] / MUTANTS
    assert refused >= FLOORS[kind], f"{kind}: {refused:.2f} refused, {dict(verdicts)}"
    assert not verdicts[Verdict.NOT_FINISHED]
