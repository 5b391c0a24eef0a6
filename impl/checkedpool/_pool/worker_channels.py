"""The parent's side of one worker's channels: call pipe, ticket sockets, result pipe, lifeline.

Decides nothing: writes what fits, reads what is there, puts tickets out, reads them back.  Under the lane's lock each
task that was sent here is one of: claimable (in ``unclaimed``), ticketed (its number is in the socket), begun.
"""

from __future__ import annotations

import contextlib
from _thread import RLock
from collections import deque
from functools import partial
from itertools import repeat

from checkedpool._core.messages import RevokedByCanceller
from checkedpool._os import channels
from checkedpool._os.locks import do, exhaust, held
from checkedpool._payload.pickling import READ_SIZE, WRITE_SIZE, Assembler, Kind, header
from checkedpool._worker.worker import WorkerEnds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from multiprocessing.process import BaseProcess

    from checkedpool._core.messages import Answer, Item, Seq, TaskId, WorkerNo
    from checkedpool._os.channels import End
    from checkedpool._payload.pickling import Frame, Packed
    from checkedpool._pool.shared import Place, Shared, Task

TICKETS = 256


class WorkerChannels:
    """One worker's channels, seen from the parent."""

    assembler_type: type[Assembler] = Assembler

    def __init__(self, number: WorkerNo, shared: Shared) -> None:
        self.number = number
        self.process: BaseProcess  # once it is started, as is its pid
        self.watch: End | None = None  # readable when the process has ended
        self.pid: int | None = None
        self.closed = self.at_end = self.dead = False
        self.wants_room = False  # in the call pipe; the reactor reports it
        self.exitcode: int | None = None
        call, self._call = channels.channel()
        self._tickets, self._issue = channels.ticket_sockets()
        self._result, result = channels.channel()
        lifeline, self._lifeline = channels.channel()
        self.worker_ends = WorkerEnds(call, self._tickets, result, lifeline)
        self.call_fd, self.result_fd = self._call.fileno(), self._result.fileno()
        for end in self._call, self._result:
            channels.set_blocking(end, blocking=False)
        self._put, self._get = channels.writer(self._call), channels.reader(self._result)
        self.assembler = self.assembler_type()
        self._out: deque[bytes | memoryview] = deque()  # frames, of the first what is not in the pipe yet
        self.behind = 0  # frames of calls that are not wholly in the pipe
        self._shared = shared
        self._lock = RLock()
        self._ticketed: dict[Seq, TaskId] = {}
        self._back = bytearray(TICKETS)  # read back and not sorted yet: survives an interruption of the reader
        self._nothing = bytes(TICKETS)
        self._returned: list[Seq] = []  # sorted, for the manager

    @property
    def has_process(self) -> bool:
        """Whether its start came so far."""
        return hasattr(self, "process") and self.process.pid is not None

    def let_go_of_worker_ends(self) -> None:
        """The worker has its own now; the parent keeps the reading ends of the tickets and of the call pipe.

        The latter so that writing to a worker that has died is neither an error nor a signal: its death is seen
        elsewhere.
        """
        theirs = self.worker_ends
        channels.close((theirs.result, theirs.lifeline, *theirs.more))

    # --- call pipe --------------------------------------------------------------------------------------------------

    def queue(self, frames: Iterable[tuple[bytes, Packed]]) -> None:
        """Queue whole frames, header and body each, for writing."""
        for head, body in frames:
            self._out.append(b"".join(self.on_the_wire(head, body)))
            self.behind += 1

    def queue_setup(self, body: bytes) -> None:
        """Queue the frame that goes before all calls."""
        self._out.append(header(0, Kind.CALL, body) + body)

    def on_the_wire(self, head: bytes, body: Packed) -> Sequence[bytes | memoryview]:
        """What goes through the pipe for a frame."""
        return head, body

    def write(self) -> None:
        """Write as much as the pipe takes."""
        out = self._out
        with contextlib.suppress(BlockingIOError):
            while out:
                frame = memoryview(out[0])
                written = self._put((frame[:WRITE_SIZE],))
                if written < len(frame):
                    out[0] = frame[written:]
                else:
                    out.popleft()
        self.behind = min(self.behind, len(out))

    @property
    def unwritten(self) -> bool:
        """Whether anything waits for room in the pipe."""
        return bool(self._out)

    # --- tickets ----------------------------------------------------------------------------------------------------

    def issue(self, items: tuple[Item, ...]) -> list[TaskId] | None:
        """Claim each task and put its ticket out; the tasks cancelled before.  None: a canceller is or was here."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            if not self.is_clear:  # those come first; the manager has been told to look
                return None
            gone = []
            seqs = bytearray()
            unclaimed, ticketed = self._shared.unclaimed, self._ticketed
            for seq, number in items:
                if unclaimed.pop(number, self) is None:  # ``claim``, as it stands in ``Shared``
                    ticketed[seq] = number
                    seqs.append(seq)
                else:
                    gone.append(number)
            if seqs:
                self._issue.send(seqs)
            return gone
        finally:
            self._lock.release()

    @property
    def is_clear(self) -> bool:
        """Under the lane's lock: nothing was read back that the manager has not been told of."""
        return not self._returned and self._back == self._nothing

    def put_ticket(self, ticket: int) -> None:
        """Put a ticket of no task out: to leave, or of a marked frame."""
        self._issue.send(bytes((ticket,)))

    def revoke(self) -> tuple[Seq, ...] | None:
        """All tickets read back, by cancellers too, that the manager has not been told of.  None: one is here."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            self._read_tickets()
            returned, self._returned = tuple(self._returned), []
            return returned
        finally:
            self._lock.release()

    def revoke_for(self, future: Task, place: tuple[Place, Seq]) -> bool | None:
        """A canceller: read all tickets back, then claim the task if it can be claimed; None: it is elsewhere now.

        The manager is told first: it finds the lock taken and looks again, so an interruption in here loses nothing.
        The caller does not hold the future's lock.
        """
        claimed = False
        for _ in held(self._lock):
            self._shared.inbox.append(RevokedByCanceller(self.number))
            self._shared.wake()
            self._read_tickets()
            claimed = self._shared.withdraw(future)
        if claimed:
            return True
        return False if future.place is place else None

    def has_begun(self, number: TaskId, seq: Seq) -> bool:
        """Whether the worker has taken the ticket of this task, which was sent here."""
        for _ in held(self._lock):
            if number in self._shared.unclaimed:
                return False
            if self._ticketed.get(seq) != number:
                return True  # and has answered: the ticket with that number may be another task's by now
            waiting = bytearray(TICKETS)
            if self._revocable():
                with contextlib.suppress(OSError):  # nothing there, or closed by a fork
                    channels.take_waiting(self._tickets, waiting, peek=True)
            if seq in waiting or seq in self._back:
                return False
        return True

    def _revocable(self) -> bool:
        """Whether tickets can be read back now: without waiting, and into a socket that is there."""
        return not self.closed and (self.dead or not channels.PORTABLE)

    def _read_tickets(self) -> None:
        self._sort()  # what an interrupted call has left
        if self._revocable():
            with contextlib.suppress(OSError):  # nothing there, or closed by a fork
                channels.take_waiting(self._tickets, self._back)
            self._sort()

    def _sort(self) -> None:
        seqs = self._back.replace(b"\0", b"")
        if seqs:  # all in one call: what was sorted and is sorted again could be claimed by somebody in between
            numbers = (self._ticketed[seq] for seq in seqs if seq in self._ticketed)
            steps = (
                partial(self._shared.unclaimed.update, dict.fromkeys(numbers)),
                partial(self._returned.extend, seqs),
                partial(exhaust, map(self._ticketed.pop, seqs, repeat(None))),
                partial(self._back.__setitem__, slice(None), self._nothing),
            )
            exhaust(map(do, steps))

    def answered(self, answers: Iterable[Answer]) -> None:
        """These tickets have been used up."""
        ticketed = self._ticketed
        for answer in answers:
            ticketed.pop(answer.seq, None)

    # --- results ----------------------------------------------------------------------------------------------------

    def read(self) -> list[Frame] | None:
        """The frames that are whole now; None at end of file or when nothing is there."""
        try:
            data = self._get(READ_SIZE)
        except BlockingIOError:
            return None
        except ConnectionError:
            data = b""
        if not data:
            self.at_end = True
            return None
        return self.assembler.feed(data)

    def close(self) -> None:
        """Close every end of the parent.  What a client still writes to or reads closes with the last reference."""
        self.closed = True
        channels.close((self._result, self._lifeline))
        if self.watch is not None:
            channels.close((self.watch,))
        for _ in held(self._lock, False):  # noqa: FBT003 - as of a lock
            channels.close((self._tickets, self._issue, self.worker_ends.call, self._call))
