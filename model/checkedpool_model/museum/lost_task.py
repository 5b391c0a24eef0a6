"""The lost task.

A worker of `multiprocessing.Pool` takes a task from the shared pipe, tells nobody, and is killed while it runs it: by
the kernel for want of memory, by a segmentation fault, by an operator. The pool sees that a process has ended and
starts another, so everything looks healthy. But the task was in no list of anybody's, and `get()` waits for ever.

Cure: The pool keeps a book of who has which task, and when a worker dies, its task ends with an error.

Left out: All workers but one; how the book is kept right (the worker must tell before it begins, see
`late-acknowledgement`); the lock of the pipe (see `dead-reader`). The cure was proposed twice and never merged.

Here: The manager books each task to a lane, and a ticket that is not in the socket any more was received: so it knows
which task the dead worker had begun, and charges that one.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Always, Fair
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row


class Pool(NamedTuple):
    """One worker and one task in the pipe."""

    pipe: int = 1
    worker: Literal["waits", "runs", "is dead"] = "waits"
    future: Literal["open", "done", "failed"] = "open"


def worker_waits(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "waits"


def worker_runs(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "runs"


def worker_is_dead(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "is dead"


def a_task_is_in_the_pipe(_k: None, s: Pool, _i: int) -> bool:
    return s.pipe > 0


TABLE = (
    row("WorkerTakesTask", worker_waits, a_task_is_in_the_pipe,
        then=lambda _k, s, _i: s._replace(worker="runs", pipe=s.pipe - 1)),
    row("WorkerAnswers", worker_runs,
        then=lambda _k, s, _i: s._replace(worker="waits", future="done"), to="pool"),
    row("KillerKillsWorker", worker_runs,
        then=lambda _k, s, _i: s._replace(worker="is dead"), to="worker", fair=Fair.NONE),
    row("PoolStartsAnother", worker_is_dead, then=lambda _k, s, _i: s._replace(worker="waits"), to="worker"),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("PoolStartsAnother", worker_is_dead,
        then=lambda _k, s, _i: s._replace(worker="waits", future="failed"), to="worker"),
)  # fmt: skip


def pool_is_idle(_k: None, s: Pool) -> bool:
    return s.pipe == 0 and s.worker == "waits"


def no_future_is_lost(_k: None, s: Pool) -> bool:
    return not pool_is_idle(None, s) or s.future != "open"


NO_FUTURE_IS_LOST = Always("no_future_is_lost", no_future_is_lost, pool_is_idle)

EXHIBIT = Exhibit(
    name="lost-task",
    project="multiprocessing.Pool",
    versions="every version so far",
    seen="multiprocessing of CPython 3.11.2 to 3.15.0 hangs",
    links=(
        "https://github.com/python/cpython/issues/66587",
        "https://github.com/python/cpython/pull/10441",
        "https://github.com/python/cpython/pull/16103",
    ),
    words=told(__doc__),
    clauses=("P-41", "P-70", "P-71"),
    failure=Failure.LOST_FUTURE,
    claim="no_future_is_lost",
    steps=3,
    broken=design("lost task", Pool(), TABLE, NO_FUTURE_IS_LOST, terminal=pool_is_idle),
    broken_states=5,
    fixed=design("lost task, cured", Pool(), CURED, NO_FUTURE_IS_LOST, terminal=pool_is_idle),
    fixed_states=5,
)
