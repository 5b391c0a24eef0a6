"""A fault plan: at which points of which worker's life something happens to it, and what.

Decides how a fault is injected, exactly at its point and by the worker itself.  Must not know what the pool makes of
it.  Points exist in traced workers only: a plan goes with a trace, ``ProcessPoolExecutor(trace=Planned(path, ...))``.

A point is a step of the worker's machine and a moment: *before* it, *inside* it (while the worker is blocked in
it), an answer *unwritten* of which only the descriptor has been sent, *half* of an answer written, *after* it.
``START`` is the entry of the process, ``EXIT`` the last of its exit handlers.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from checkedpool._os.system import End, Part, Writer

START, EXIT = "START", "EXIT"
BEFORE, INSIDE, UNWRITTEN, HALF, AFTER = "before", "inside", "unwritten", "half", "after"
MOMENTS = (BEFORE, INSIDE, UNWRITTEN, HALF, AFTER)
PIPED = ("READ_FRAME", "ANSWER")
NARROW = 4096
"""Bytes of the narrowest pipe."""


def _kill() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _crash() -> None:
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)


def _exit() -> None:
    os._exit(3)


def _starve() -> None:
    """A memory limit, from now on: the next large allocation fails."""
    import resource  # noqa: PLC0415 - Unix only

    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (8 << 20), resource.RLIM_INFINITY))


HOW: dict[str, Callable[[], None]] = {"kill": _kill, "stop": _stop, "crash": _crash, "exit": _exit, "starve": _starve}
"""What can be done: SIGKILL, SIGSTOP (somebody has to continue it), SIGSEGV, ``os._exit(3)``, a memory limit."""


class Fault(NamedTuple):
    """One fault: in the ``nth`` step of this name of this worker, at this moment."""

    worker: int
    """The number of its lane: workers are numbered in the order of their starts."""
    op: str
    """A worker's step by its name (``TAKE_TICKET``, ``RUN``, ...), ``START`` or ``EXIT``."""
    when: str = BEFORE
    nth: int = 1
    how: str = "kill"


class Planned(os.PathLike[str]):
    """A path for ``trace=`` that brings a fault plan with it."""

    def __init__(self, path: str | os.PathLike[str], faults: Sequence[Fault] = ()) -> None:
        for fault in faults:
            if fault.when not in MOMENTS or fault.how not in HOW:
                msg = f"{fault}: a moment is one of {', '.join(MOMENTS)}, what is done one of {', '.join(HOW)}"
                raise ValueError(msg)
        self.path, self.faults = os.fspath(path), tuple(faults)

    def __fspath__(self) -> str:
        return self.path


class Injector:
    """Carries out one worker's part of a plan.  ``log`` writes the fault down before it is injected."""

    def __init__(self, faults: Sequence[Fault], log: Callable[[Fault], None]) -> None:
        self._faults = faults
        self._log = log
        self._counts: dict[str, int] = {}

    def begins(self, op: str) -> tuple[Fault, ...]:
        """The faults of the step that begins now; those that come before it happen here."""
        if not self._faults:
            return ()
        nth = self._counts[op] = self._counts.get(op, 0) + 1
        faults = tuple(fault for fault in self._faults if fault.op == op and fault.nth == nth)
        self.at(faults, BEFORE)
        return faults

    def at(self, faults: Sequence[Fault], when: str) -> None:
        """Inject those of this moment."""
        for fault in faults:
            if fault.when == when:
                self.inject(fault)

    def inject(self, fault: Fault) -> None:
        """Write it down, then do it."""
        self._log(fault)
        HOW[fault.how]()

    def watching(self, faults: Sequence[Fault]) -> Watcher | None:
        """A watcher for a fault inside the step that begins now, if there is one; it is running."""
        inside = [fault for fault in faults if fault.when == INSIDE]
        return Watcher(partial_inject(self, inside[0])) if inside else None

    def halved(self, faults: Sequence[Fault], put: Writer) -> Writer:
        """A writer that writes half of what it is given first, or nothing, and then the fault happens, once."""
        due = [fault for fault in faults if fault.when in (UNWRITTEN, HALF)]
        if not due:
            return put

        def write(parts: Sequence[Part]) -> int:
            if not due:
                return put(parts)
            data = b"".join(parts)
            size = len(data) // 2 if due[0].when == HALF else 0
            left = memoryview(data)[:size]
            while left:
                left = left[put([left]) :]
            self.inject(due.pop())
            return size

        return write


def partial_inject(injector: Injector, fault: Fault) -> Callable[[], None]:
    """The injection of one fault, to be called later."""

    def inject() -> None:
        injector.inject(fault)

    return inject


def narrow(faults: Sequence[Fault], pipes: Sequence[End]) -> None:
    """Make pipes as narrow as they can be if a worker is to die inside reading or writing: it is blocked more often."""
    if sys.platform != "linux" or not any(fault.when == INSIDE and fault.op in PIPED for fault in faults):
        return
    import fcntl  # noqa: PLC0415 - Unix only

    for pipe in pipes:
        with contextlib.suppress(OSError):  # more than that lies in it already, or it is a socket
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, NARROW)


class Watcher:
    """A thread that acts when the thread that made it is blocked in the kernel, waiting for no lock of Python's."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._blocked_thread = threading.get_native_id()
        self._over = False
        self._thread = threading.Thread(target=self._watch, name="checkedpool fault", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """The step is over: the moment has passed."""
        self._over = True
        self._thread.join()

    def _watch(self) -> None:
        while not self._over:
            if is_blocked(self._blocked_thread):
                self._act()
                return
            time.sleep(0)  # not longer: it may be blocked for microseconds only, again and again


def is_blocked(thread: int) -> bool:
    """Whether this thread of our own waits in the kernel for something else than a lock (Linux; elsewhere: always)."""
    if sys.platform != "linux":
        return True
    where = Path(f"/proc/self/task/{thread}/wchan").read_text()
    return where not in ("", "0") and not where.startswith("futex")
