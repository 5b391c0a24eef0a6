"""A worker that writes down each step of its machine, and lets the fault plan have its points.

The points are the steps of the machine.  Every loop of a worker, the plain one and the fast one, stores in
``machine.at`` which step it is in; here the machine is one that tells of each such store.  So it is the production
loop that is traced and killed, unchanged: between two points runs what stands in it between two stores.

Decides nothing.  The next step begins where the line of the last one ends, so of a killed worker the trace tells
in which step it was.
"""

from __future__ import annotations

from multiprocessing import util
from pathlib import Path
from typing import TYPE_CHECKING

from checkedpool._core.tables import WORKER as TABLE
from checkedpool._core.tables import Came, Do, IllegalStep, WorkerMachine
from checkedpool._trace.fault_points import AFTER, EXIT, START, Fault, Injector, narrow
from checkedpool._trace.trace_log import TraceLog, WorkerTrace, now
from checkedpool._worker.worker import Worker, WorkerEnds, worker_main
from checkedpool_spec.trace import WORKER, E

if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool._os.system import End
    from checkedpool._worker.worker import Setup

LAST = -(1 << 30)
"""The priority of an exit handler that runs after all others."""


class TracedEnds(WorkerEnds):
    """The ends that go to a traced worker, and where it is to write."""

    def __init__(self, ends: WorkerEnds, trace: WorkerTrace) -> None:
        super().__init__(ends.call, ends.tickets, ends.result, ends.lifeline)
        self.more, self.logs = ends.more, ends.logs
        self.trace = trace
        self.log: TraceLog | None = None

    def all(self) -> tuple[End, ...]:
        """Every end, and in the worker its file."""
        return super().all() if self.log is None else (*super().all(), *self.log.files())

    def open(self, loop: str) -> TraceLog:
        """In the worker: begin its file.  ``loop``: the name of the function that is traced."""
        trace = self.trace
        self.log = TraceLog(Path(trace.directory), f"{WORKER}-{trace.lane}", role=WORKER, lane=trace.lane, loop=loop)
        self.log.hold()
        return self.log


class TracedMachine(WorkerMachine):
    """The worker's machine; ``tell`` hears of each step: which step is over, what came of it, which one begins.

    A step that the table does not have is an IllegalStep, also where a loop stores by itself where it is.
    """

    __slots__ = ("_at", "_came", "_tell")

    def __init__(self, tell: Callable[[Do, Came, Do], None]) -> None:
        self._at, self._tell = Do.INITIALIZE, tell
        self._came: Came | None = None
        self.ticket = 0

    @property
    def at(self) -> Do:
        """The step that the worker is in."""
        return self._at

    @at.setter
    def at(self, begins: Do) -> None:
        over, came = self._at, self._came
        if came is None:
            came = next((came for came, follows in TABLE[over].items() if follows is begins), None)
        if came is None:
            raise IllegalStep("worker", over.name, f"what leads to {begins.name}", f"ticket {self.ticket}")
        self._tell(over, came, begins)
        self._at, self._came = begins, None

    def step(self, came: Came) -> Do:
        self._came = came
        return super().step(came)


class TracedWorker(Worker):
    """The worker, whichever loop it has, with a line for each step of its machine."""

    def __init__(self, ends: WorkerEnds, setup: Setup | None, log: TraceLog, injector: Injector) -> None:
        super().__init__(ends, setup)
        self.injector, self.log = injector, log
        self.machine = TracedMachine(self._steps)
        self._put = self.put

    def work(self) -> int:
        """As the untraced one; the end of its file is written by its last exit handler."""
        self._begins(self.machine.at)
        code = super().work()
        self.injector.at(self.faults, AFTER)
        util.Finalize(None, self._end, (code,), exitpriority=LAST)
        return code

    def _steps(self, over: Do, came: Came, begins: Do) -> None:
        after = now()
        if self.watcher is not None:
            self.watcher.end()
        self.injector.at(self.faults, AFTER)
        self.log.write(E.STEP, self.before, after, op=over.name, came=came.name, ticket=self.machine.ticket)
        self._begins(begins)

    def _begins(self, do: Do) -> None:
        self.faults = self.injector.begins(do.name)
        self.watcher = self.injector.watching(self.faults)
        self.put = self.injector.halved(self.faults, self._put)
        self.before = now()

    def _end(self, code: int) -> None:
        faults = self.injector.begins(EXIT)
        at = now()
        self.log.write(E.END, at, at, code=code)
        self.injector.at(faults, AFTER)


def traced_worker_main(worker_type: type[TracedWorker], ends: TracedEnds, setup: Setup | None) -> None:
    """The target of every traced worker process."""
    log = ends.open(super(TracedWorker, worker_type).work.__qualname__)

    def note(fault: Fault) -> None:
        at = now()
        log.write(E.FAULT, at, at, op=fault.op, when=fault.when, how=fault.how, nth=fault.nth)

    injector = Injector(ends.trace.faults, note)
    injector.begins(START)
    narrow(ends.trace.faults, (ends.call, ends.result))
    worker_main(lambda ends, setup: worker_type(ends, setup, log, injector), ends, setup)
