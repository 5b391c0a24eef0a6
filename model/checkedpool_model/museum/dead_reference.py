"""The dead weak reference.

The manager holds its executor weakly, so that an executor nobody uses can be collected; what was submitted is still to
be run. But workers are replaced by a method of the executor. The executor is collected, then a worker leaves because
it has reached `max_tasks_per_child`. The reference leads nowhere, nobody is started, and the rest of the tasks waits
for a worker that will never come. The interpreter waits with them at its exit.

Cure: A manager that cannot replace its last worker ends the remaining futures with BrokenProcessPool.

Left out: More than one worker, which runs one task here; the call queue; the interpreter's exit.

Here: The manager needs nothing of the executor: collection is a request to drain, and lanes are added after it as
before. What was submitted is run.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Fair
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

TASKS = 2


class Pool(NamedTuple):
    """Two tasks are queued for a worker that may run one."""

    executor: Literal["is used", "is collected"] = "is used"
    worker: Literal["is idle", "runs", "has answered and left", "nobody"] = "is idle"
    queue: int = TASKS
    done: int = 0
    broken: int = 0
    manager: Literal["works", "has ended"] = "works"


def executor_is_used(_k: None, s: Pool, _i: int) -> bool:
    return s.executor == "is used"


def executor_is_collected(_k: None, s: Pool, _i: int) -> bool:
    return s.executor == "is collected"


def worker_is_idle(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "is idle"


def worker_runs(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "runs"


def worker_has_answered_and_left(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "has answered and left"


def a_task_is_queued(_k: None, s: Pool, _i: int) -> bool:
    return s.queue > 0


def manager_works(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "works"


def every_future_has_ended(_k: None, s: Pool, _i: int) -> bool:
    return s.done + s.broken == TASKS


TABLE = (
    row("ClientDropsExecutor", executor_is_used, then=lambda _k, s, _i: s._replace(executor="is collected"),
        to="manager", fair=Fair.NONE),
    row("WorkerTakesTask", worker_is_idle, a_task_is_queued,
        then=lambda _k, s, _i: s._replace(worker="runs", queue=s.queue - 1)),
    row("WorkerAnswersAndLeaves", worker_runs,
        then=lambda _k, s, _i: s._replace(worker="has answered and left"), to="manager"),
    row("ManagerReplacesWorker", worker_has_answered_and_left, executor_is_used,
        then=lambda _k, s, _i: s._replace(worker="is idle", done=s.done + 1), to="worker"),
    row("ManagerFindsNoExecutor", worker_has_answered_and_left, executor_is_collected,
        then=lambda _k, s, _i: s._replace(worker="nobody", done=s.done + 1)),
    row("ManagerEnds", manager_works, executor_is_collected, every_future_has_ended,
        then=lambda _k, s, _i: s._replace(manager="has ended")),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("ManagerFindsNoExecutor", worker_has_answered_and_left, executor_is_collected,
        then=lambda _k, s, _i: s._replace(worker="nobody", done=s.done + 1, queue=0, broken=s.queue), to="client"),
)  # fmt: skip


def pool_is_idle_or_has_ended(_k: None, s: Pool) -> bool:
    return s.manager == "has ended" or (s.executor == "is used" and s.done == TASKS)


EXHIBIT = Exhibit(
    name="dead-reference",
    project="concurrent.futures",
    versions="3.11 to early 2026; cured in 3.14 and 3.15 of July 2026",
    seen="CPython 3.11.2 to 3.13.5 hang, 3.14.8 and 3.15.0 do not",
    links=("https://github.com/python/cpython/issues/152967", "https://github.com/python/cpython/pull/152978"),
    words=told(__doc__),
    clauses=("P-50", "P-60"),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=4,
    broken=design("dead reference", Pool(), TABLE, terminal=pool_is_idle_or_has_ended),
    broken_states=18,
    fixed=design("dead reference, cured", Pool(), CURED, terminal=pool_is_idle_or_has_ended),
    fixed_states=19,
)
