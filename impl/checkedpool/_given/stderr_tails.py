"""The last lines that a worker wrote to its standard error, in the error of its death or limit: the parent's side.

Extends ``WorkerChannels``, ``RealPlatform`` and ``UserThreads``.  A worker's descriptor 2 is a pipe.  The manager reads
it, without waiting, when something is there; when the worker has died it reads the rest before it says so.  It keeps
the end, and has a thread write all of it to this process's descriptor 2.  That may block, and the manager may not.
While the thread is behind, nothing is read: the workers wait then, as they would for that descriptor itself.

A process that a worker has left behind holds the pipe: it is read for as long as the pool is there.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from functools import partial

from checkedpool._os import system
from checkedpool._os.locks import Latch, new_queue
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.shared import Shared
from checkedpool._pool.user_code import UserThreads, do_jobs
from checkedpool._pool.worker_channels import WorkerChannels
from checkedpool.errors import BrokenErrors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkedpool._core import messages
    from checkedpool._core.messages import WorkerNo
    from checkedpool._pool.pool import Pool
    from checkedpool._pool.worker_channels import Starter
    from checkedpool.errors import BrokenProcessPool

STDERR, OWN = -2, 2
"""What happens of a lane, before all else; and the descriptor to which it goes."""
PIPEFUL, PIPEFULS = 1 << 16, 16
"""Bytes that are read at once; and how often in a row, of a dead worker whose pipe somebody else goes on filling."""
BEHIND, MOST = 1 << 20, 1 << 24
"""Bytes that wait for the thread when nothing more is read; and when what the dead have said is not copied."""
PATIENCE = 1.0
"""Seconds that the last words may take at the pool's end, where nobody reads this process's standard error."""
TOLD = "The last that the worker wrote to its standard error:\n"


class TailShared(Shared):
    """Of a pool that keeps tails."""

    stderr_tail = 0
    """Bytes of each."""


def bind(pool: Pool, most: int) -> None:
    """So many bytes."""
    shared: Any = pool.shared
    shared.stderr_tail = most


class TailErrors(BrokenErrors):
    """The same errors, with what the worker wrote."""

    cure = ""

    def __init__(self, errors: BrokenErrors, tail: str) -> None:
        vars(self).update(vars(errors))
        self.tail = tail

    def __call__(self, *, ran: bool = False) -> BrokenProcessPool:
        error = super().__call__(ran=ran)
        _explain(error, self.tail)
        return error


def _explain(error: Any, tail: str) -> None:
    """What the worker wrote becomes an attribute and, where there is any, a note."""
    error.stderr = tail
    if tail:
        error.add_note(TOLD + tail)


class TailChannels(WorkerChannels):
    """A lane with one pipe more."""

    shared: TailShared

    def __init__(self, number: WorkerNo, shared: Shared) -> None:
        super().__init__(number, shared)
        self._stderr, theirs = system.made(system.pipe())  # closes with its last reference: later than the others
        self._stderr.set_blocking(False)
        self.worker_ends.more += (theirs,)
        self.stderr_fd = self._stderr.fileno()
        self._tail, self._is_cut = b"", False
        self.is_told = False  # nobody writes to it any more

    def read_stderr(self) -> bytes:
        """What is there, a pipeful at most."""
        try:
            data = os.read(self.stderr_fd, PIPEFUL) if not self.is_told else b""
        except BlockingIOError:
            return b""
        except OSError:  # a fork's child
            data = b""
        self.is_told = not data
        self._tail += data
        most = self.shared.stderr_tail
        self._is_cut = self._is_cut or len(self._tail) > most
        self._tail = self._tail[-most:]
        return data

    def tail(self) -> str:
        """Whole lines, unless the last one alone is longer."""
        first, _, rest = self._tail.partition(b"\n") if self._is_cut else (b"", b"", self._tail)
        return (rest or first).decode("utf-8", "backslashreplace").rstrip()

    def explain(self, error: Any) -> None:
        """What has been read so far: the manager reads before it looks at limits."""
        _explain(error, self.tail())

    def let_go_of_stderr(self) -> None:
        """Nobody hears more of it."""
        self.is_told = True
        system.close((self._stderr,))


class Copier:
    """The thread that writes to this process's standard error, once there is something to write."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._jobs = new_queue()
        self._thread: threading.Thread | None = None
        self._given = self._done = 0  # bytes: the manager's, the thread's
        self.is_waited_for = False

    @property
    def waiting(self) -> int:
        """Bytes that are not written yet."""
        return self._given - self._done

    def give(self, data: bytes) -> None:
        """Have this written, unless far too much waits."""
        if self.waiting < MOST:
            self._given += len(data)
            self._jobs.put(partial(self._write, data))
            if self._thread is None:
                self._start()

    def has_to_be_waited_for(self) -> bool:
        """If so, it says when that is over; not where there is no thread, which the next word tries to have."""
        if self.waiting >= BEHIND and self._thread is not None:
            self.is_waited_for = True  # first: it may be done with all of it at any moment
            self.is_waited_for = self.waiting >= BEHIND
        return self.is_waited_for

    def end(self) -> None:
        """When all is written, if somebody takes it."""
        self._jobs.put(None)
        if self._thread is None:
            self._start()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def _start(self) -> None:
        """Where the system has no thread now, the next word or the end tries again."""
        thread = threading.Thread(target=self._loop, name="checkedpool stderr", daemon=True)
        with suppress(RuntimeError):
            thread.start()
            self._thread = thread

    def _loop(self) -> None:
        do_jobs(self._shared, self._jobs, self._tell, "the copying of workers' standard error")

    def _write(self, data: bytes) -> None:
        write(data)
        self._done += len(data)

    def _tell(self) -> None:
        if self.is_waited_for and self.waiting < BEHIND:
            self.is_waited_for = False
            self._shared.inbox.append(Latch())  # it says nothing, and lets the manager look again
            self._shared.wake()


def write(data: bytes) -> None:
    """To this process's standard error, as fast as that is taken; what cannot be written is nobody's."""
    rest = memoryview(data)
    with suppress(OSError):
        while rest:
            try:
                rest = rest[os.write(OWN, rest) :]
            except BlockingIOError:  # somebody has made it one that does not wait
                system.system_select.select([], [OWN], [])


class TailUserThreads(UserThreads):
    """With them ends the thread that copies."""

    copier: Copier

    def end(self) -> None:
        super().end()
        self.copier.end()


class TailPlatform(RealPlatform):
    """The real platform, which reads what workers write to standard error, too."""

    def __init__(self, shared: Shared, starter: Starter, lanes: dict[WorkerNo, Any]) -> None:
        self._copier = Copier(shared)
        self._open: set[Any] = set()  # lanes to whose pipe somebody may write
        self._waits = False
        super().__init__(shared, starter, lanes)
        vars(self)["hears"] = {**self.hears, STDERR: "_read_stderr"}
        vars(self.user_threads)["copier"] = self._copier
        self.dues.append(self._go_on)

    def _adopt(self, lane: Any) -> None:
        super()._adopt(lane)
        self._open.add(lane)
        self._listen(lane)

    def _listen(self, lane: Any) -> None:
        if not self._waits:
            self.reactor.watch(STDERR, lane, lane.stderr_fd)

    def _go_on(self) -> None:
        """Before each sleep: the thread may have caught up."""
        if self._waits and not self._copier.is_waited_for:
            self._waits = False
            for lane in self._open:
                self._listen(lane)

    def _read_stderr(self, lane: Any) -> bool:
        """A pipeful; whether there may be more."""
        data = lane.read_stderr()
        if data:
            self._copier.give(data)
        if lane.is_told:
            self._forget(lane)
        elif not self._waits and self._copier.has_to_be_waited_for():
            self._waits = True
            for other in self._open:
                self.reactor.forget(other.stderr_fd)
        return bool(data)

    def _forget(self, lane: Any) -> None:
        """Once: then its number may be another lane's."""
        if lane in self._open:
            self._open.discard(lane)
            self.reactor.forget(lane.stderr_fd)
            lane.let_go_of_stderr()

    def _read_rest(self, lane: Any) -> None:
        """All that is there: its worker has ended, or has said its last."""
        for _ in range(PIPEFULS):
            if not self._read_stderr(lane):
                return

    def _errors_of(self, death: messages.Death) -> BrokenErrors:
        before, errors = self.broken_errors, super()._errors_of(death)
        lane = None if death.lane is None else self.lanes.get(death.lane)
        if errors is not before and lane is not None:
            self._read_rest(lane)
            errors = self.broken_errors = TailErrors(errors, lane.tail())  # type: ignore[attr-defined]
        return errors

    def _close(self, command: messages.Close) -> None:
        lane = self.lanes.get(command.lane)
        if lane is not None:
            self._read_rest(lane)
        super()._close(command)
        if lane in self._open:  # who is left behind may go on
            self._listen(lane)

    def _finish(self, command: messages.Finish) -> None:
        for lane in list(self._open):
            self._forget(lane)
        super()._finish(command)
