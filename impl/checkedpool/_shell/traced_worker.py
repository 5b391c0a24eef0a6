"""A worker that writes down each operation of its machine, and lets the fault plan have its points.

Decides nothing: each operation is the untraced worker's own, with a line after it.  The next operation begins where the
line ends, so of a killed worker the trace tells in which operation it was.
"""

from __future__ import annotations

from functools import partial
from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkedpool._core.worker import Came, Do
from checkedpool._shell.faults import AFTER, EXIT, START, Fault, Injector, narrow
from checkedpool._shell.trace_log import TraceLog, WorkerTrace, now
from checkedpool._shell.worker import Worker, worker_main
from checkedpool._shell.worker_ends import WorkerEnds
from checkedpool_spec.trace import WORKER, E

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool._shell.ends import End

LAST = -(1 << 30)
"""The priority of an exit handler that runs after all others."""


class TracedEnds(WorkerEnds):
    """The ends that go to a traced worker, and where it is to write."""

    def __init__(self, ends: WorkerEnds, trace: WorkerTrace) -> None:
        super().__init__(ends.call, ends.tickets, ends.result, ends.lifeline, ends.memory)
        self.trace = trace
        self.log: TraceLog | None = None

    def all(self) -> tuple[End, ...]:
        """Every end, and in the worker its file."""
        return super().all() if self.log is None else (*super().all(), *self.log.files())

    def open(self) -> TraceLog:
        """In the worker: begin its file."""
        trace = self.trace
        self.log = TraceLog(Path(trace.directory), f"{WORKER}-{trace.lane}", role=WORKER, lane=trace.lane)
        self.log.hold()
        return self.log


class TracedWorker(Worker):
    """The worker, with a line for each operation."""

    def __init__(self, ends: TracedEnds, setup: tuple[Any, tuple[Any, ...]] | None, injector: Injector) -> None:
        super().__init__(ends, setup)
        self.injector = injector
        self.log = ends.log or ends.open()
        self.does = {do: partial(self._traced, do, perform) for do, perform in self.does.items()}
        self._put = self.put

    def work(self) -> int:
        """As the untraced one; the end of its file is written by its last exit handler."""
        code = super().work()
        self.injector.at(self.injector.begins(Do.LEAVE.name), AFTER)
        util.Finalize(None, self._end, (code,), exitpriority=LAST)
        return code

    def _end(self, code: int) -> None:
        faults = self.injector.begins(EXIT)
        at = now()
        self.log.write(E.END, at, at, code=code)
        self.injector.at(faults, AFTER)

    def _traced(self, do: Do, perform: Callable[[], Came]) -> Came:
        faults = self.injector.begins(do.name)
        watcher = self.injector.watching(faults)
        self.put = self.injector.halved(faults, self._put)
        before = now()
        came = perform()
        after = now()
        if watcher is not None:
            watcher.end()
        self.injector.at(faults, AFTER)
        self.log.write(E.STEP, before, after, op=do.name, came=came.name, ticket=self.machine.ticket)
        return came


def traced_worker_main(ends: TracedEnds, setup: tuple[Any, tuple[Any, ...]] | None) -> None:
    """The target of every traced worker process."""
    log = ends.open()

    def note(fault: Fault) -> None:
        at = now()
        log.write(E.FAULT, at, at, op=fault.op, when=fault.when, how=fault.how, nth=fault.nth)

    injector = Injector(ends.trace.faults, note)
    injector.begins(START)
    narrow(ends.trace.faults, (ends.call, ends.result))
    worker_main(ends, setup, lambda _, setup: TracedWorker(ends, setup, injector))
