"""The inherited end of a pipe.

The workers read tasks from a pipe. When the parent is killed, the pipe's writing end goes with it, so one should think
that every worker reads end-of-file and leaves. But each worker has been given a writing end as well, by inheritance or
with the queue object, and a pipe has its end of file only when the last writing end is closed. So the workers keep each
other, and each itself, waiting for a task from nobody, for ever.

Cure: A worker closes, before it reads, every end that is not its business.

Left out: Tasks; a worker that is killed between its start and the closing; what the workers hold besides, such as the
results' pipe. The cure is not CPython's, which has none yet.

Here: The lifeline is a pipe into which nobody writes. Only the parent holds the writing end, and every child closes
what it has inherited. Its end of file tells a worker that the parent has ended, killed or not.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Fair, LeadsTo
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

WORKER = "worker"
WORKERS = 2


class Worker(NamedTuple):
    """A worker and the end of the pipe that it has and does not use."""

    is_: Literal["not started", "new", "reading", "gone"] = "not started"
    can_write: bool = False


class Pool(NamedTuple):
    """A parent and two workers to be."""

    parent_lives: bool = True
    workers: tuple[Worker, ...] = (Worker(),) * WORKERS


def parent_lives(_k: None, s: Pool, _i: int) -> bool:
    return s.parent_lives


def worker_is_not_started(_k: None, s: Pool, i: int) -> bool:
    return s.workers[i].is_ == "not started"


def worker_is_new(_k: None, s: Pool, i: int) -> bool:
    return s.workers[i].is_ == "new"


def worker_reads(_k: None, s: Pool, i: int) -> bool:
    return s.workers[i].is_ == "reading"


def nobody_can_write(_k: None, s: Pool, _i: int) -> bool:
    return not s.parent_lives and not any(worker.can_write for worker in s.workers)


def _with(s: Pool, i: int, worker: Worker) -> Pool:
    return s._replace(workers=(*s.workers[:i], worker, *s.workers[i + 1 :]))


TABLE = (
    row("ParentStartsWorker", parent_lives, worker_is_not_started, over=WORKER, to="worker {i}", fair=Fair.NONE,
        then=lambda _k, s, i: _with(s, i, Worker("new", can_write=True))),
    row("WorkerBeginsToRead", worker_is_new, over=WORKER,
        then=lambda _k, s, i: _with(s, i, Worker("reading", can_write=True))),
    row("KillerKillsParent", parent_lives, to="parent", then=lambda _k, s, _i: s._replace(parent_lives=False),
        fair=Fair.NONE),
    row("WorkerReadsEndOfFile", worker_reads, nobody_can_write, over=WORKER,
        then=lambda _k, s, i: _with(s, i, Worker("gone"))),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("WorkerBeginsToRead", worker_is_new, over=WORKER,
        then=lambda _k, s, i: _with(s, i, Worker("reading", can_write=False))),
)  # fmt: skip


def nobody_is_left(_k: None, s: Pool) -> bool:
    return not s.parent_lives and all(worker.is_ in {"not started", "gone"} for worker in s.workers)


def parent_is_dead(_k: None, s: Pool) -> bool:
    return not s.parent_lives


WORKERS_LEAVE = LeadsTo("workers_leave_after_their_parent", parent_is_dead, nobody_is_left)

EXHIBIT = Exhibit(
    name="inherited-end",
    project="concurrent.futures",
    versions="every version so far",
    seen="workers of CPython 3.11.2 to 3.15.0 stay",
    links=("https://github.com/python/cpython/issues/111873", "https://github.com/GridTools/gt4py/pull/2870"),
    words=told(__doc__),
    clauses=("P-02", "P-84"),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=3,
    broken=design("inherited end", Pool(), TABLE, WORKERS_LEAVE, terminal=nobody_is_left, sizes={WORKER: WORKERS}),
    broken_states=18,
    fixed=design(
        "inherited end, cured", Pool(), CURED, WORKERS_LEAVE, terminal=nobody_is_left, sizes={WORKER: WORKERS}
    ),
    fixed_states=23,
)
