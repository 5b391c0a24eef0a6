"""The dead reader's lock.

The workers share one pipe of tasks. Whoever wants to read takes a lock first, and waits for the next task with the lock
held: so of all idle workers one always has it. The lock is a semaphore that knows no owner. Kill that worker, and the
lock stays taken: the pool starts another worker, which waits for the lock with all the rest, and no task is read again.

Cure: When a worker has died, the parent looks whether the reader's lock can still be had; if not, it gives the pool up
and ends every future with an error.

Left out: The lock of the writers, with the same fault; workers killed while they run a task (see `lost-task`); the
shutdown. Only one kill is allowed. The cure is ours: `multiprocessing` has none, and pebble's workers nowadays stop
waiting for the lock after a minute.

Here: No lock, semaphore or queue crosses a process boundary. Each worker has pipes of its own, and a worker that dies
takes nothing along but the task that it had begun.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Fair
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row

Worker = Literal["wants to read", "reads", "runs", "is dead"]

WORKER = "worker"
WORKERS = 2


class Pool(NamedTuple):
    """Two workers and one task in the pipe."""

    workers: tuple[Worker, ...] = ("wants to read", "wants to read")
    locked: bool = False
    pipe: int = 1
    kills: int = 1
    """How many more there may be."""
    future: Literal["open", "done", "broken"] = "open"


def worker_wants_to_read(_k: None, s: Pool, i: int) -> bool:
    return s.workers[i] == "wants to read"


def worker_reads(_k: None, s: Pool, i: int) -> bool:
    return s.workers[i] == "reads"


def worker_runs(_k: None, s: Pool, i: int) -> bool:
    return s.workers[i] == "runs"


def worker_runs_nothing(_k: None, s: Pool, i: int) -> bool:
    return s.workers[i] in {"wants to read", "reads"}


def worker_is_dead(_k: None, s: Pool, i: int) -> bool:
    return s.workers[i] == "is dead"


def lock_is_free(_k: None, s: Pool, _i: int) -> bool:
    return not s.locked


def a_task_is_in_the_pipe(_k: None, s: Pool, _i: int) -> bool:
    return s.pipe > 0


def a_kill_is_left(_k: None, s: Pool, _i: int) -> bool:
    return s.kills > 0


def somebody_alive_has_the_lock_or_nobody(_k: None, s: Pool, _i: int) -> bool:
    return not s.locked or "reads" in s.workers


def lock_is_with_the_dead(_k: None, s: Pool, _i: int) -> bool:
    return s.locked and "reads" not in s.workers


def future_is_open(_k: None, s: Pool, _i: int) -> bool:
    return s.future == "open"


def _with(s: Pool, i: int, worker: Worker) -> Pool:
    return s._replace(workers=(*s.workers[:i], worker, *s.workers[i + 1 :]))


def _starts_another(_k: None, s: Pool, i: int) -> Pool:
    return _with(s, i, "wants to read")


TABLE = (
    row("WorkerTakesLock", worker_wants_to_read, lock_is_free, over=WORKER,
        then=lambda _k, s, i: _with(s, i, "reads")._replace(locked=True)),
    row("WorkerReadsTask", worker_reads, a_task_is_in_the_pipe, over=WORKER,
        then=lambda _k, s, i: _with(s, i, "runs")._replace(locked=False, pipe=s.pipe - 1)),
    row("WorkerAnswers", worker_runs, over=WORKER, to="parent",
        then=lambda _k, s, i: _with(s, i, "wants to read")._replace(future="done")),
    row("KillerKillsWorker", worker_runs_nothing, a_kill_is_left, over=WORKER, to="worker {i}", fair=Fair.NONE,
        then=lambda _k, s, i: _with(s, i, "is dead")._replace(kills=s.kills - 1)),
    row("ParentStartsAnother", worker_is_dead, over=WORKER, to="worker {i}", then=_starts_another),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("ParentStartsAnother", worker_is_dead, somebody_alive_has_the_lock_or_nobody,
        over=WORKER, to="worker {i}", then=_starts_another),
    row("ParentGivesPoolUp", worker_is_dead, lock_is_with_the_dead, future_is_open, over=WORKER,
        then=lambda _k, s, _i: s._replace(future="broken")),
)  # fmt: skip


def future_has_ended(_k: None, s: Pool) -> bool:
    return s.future != "open"


EXHIBIT = Exhibit(
    name="dead-reader",
    project="multiprocessing.Pool",
    versions="every version so far; pebble until 2026, django-q and others that share a queue among processes",
    seen="multiprocessing of CPython 3.11.2 to 3.15.0 hangs",
    links=(
        "https://github.com/python/cpython/issues/96062",
        "https://github.com/noxdafox/pebble/issues/163",
        "https://github.com/Koed00/django-q/issues/394",
    ),
    words=told(__doc__),
    clauses=("P-02",),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=3,
    broken=design("dead reader", Pool(), TABLE, terminal=future_has_ended, sizes={WORKER: WORKERS}),
    broken_states=40,
    fixed=design("dead reader, cured", Pool(), CURED, terminal=future_has_ended, sizes={WORKER: WORKERS}),
    fixed_states=40,
)
