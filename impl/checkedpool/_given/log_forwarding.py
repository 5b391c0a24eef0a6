"""Log records of the workers, handled here: the parent's side.

Extends ``WorkerChannels``, ``RealPlatform``, ``UserThreads`` and ``Shared``.  Handlers are user code, so a thread calls
them, the same for all: in the order in which the manager has read the records.  The manager reads a worker's records
before its answers.  An answer behind records that are not handled yet goes through that thread, too, to the user-code
threads; so each future ends when what its task has logged has been handled.
"""

from __future__ import annotations

import contextlib
import logging
import pickle
import socket
import threading
from functools import partial

from checkedpool._os import system
from checkedpool._os.locks import new_queue
from checkedpool._payload.pickling import Kind
from checkedpool._pool.platform import RealPlatform
from checkedpool._pool.shared import Shared
from checkedpool._pool.user_code import UserThreads, do_jobs
from checkedpool._pool.worker_channels import WorkerChannels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, ClassVar

    from checkedpool._core import messages
    from checkedpool._core.messages import WorkerNo
    from checkedpool._os.system import Socket
    from checkedpool._payload.pickling import Frame
    from checkedpool._pool.pool import Pool
    from checkedpool._pool.worker_channels import Starter

LARGEST = 1 << 18
"""Bytes of a record at most, and more."""
AT_ONCE = 4096
"""Records that are read in a row: more than a socket holds, so all that were there."""
MOST = 10_000
"""Records that wait to be handled: more are counted, and lost."""
LOGS = -1
"""What happens of a lane, before all else: a record."""
LOST = "%d log records of workers were lost"


class ForwardingShared(Shared):
    """Of a pool whose workers' records come here."""

    log_name: str | None = None
    """By which logger they are handled; None: by that of their own name."""
    log_level = logging.WARNING


def bind(pool: Pool, name: str | None, level: int) -> None:
    """These are this pool's."""
    shared: Any = pool.shared
    shared.log_name, shared.log_level = name, level


def datagram_sockets() -> list[Socket]:
    """A connected pair, both registered, neither waits: reader, writer.  What is sent arrives whole or not at all."""
    pair = system.made(system.socket_pair(socket.SOCK_DGRAM))
    for end in pair:
        end.set_blocking(False)
    return pair


class ForwardingChannels(WorkerChannels):
    """A lane with a socket for records."""

    shared: ForwardingShared

    def __init__(self, number: WorkerNo, shared: Shared) -> None:
        super().__init__(number, shared)
        self._logs, theirs = datagram_sockets()
        self.worker_ends.logs = theirs, self.shared.log_level
        self.log_fd = self._logs.fileno()

    def read_logs(self) -> list[bytes]:
        """All that are there."""
        found: list[bytes] = []
        with contextlib.suppress(OSError):  # nothing more is there; or it was closed
            while len(found) < AT_ONCE:
                found.append(self._logs.recv(LARGEST))
        return found

    def let_go_of_worker_ends(self) -> None:
        super().let_go_of_worker_ends()
        system.close(self.worker_ends.logs[:1])

    def close(self) -> None:
        super().close()
        system.close((self._logs,))


class LogThread:
    """The thread that handles records, once there is one."""

    def __init__(self, shared: ForwardingShared) -> None:
        self._shared = shared
        self._jobs = new_queue()
        self._thread: threading.Thread | None = None
        self._given = self._done = self._lost = 0  # the manager's, the thread's, the manager's

    @property
    def is_busy(self) -> bool:
        """Whether something is not done yet."""
        return self._given != self._done

    def handle(self, data: bytes) -> None:
        """Have a record handled, unless too many wait, or the system has no thread for it."""
        if self._given - self._done >= MOST or not (self._thread or self._start()):
            self._lost += 1
        else:
            lost, self._lost = self._lost, 0
            self.give(partial(self._handle, data, lost))

    def give(self, job: Callable[[], object]) -> None:
        """Have this done behind what was given before; the thread is there."""
        self._given += 1
        self._jobs.put(job)

    def end(self) -> None:
        """When all is done; handlers may take their time."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            thread.join()

    def _start(self) -> bool:
        thread = threading.Thread(target=self._loop, name="checkedpool logs", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._thread = thread
        return True

    def _loop(self) -> None:
        do_jobs(self._shared, self._jobs, self._count, "a handler of a worker's log record")

    def _count(self) -> None:
        self._done += 1

    def _handle(self, data: bytes, lost_here: int) -> None:
        lost, values = pickle.loads(data)  # noqa: S301 - the pool's own
        record = logging.makeLogRecord(values)
        logger = logging.getLogger(self._shared.log_name or record.name)
        if lost + lost_here:
            logger.warning(LOST, lost + lost_here)
        if logger.isEnabledFor(record.levelno):
            logger.handle(record)


class ForwardingUserThreads(UserThreads):
    """The user-code threads, which get some jobs when records before them have been handled."""

    logs: LogThread
    behind = False

    def give(self, job: Callable[[], object]) -> None:
        if not self.behind:
            super().give(job)
            return
        if not self._threads:
            self.add_or_owe()
        self.logs.give(partial(self._jobs.put, job))

    def end(self) -> None:
        self.logs.end()
        super().end()


class ForwardingPlatform(RealPlatform):
    """The real platform, which reads records, too."""

    hears: ClassVar[dict[int, str]] = {**RealPlatform.hears, LOGS: "_read_logs"}

    def __init__(self, shared: Any, starter: Starter, lanes: dict[WorkerNo, Any]) -> None:
        self._logs = LogThread(shared)
        super().__init__(shared, starter, lanes)
        self._threads.logs = self._logs

    @property
    def _threads(self) -> ForwardingUserThreads:
        threads: ForwardingUserThreads = self.user_threads  # type: ignore[assignment]  # they are of that class here
        return threads

    def _adopt(self, lane: Any) -> None:
        super()._adopt(lane)
        self.reactor.watch(LOGS, lane, lane.log_fd)

    def _read_logs(self, lane: Any) -> None:
        for data in lane.read_logs():
            self._logs.handle(data)

    def _hear(self, lane: WorkerChannels, frames: list[Frame]) -> None:
        """Plain values too are left to user-code threads while records wait."""
        self._read_logs(lane)
        if self._logs.is_busy:
            frames = [(seq, Kind.VALUE if kind == Kind.PLAIN else kind, body) for seq, kind, body in frames]
        super()._hear(lane, frames)

    def _drain(self, command: messages.Drain) -> None:
        self._read_logs(self.lanes[command.lane])
        super()._drain(command)

    def _deliver(self, command: messages.Deliver) -> None:
        self._threads.behind = self._logs.is_busy
        try:
            super()._deliver(command)
        finally:
            self._threads.behind = False
