"""The table cleared under the manager.

`shutdown(wait=False)` returns while the manager still has work, and on its way out sets the executor's attributes to
None, to free what they hold. When a worker then leaves because it has reached `max_tasks_per_child`, the manager
replaces it by a method that reads the table of processes from the executor. `len(None)` is a TypeError, the manager
dies of it in silence, and the futures that are left never end.

Cure: The manager replaces workers with the table that it holds itself.

Left out: More than one worker, which runs one task here; the lock, which does not help, since the attributes are
cleared outside it. A first cure returned when the table was None: no crash, and the tasks were stranded all the same.

Here: The manager's book and its lanes are its own. A shutdown raises a flag and posts a request; it touches nothing
else.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Always
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

TASKS = 2


class Pool(NamedTuple):
    """Two tasks are queued for a worker that may run one."""

    client: Literal["uses the pool", "has asked for the end", "has returned"] = "uses the pool"
    table: Literal["processes", "None"] = "processes"
    """What the executor's attribute is."""
    worker: Literal["is idle", "runs", "has answered and left", "nobody"] = "is idle"
    manager: Literal["waits", "wants to replace a worker", "has ended", "has died"] = "waits"
    queue: int = TASKS
    done: int = 0


def client_uses_the_pool(_k: None, s: Pool, _i: int) -> bool:
    return s.client == "uses the pool"


def client_has_asked(_k: None, s: Pool, _i: int) -> bool:
    return s.client == "has asked for the end"


def end_is_asked_for(_k: None, s: Pool, _i: int) -> bool:
    return s.client != "uses the pool"


def worker_is_idle(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "is idle"


def worker_runs(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "runs"


def worker_has_answered_and_left(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "has answered and left"


def a_task_is_queued(_k: None, s: Pool, _i: int) -> bool:
    return s.queue > 0


def manager_waits(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "waits"


def manager_wants_to_replace(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "wants to replace a worker"


def the_executor_has_its_table(_k: None, s: Pool, _i: int) -> bool:
    return s.table == "processes"


def the_executor_has_no_table(_k: None, s: Pool, _i: int) -> bool:
    return s.table == "None"


def every_future_has_ended(_k: None, s: Pool, _i: int) -> bool:
    return s.done == TASKS


def _replaces(_k: None, s: Pool, _i: int) -> Pool:
    return s._replace(manager="waits", worker="is idle")


TABLE = (
    row("ClientAsksForTheEnd", client_uses_the_pool,
        then=lambda _k, s, _i: s._replace(client="has asked for the end"), to="manager"),
    row("ClientClearsTable", client_has_asked,
        then=lambda _k, s, _i: s._replace(client="has returned", table="None")),
    row("WorkerTakesTask", worker_is_idle, a_task_is_queued,
        then=lambda _k, s, _i: s._replace(worker="runs", queue=s.queue - 1)),
    row("WorkerAnswersAndLeaves", worker_runs,
        then=lambda _k, s, _i: s._replace(worker="has answered and left"), to="manager"),
    row("ManagerTakesAnswer", manager_waits, worker_has_answered_and_left,
        then=lambda _k, s, _i: s._replace(manager="wants to replace a worker", worker="nobody", done=s.done + 1)),
    row("ManagerReplacesWorker", manager_wants_to_replace, the_executor_has_its_table, then=_replaces, to="worker"),
    row("ManagerFindsNoTable", manager_wants_to_replace, the_executor_has_no_table,
        then=lambda _k, s, _i: s._replace(manager="has died")),
    row("ManagerEnds", manager_waits, end_is_asked_for, every_future_has_ended,
        then=lambda _k, s, _i: s._replace(manager="has ended")),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("ManagerReplacesWorker", manager_wants_to_replace, then=_replaces, to="worker"),
    without=["ManagerFindsNoTable"],
)


def manager_has_gone(_k: None, s: Pool) -> bool:
    return s.manager in {"has ended", "has died"}


def no_future_is_lost(_k: None, s: Pool) -> bool:
    return not manager_has_gone(None, s) or s.done == TASKS


NO_FUTURE_IS_LOST = Always("no_future_is_lost", no_future_is_lost, manager_has_gone)

EXHIBIT = Exhibit(
    name="cleared-table",
    project="concurrent.futures",
    versions="3.11 to early 2026; cured in 3.14 and 3.15 of July 2026",
    seen="CPython 3.11.2 to 3.13.5 hang, 3.14.8 and 3.15.0 do not",
    links=(
        "https://github.com/python/cpython/issues/119592",
        "https://github.com/python/cpython/issues/132969",
        "https://github.com/python/cpython/pull/152978",
    ),
    words=told(__doc__),
    clauses=("P-01", "P-03", "P-13"),
    failure=Failure.LOST_FUTURE,
    claim="no_future_is_lost",
    steps=6,
    broken=design("cleared table", Pool(), TABLE, NO_FUTURE_IS_LOST, terminal=manager_has_gone),
    broken_states=31,
    fixed=design("cleared table, cured", Pool(), CURED, NO_FUTURE_IS_LOST, terminal=manager_has_gone),
    fixed_states=29,
)
