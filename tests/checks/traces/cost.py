"""``python -m tests.checks.traces.cost``: what a trace costs, beside the same runs without one.

Decides: what is run (one forked worker, many calls of ``abs``), that runs with and without a trace take turns, and that
processor time is measured, of the pool's own process and of its worker. Must not know: what a trace is.
"""

# ruff: noqa: T201 - a program that prints

from __future__ import annotations

import argparse
import multiprocessing
import platform
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from checkedpool import ProcessPoolExecutor
from tests.processor_time import of_children

__all__ = ["Cost", "cost"]

MICRO = 1e6


class Cost(NamedTuple):
    """Microseconds of processor time a task."""

    parent: float
    worker: float


def cost(tasks: int, trace: Path | None) -> Cost:
    """Of one run, the start and the end of the pool left out of the parent's."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork"), trace=trace) as pool:
        pool.submit(abs, 0).result()
        children, begun = of_children(), time.process_time()
        assert sum(pool.map(abs, range(tasks))) == tasks * (tasks - 1) // 2
        spent = time.process_time() - begun
    return Cost(MICRO * spent / tasks, MICRO * (of_children() - children) / tasks)


def main() -> int:
    """Measure in turns, and print the medians."""
    parser = argparse.ArgumentParser(prog="python -m tests.checks.traces.cost", description="What a trace costs.")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=15, help="of each kind")
    arguments = parser.parse_args()
    costs: dict[str, list[Cost]] = {"not tracing": [], "tracing": []}
    for _ in range(arguments.runs):
        for kind, found in costs.items():
            with tempfile.TemporaryDirectory(prefix="cost") as directory:
                found.append(cost(arguments.tasks, Path(directory) / "trace" if kind == "tracing" else None))
    print(f"CPython {platform.python_version()}, {arguments.runs} runs of {arguments.tasks} tasks; medians, µs a task")
    for kind, found in costs.items():
        parent, worker = (median(one[of] for one in found) for of in (0, 1))
        print(f"{kind:12} the pool's own process {parent:6.2f}, worker {worker:6.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
