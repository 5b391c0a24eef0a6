"""The writer that nobody reads.

A thread of the parent writes a task that is larger than the pipe, and blocks until a worker has read enough of it. All
workers are killed: one by accident, the rest by the manager, which declares the pool broken. Then the manager joins
the writing thread. A pipe without readers would refuse the write, but the parent itself holds a reading end, which it
never reads. So the write waits for ever, the manager waits for the write, and the caller waits for the manager.

Cure: The manager closes the parent's reading end before it joins the writer, and the write fails with EPIPE.

Left out: All workers but one; the end mark in the queue; Windows, where closing the reader is not enough; forked
siblings, which may hold a reading end as well.

Here: Each end of a call pipe is held by one process, so it refuses the write once its worker is dead; and the manager
never waits in a write. What does not fit is written when there is room.
"""
# ruff: noqa: D103 - the names of conjuncts are sentences

from typing import Literal, NamedTuple

from checkedpool_model.checker.system import Fair
from checkedpool_model.museum.exhibit import Exhibit, Failure, told
from checkedpool_model.museum.table import changed, design, row


class Pool(NamedTuple):
    """One large task in the parent's hands and a worker that waits for it."""

    writer: Literal["has the task", "writes", "is done"] = "has the task"
    worker: Literal["waits", "runs", "has answered", "is dead"] = "waits"
    manager: Literal["waits", "joins the writer", "has ended"] = "waits"
    parent_can_read: bool = True
    """Whether the parent holds a reading end of the pipe to the workers."""
    future: Literal["open", "done", "broken"] = "open"


def writer_has_the_task(_k: None, s: Pool, _i: int) -> bool:
    return s.writer == "has the task"


def writer_writes(_k: None, s: Pool, _i: int) -> bool:
    return s.writer == "writes"


def writer_does_not_write(_k: None, s: Pool, _i: int) -> bool:
    return s.writer != "writes"


def worker_waits(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "waits"


def worker_runs(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "runs"


def worker_has_answered(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "has answered"


def worker_is_alive(_k: None, s: Pool, _i: int) -> bool:
    return s.worker in {"waits", "runs"}


def worker_is_dead(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "is dead"


def nobody_can_read(_k: None, s: Pool, _i: int) -> bool:
    return s.worker == "is dead" and not s.parent_can_read


def manager_waits(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "waits"


def manager_joins_the_writer(_k: None, s: Pool, _i: int) -> bool:
    return s.manager == "joins the writer"


TABLE = (
    row("WriterBeginsToWrite", writer_has_the_task, then=lambda _k, s, _i: s._replace(writer="writes")),
    row("WorkerReadsTask", worker_waits, writer_writes,
        then=lambda _k, s, _i: s._replace(writer="is done", worker="runs"), to="writer"),
    row("WorkerAnswers", worker_runs, then=lambda _k, s, _i: s._replace(worker="has answered"), to="manager"),
    row("KillerKillsWorker", worker_is_alive, then=lambda _k, s, _i: s._replace(worker="is dead"), to="worker",
        fair=Fair.NONE),
    row("ManagerTakesAnswer", manager_waits, worker_has_answered,
        then=lambda _k, s, _i: s._replace(future="done", manager="has ended")),
    row("ManagerBreaksPool", manager_waits, worker_is_dead,
        then=lambda _k, s, _i: s._replace(future="broken", manager="joins the writer"), to="client"),
    row("ManagerJoinsWriter", manager_joins_the_writer, writer_does_not_write,
        then=lambda _k, s, _i: s._replace(manager="has ended"), to="writer"),
)  # fmt: skip

CURED = changed(
    TABLE,
    row("ManagerBreaksPool", manager_waits, worker_is_dead, to="client",
        then=lambda _k, s, _i: s._replace(future="broken", manager="joins the writer", parent_can_read=False)),
    row("WriterIsRefused", writer_writes, nobody_can_read, then=lambda _k, s, _i: s._replace(writer="is done")),
)  # fmt: skip


def manager_has_ended(_k: None, s: Pool) -> bool:
    return s.manager == "has ended"


EXHIBIT = Exhibit(
    name="blocked-writer",
    project="concurrent.futures",
    versions="3.9 to 3.11.4; cured in 3.11.5 and 3.12.0",
    seen="CPython 3.11.2 hangs, 3.11.7 does not",
    links=("https://github.com/python/cpython/issues/94777", "https://github.com/python/cpython/pull/94784"),
    words=told(__doc__),
    clauses=("P-02", "P-42", "P-70"),
    failure=Failure.DEADLOCK,
    claim="no_deadlock",
    steps=3,
    broken=design("blocked writer", Pool(), TABLE, terminal=manager_has_ended),
    broken_states=14,
    fixed=design("blocked writer, cured", Pool(), CURED, terminal=manager_has_ended),
    fixed_states=14,
)
