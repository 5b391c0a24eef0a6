"""A worker, seen from the parent: its channels, how it is started, how one that no manager knows is ended.

The channels decide nothing: they write what fits, read what is there, put tickets out, revoke them.  Under the
lane's lock each task that was sent here is one of: claimable (in ``unclaimed``), ticketed (its number is in the
socket), begun.

Starting is dangerous: it runs in the first submit (fork, before any thread of the pool exists) or in a thread of its
own (``starting_in_threads``), never in the manager.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import multiprocessing
import multiprocessing.popen_fork  # here, where no submit waits for it: each start method but Windows' imports it
from _thread import RLock
from collections import deque
from functools import partial
from itertools import repeat

from checkedpool._core import messages
from checkedpool._os import system
from checkedpool._os.locks import do, exhaust, held
from checkedpool._payload.pickling import READ_SIZE, WRITE_SIZE, Assembler, Kind, header
from checkedpool._worker.worker import Worker, WorkerEnds, worker_main
from checkedpool.errors import DAEMONIC, TOO_MANY_FILES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from multiprocessing.context import BaseContext
    from multiprocessing.process import BaseProcess
    from typing import Any

    from checkedpool._core.messages import Item, Seq, TaskId, WorkerNo
    from checkedpool._os.system import End
    from checkedpool._payload.pickling import Frame, Packed
    from checkedpool._pool.shared import Place, PoolFuture, Shared

TICKETS = 256
WORKER = "checkedpool worker {}"
"""The name of a process."""
NOT_AT_ALL = (False, -1.0)
A_MOMENT = (True, 0.005)
"""So long the manager waits for a lane's lock, but only where it found it taken the last time.

A client that asks without pause lets go of the GIL in one place only: in a call of the system's, with the lock.  So
whoever does not wait never finds it free.
"""
TOGETHER = 4
"""Workers that are forked one right after the other: until then each has three descriptors more in the parent.

After a fork each page that is written to is copied, and a page holds many objects.  So what a worker needs is made
before the first of these forks, and the garbage collector has looked at the youngest objects.
"""


class WorkerChannels:
    """One worker's channels, seen from the parent."""

    assembler_type: type[Assembler] = Assembler
    process: BaseProcess  # once it is started
    watch: End | None = None  # readable when the process has ended
    first_words = b""  # of one that is ready: where it shows its stack
    behind = 0  # frames of calls that are not wholly in the pipe
    since = 0.0  # it has been at the task that it runs, as far as the parent has seen

    def __init__(self, number: WorkerNo, shared: Shared) -> None:
        self.number, self.shared = number, shared
        self.closed = self.at_end = self.dead = False
        call, self.call_end = system.channel()
        self._tickets, self.ticket_end = system.made(system.socket_pair())
        self._result, result = system.channel()
        lifeline, self._lifeline = system.channel()
        self.worker_ends = WorkerEnds(call, self._tickets, result, lifeline)
        self.call_fd, self.result_fd = self.call_end.fileno(), self._result.fileno()
        for end in self.call_end, self._result, self._tickets, self.ticket_end:  # the worker has its tickets wait
            end.set_blocking(end is self.ticket_end)  # whose buffer has room for all, unless the system's are tiny
        self.put, self._get = self.call_end.writer(), self._result.reader()
        self.assembler = self.assembler_type()
        self.unwritten: deque[bytes | memoryview] = deque()  # frames, of the first what is not in the pipe yet
        self.lock = RLock()
        self._wait = NOT_AT_ALL  # what the manager will do if a client has the lock
        self.ticketed: dict[Seq, TaskId] = {}
        self._back = bytearray(TICKETS)  # revoked and not sorted yet: survives an interruption of the reader
        self.returned: list[Seq] = []  # sorted, for the manager

    @property
    def has_process(self) -> bool:
        """Whether its start came so far."""
        return hasattr(self, "process") and self.process.pid is not None

    def explain(self, error: Any) -> None:
        """Add to an error of its task's what is known of its worker besides: nothing."""
        error.stderr = None

    def let_go_of_worker_ends(self) -> None:
        """The worker has its own now.  Those of tickets and calls stay: to write to a dead worker is no error so."""
        system.close((self.worker_ends.result, self.worker_ends.lifeline, *self.worker_ends.more))

    # --- call pipe --------------------------------------------------------------------------------------------------

    def queue(self, frames: Iterable[tuple[bytes, Packed]]) -> None:
        """Queue whole frames, header and body each, for writing."""
        for head, body in frames:
            self.unwritten.append(memoryview(b"".join(self.on_the_wire(head, body))))
            self.behind += 1

    def queue_setup(self, body: bytes) -> None:
        """Queue the frame that goes before all calls."""
        self.unwritten.append(memoryview(header(0, Kind.CALL, body) + body))

    def on_the_wire(self, head: bytes, body: Packed) -> Sequence[bytes | memoryview]:
        """What goes through the pipe for a frame."""
        return head, body

    def write(self) -> None:
        out = self.unwritten
        with contextlib.suppress(BlockingIOError):
            while out:
                out[0] = out[0][self.put((out[0][:WRITE_SIZE],)) :]
                if not out[0]:
                    out.popleft()
        self.behind = min(self.behind, len(out))

    # --- tickets ----------------------------------------------------------------------------------------------------

    def issue(self, items: tuple[Item, ...]) -> list[TaskId] | None:
        """Claim each task and put its ticket out; the tasks cancelled before.  None: a canceller is or was here."""
        wait, self._wait = self._wait, A_MOMENT
        for _ in held(self.lock, *wait):
            self._wait = NOT_AT_ALL
            if not self.is_clear:  # those come first; the manager has been told to look
                return None
            unclaimed = self.shared.unclaimed  # to pop is ``claim``, as it stands in ``Shared``
            claimed = {seq: number for seq, number in items if unclaimed.pop(number, self) is None}
            if claimed:
                self.ticketed.update(claimed)
                self.ticket_end.send(bytes(claimed))
            return [number for seq, number in items if seq not in claimed]
        return None

    @property
    def is_clear(self) -> bool:
        """Under the lane's lock: nothing was revoked that the manager has not been told of."""
        return not self.returned and self._back == bytes(TICKETS)

    def put_ticket(self, ticket: int) -> None:
        """Put a ticket of no task out: to leave, or of a marked frame."""
        self.ticket_end.send(bytes((ticket,)))

    def revoke(self) -> tuple[Seq, ...] | None:
        """All tickets revoked, by cancellers too, that the manager has not been told of.  None: one is here."""
        wait, self._wait = self._wait, A_MOMENT
        for _ in held(self.lock, *wait):
            self._wait = NOT_AT_ALL
            self._read_tickets()
            returned, self.returned = tuple(self.returned), []
            return returned
        return None

    def revoke_for(self, future: PoolFuture[Any], place: tuple[Place, Seq]) -> bool | None:
        """A canceller: revoke all tickets, then claim the task if it can be claimed; None: it is elsewhere now.

        The manager is told first: it finds the lock taken and looks again, so an interruption in here loses nothing.
        The caller does not hold the future's lock.
        """
        claimed = False
        for _ in held(self.lock):
            self.shared.inbox.append(messages.RevokedByCanceller(self.number))
            self.shared.wake()
            self._read_tickets()
            claimed = self.shared.withdraw(future)
        if claimed:
            return True
        return False if future.place is place else None

    def has_begun(self, number: TaskId, seq: Seq) -> bool:
        """Whether the worker has taken the ticket of this task, which was sent here."""
        for _ in held(self.lock):
            if number in self.shared.unclaimed:
                return False
            if self.ticketed.get(seq) != number:
                return True  # and has answered: the ticket with that number may be another task's by now
            if seq in self.untaken():
                return False
        return True

    def untaken(self) -> bytearray:
        """Under the lane's lock: the tickets that the worker has not taken."""
        waiting = bytearray(TICKETS)
        if self._revocable():
            with contextlib.suppress(OSError):  # nothing there, or closed by a fork
                system.take_waiting(self._tickets, waiting, peek=True)
        return waiting + self._back

    def _revocable(self) -> bool:
        """Whether tickets can be revoked now: without waiting, and into a socket that is there."""
        return not self.closed and (self.dead or not system.PORTABLE)

    def _read_tickets(self) -> None:
        self._sort()  # what an interrupted call has left
        if self._revocable():
            with contextlib.suppress(OSError):  # nothing there, or closed by a fork
                system.take_waiting(self._tickets, self._back)
            self._sort()

    def _sort(self) -> None:
        seqs = self._back.replace(b"\0", b"")
        if seqs:  # all in one call: what was sorted and is sorted again could be claimed by somebody in between
            numbers = (self.ticketed[seq] for seq in seqs if seq in self.ticketed)
            steps = (
                partial(self.shared.unclaimed.update, dict.fromkeys(numbers)),
                partial(self.returned.extend, seqs),
                partial(exhaust, map(self.ticketed.pop, seqs, repeat(None))),
                partial(self._back.__setitem__, slice(None), bytes(TICKETS)),
            )
            exhaust(map(do, steps))

    # --- results ----------------------------------------------------------------------------------------------------

    def read(self) -> list[Frame] | None:
        """The frames that are whole now; None at end of file or when nothing is there."""
        try:
            data = self._get(READ_SIZE)
        except BlockingIOError:
            return None
        except ConnectionError:
            data = b""
        self.at_end = not data
        return self.assembler.feed(data) if data else None

    def close(self) -> None:
        """Close every end of the parent.  What a client still writes to or reads closes with the last reference."""
        self.closed = True
        system.close((self._result, self._lifeline, *([] if self.watch is None else [self.watch])))
        for _ in held(self.lock, False):  # noqa: FBT003 - as of a lock
            system.close((self._tickets, self.ticket_end, self.worker_ends.call, self.call_end))


# --- starting ---------------------------------------------------------------------------------------------------------


class Starter:
    """Makes the workers of one pool: forks all of them, before the pool has a thread."""

    channels_type: type[WorkerChannels] = WorkerChannels
    worker_type: type[Worker] = Worker
    target: Callable[..., None] = staticmethod(worker_main)
    first: Sequence[tuple[str, dict[str, object]]] = ()
    """Code, and the names that it uses, for each worker that is not forked, before it imports what is the user's."""

    def __init__(self, shared: Shared, context: BaseContext, setup: tuple[Any, tuple[Any, ...]]) -> None:
        self.shared, self.context, self.setup = shared, context, setup

    def check(self) -> None:
        """Raise what would make every start fail, before anything is accepted."""
        if (process := multiprocessing.current_process()).daemon:
            raise RuntimeError(DAEMONIC.format(name=process.name))

    def start_all(self, count: int, lanes: dict[WorkerNo, WorkerChannels]) -> None:
        """Fork all workers into ``lanes``.  After an error, or an interruption, the caller ends what is there."""
        self.check()
        for first in range(0, count, TOGETHER):
            fresh = range(first, min(first + TOGETHER, count))
            for number in fresh:
                lane = lanes[number] = self.channels_type(number, self.shared)
                lane.worker_ends.index, lane.process = number, self._process(lane, self.setup)
            if gc.isenabled() and 0 < gc.get_threshold()[0] < 2 * gc.get_count()[0]:
                gc.collect(0)  # it would come soon, here and in the workers
            for lane in map(lanes.__getitem__, fresh):
                system.sparing(lane.worker_ends.all(), lane.process.start)
            for lane in map(lanes.__getitem__, fresh):
                lane.let_go_of_worker_ends()
        for lane in lanes.values():  # watching may take a thread: not before the last fork
            lane.watch = system.watch(lane.process)

    def _process(self, lane: WorkerChannels, setup: tuple[Any, tuple[Any, ...]] | None) -> BaseProcess:
        name, args = WORKER.format(lane.number), (self.worker_type, lane.worker_ends, setup)
        return self.context.Process(target=self.target, args=args, name=name)  # type: ignore[attr-defined,no-any-return]

    # --- where workers are not forked, but started in threads (``starting_in_threads``) -----------------------------

    def start_in_thread(self, number: WorkerNo) -> None:
        """One worker, elsewhere; Started or StartFailed goes to the inbox."""

    def take(self, number: WorkerNo) -> WorkerChannels | None:
        """What a start thread has made; None if nothing, or if it came too late (then it is ended)."""

    def abandon(self, number: WorkerNo) -> None:
        """Nobody waits for this start any more; what has come of it already may be heard of by nobody."""

    def end(self) -> None:
        """Nobody will take anything any more.  Waits, not for ever, for what is under way."""


def explain(error: BaseException, lanes: dict[WorkerNo, WorkerChannels], count: int) -> None:
    """Where no more files may be open: say how many workers there are already."""
    if isinstance(error, OSError) and error.errno == errno.EMFILE:
        started = sum(lane.has_process for lane in lanes.values())
        error.add_note(TOO_MANY_FILES.format(number=started, count=count))


def end_now(lane: WorkerChannels) -> None:
    """Kill and reap a worker that no manager knows, or give up one that was never started."""
    try:
        kill_now(lane)
    finally:
        lane.close()


def kill_now(lane: WorkerChannels) -> None:
    """Kill and reap a worker, if there is one; its channels stay."""
    lane.let_go_of_worker_ends()
    if lane.has_process:
        system.send_signal(lane.process, lane.watch, force=True)
        lane.process.join(system.KILL_WAIT)
        system.forget(lane.process)
