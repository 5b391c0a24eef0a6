"""``python -m tests.checks.mutants.until_found``: how many runs each strategy of schedules needs to find a mutant.

A page for ``docs/generated``: the median over seeds, of runs up to the first that fails. Decides: which mutants, which
scopes, how many seeds, after how many runs a seed is given up. Must not know: how a strategy chooses.

The sweep and the bounded search make no runs by chance, so there is nothing to take a median of. The mutants are the
ones of the machines that are found in one of the scopes, and not by each first run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from checkedpool.testing import SCOPES, STRATEGIES, Plan, Simulation
from tests.checks.mutants.listed import mutant_named

__all__ = ["SOUGHT", "Found", "page", "until_found"]

STRATEGIES_BY_CHANCE = ("random", "pct", "pos")
SEEDS = 11
MOST = 100
"""Runs after which a seed is given up."""
SOUGHT = (
    ("submit does not look a second time", "closers"),
    ("submit does not look a second time", "break"),
    ("the manager accepts what is posted after the request", "two"),
    ("the manager accepts what is posted after the request", "interrupted"),
    ("the manager forgets what was taken back", "two"),
    ("the manager forgets what was taken back", "closers"),
    ("the manager forgets what was taken back", "renewed"),
    ("the manager leaves tasks behind others", "forkserver"),
    ("a worker does not skip stale frames", "forkserver"),
    ("a worker does not skip stale frames", "renewed"),
)
"""Mutant, and the scope in which it is sought."""
HEAD = """# Runs until a mutant is found

Made by `python -m tests.checks.mutants.until_found`. Each of {seeds} seeds makes runs until one fails, {most} at most.
Shown is the median of runs, over the seeds that have found the mutant and those that have not, which count as more than
{most}; in brackets, how many seeds have found it. PCT has depth 3. What the strategies are: `docs/testing.md`.

| mutant | scope | {strategies} |
| --- | --- | {rules} |
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What one strategy came to with one mutant in one scope."""

    runs: tuple[int | None, ...]
    """For each seed: which run has failed first; None: none of those that were made."""

    def __str__(self) -> str:
        middle = median(MOST + 1 if run is None else run for run in self.runs)
        found = sum(run is not None for run in self.runs)
        return f"{f'> {MOST}' if middle > MOST else f'{middle:g}'} ({found})"


def until_found(mutant: str, scope: str, strategy: str, seeds: int = SEEDS) -> Found:
    """Seed by seed."""
    with mutant_named(mutant).breaks():
        return Found(tuple(_first(scope, strategy, seed) for seed in range(1, seeds + 1)))


def _first(scope: str, strategy: str, seed: int) -> int | None:
    """Which run fails first."""
    trials = STRATEGIES[strategy](Simulation(SCOPES[scope]), Plan(runs=MOST, seed=seed))
    return next((number for number, trial in enumerate(trials, 1) if trial.wrong), None)


def page() -> Iterator[str]:
    """Line by line, as they come."""
    yield HEAD.format(
        seeds=SEEDS, most=MOST, strategies=" | ".join(STRATEGIES_BY_CHANCE), rules=" | ".join(["---:"] * 3)
    )
    for mutant, scope in SOUGHT:
        cells = (str(until_found(mutant, scope, strategy)) for strategy in STRATEGIES_BY_CHANCE)
        yield f"| {mutant} | {scope} | {' | '.join(cells)} |\n"


if __name__ == "__main__":
    for line in page():
        sys.stdout.write(line)
        sys.stdout.flush()
