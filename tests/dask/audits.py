"""The faults of ``client.get_executor()``, by what each is found, and the audit of both executors on a cluster.

    python -m tests.dask.audits ours|engine [--rounds N]

Decides: the list, and with which options is audited.  A fault is found by a scenario of the audit or, where the audit
asks no such thing, by a program.  Must not know: how an executor is made (``audited``), how a history is judged.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import NamedTuple

from checkedpool.testing.audit import Audit, Options, Scenario, audit, scenarios
from checkedpool_spec.vocabulary import DeathPolicy
from tests import limits
from tests.dask import tasks

TARGETS = {"ours": "ours", "engine": "EnginesOwn", "impatient": "Impatient"}
BUSY, END = "1: submit held; settle; submit quick; submit quick; ", "; settle; open 0; settle; drain wait &; settle"
DEATH = f"{BUSY}look 0; strike 0{END}"

Program = Callable[[Executor, Path], bool]
"""Whether an executor keeps a promise; the folder is for its tasks."""


class Fault(NamedTuple):
    """One of the engine's own executor."""

    says: str
    clause: str
    shown_by: str | Program
    target: str = "engine"


# --- programs ---------------------------------------------------------------------------------------------------------


def shutdown_may_cancel(executor: Executor, folder: Path) -> bool:
    return "cancel_futures" in inspect.signature(executor.shutdown).parameters


def equal_calls_are_as_many_tasks(executor: Executor, folder: Path) -> bool:
    journal = folder / "equal"
    for future in [executor.submit(tasks.noted, str(journal), 1) for _ in range(3)]:
        future.result()
    return journal.read_text().count("begun") == 3


def keywords_reach_the_function(executor: Executor, folder: Path) -> bool:
    words = {"key": "k", "workers": None, "retries": 3, "priority": 5, "pure": False}
    return executor.submit(dict, **words).result() == words


def a_chunk_is_taken_for_one(executor: Executor, folder: Path) -> bool:
    try:
        list(executor.map(abs, [-1], chunksize=0))
    except ValueError:
        return True
    return False


FAULTS = (
    Fault("`shutdown()` has no `cancel_futures`", "C-46", shutdown_may_cancel),
    Fault("`shutdown(wait=False)` cancels", "C-01", f"{BUSY}drain{END}"),
    Fault("a future is never RUNNING", "C-04", DEATH),
    Fault("`cancel()` of a running task says True", "C-05", f"{BUSY}cancel 0{END}"),
    Fault("what had begun in a worker that died runs again", "C-03", DEATH),
    Fault("a death is blamed on tasks that had not begun", "C-33", f"{BUSY}strike 0{END}", "impatient"),
    Fault("two equal calls are one task", "C-01", equal_calls_are_as_many_tasks),
    Fault("`submit()` takes keywords for itself", "C-15", keywords_reach_the_function),
    Fault("`map()` ignores `chunksize`", "C-24", a_chunk_is_taken_for_one),
)


# --- the audit --------------------------------------------------------------------------------------------------------


def audited(target: str, wanted: Sequence[Scenario]) -> Audit:
    """By the policy `replace`, which both have; a worker that has died is there again after a while."""
    options = Options(f"tests.dask.audited:{TARGETS[target]}", limits.HANG, policy=DeathPolicy.REPLACE)
    return audit(options, wanted)


def found(done: Audit) -> set[str]:
    """Every clause that a difference broke."""
    return {clause for one in done.rounds for difference in one.differences for clause in difference.clauses}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--rounds", type=int, default=46, help="how many scenarios (default: every single action)")
    wanted = parser.parse_args()
    done = audited(wanted.target, scenarios(1, wanted.rounds))
    sys.stdout.write(f"{done}\n")
    return int(not done)


if __name__ == "__main__":
    sys.exit(main())
