"""Room ``worker``: the worker's usual round written out.  It replaces ``_worker.worker.Worker``.

A round is a ticket, its frame, the call, the whole answer, in the order of the table ``WORKER``.  What is not usual
goes the way of the table.

Gains, by `make bench`: tiny-2 is 1.18 times as fast, map-1 1.4 times.
Equal: ``tests/shell/test_quick_rounds.py`` compares every access of both, in its order and with the machine's state at
it, and what a SIGINT reaches; a traced worker checks each step of it against the table (``_trace.traced_worker``).
"""

from __future__ import annotations

from checkedpool._core.tables import LEAVE, Came, Do
from checkedpool._fast.fitting import Sent
from checkedpool._fast.payload import SMALL
from checkedpool._payload.pickling import HEADER, Kind
from checkedpool._worker.worker import Worker, answer_of_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkedpool._os.system import Part
    from checkedpool._payload.pickling import Packed


class QuickWorker(Worker, metaclass=Sent):
    """A worker that walks the table by ``_rounds`` from ticket to ticket."""

    def work(self) -> int:
        """Until the end; the exit code."""
        machine, does = self.machine, self.does
        while True:
            if machine.at is Do.TAKE_TICKET:
                machine.step(self._rounds())
            perform = does.get(machine.at)
            if perform is None:
                return 0 if machine.at is Do.LEAVE else 1
            machine.step(getattr(self, perform)())

    def _rounds(self) -> Came:
        """Whole rounds, and the part of one up to the step that came out otherwise: what came of it."""
        machine, frames, does, held = self.machine, self.frames, self.does, self.held
        take, do_call, write = self.tickets.recv, self._do_call, self._write
        taking, reading, running, answering = Do.TAKE_TICKET, Do.READ_FRAME, Do.RUN, Do.ANSWER
        lost = Came.LOST  # to look into an enum takes as long as a call
        while True:
            if held:
                self._let_go()
                if not does:
                    return Came.LEAVE
            taken = take(1)
            if not taken or taken[0] == LEAVE:
                return machine.took(LEAVE)
            ticket = machine.ticket = taken[0]
            while True:
                machine.at = reading
                frame = frames.popleft() if frames else self._next_frame()
                if frame is None:
                    return lost
                if frame[0] == ticket:
                    break
            machine.at, body = running, frame[2]
            del frame
            kind, answer = do_call(body)
            del body
            if not does:  # a child that the task has forked has come back from it: nothing here is its own
                return Came.DONE
            machine.at = answering
            if write(kind, answer) is lost:
                return lost
            del answer  # it may be large, and the next ticket far away
            machine.at = taking

    def _let_go(self) -> None:
        held, interrupts = self.held, self.interrupts
        while held:
            try:
                try:
                    interrupts.open = True
                    held.clear()
                finally:
                    interrupts.open = False
            except BaseException:  # noqa: BLE001, S110 - it was for a finalizer, and nobody hears of those
                pass

    def _do_call(self, body: Packed) -> tuple[Kind, Packed]:
        interrupts = self.interrupts
        try:
            try:
                interrupts.open = True
                return self.answer_to(body, self.codec, self.held)
            finally:
                interrupts.open = False
        except BaseException as error:  # noqa: BLE001 - whatever the task raises is its answer
            return answer_of_error(error, self.held, self.codec.dump)

    def _write(self, kind: Kind, body: Packed) -> Came:
        """What is short is copied behind its header: one part more is dearer to the system.  What is long is not."""
        head = HEADER.pack(self.machine.ticket, kind, len(body))
        short = isinstance(body, bytes) and len(body) < SMALL
        parts: Sequence[Part] = (head + body,) if short else self.on_the_wire(head, body)
        try:
            while parts:
                written = self.put(parts)
                if short and written == len(parts[0]):
                    break
                parts = left(parts, written)
        except OSError:
            return Came.LOST
        return Came.DONE


def left(parts: Sequence[Part], written: int) -> Sequence[Part]:
    """What of these parts is still to be written."""
    at = 0
    while at < len(parts) and written >= len(parts[at]):
        written -= len(parts[at])
        at += 1
    return [memoryview(parts[at])[written:], *parts[at + 1 :]] if at < len(parts) else ()
