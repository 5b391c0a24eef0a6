"""How the parent asks a worker where its main thread is, and reads the answer: Linux, by a pidfd and the worker's pipe.

Decides by which of two signals.  The first is heard by the interpreter, which between two of its instructions calls a
function that writes the stack.  A thread that stays in C does not come to that.  The second is heard by faulthandler,
at once and without the GIL.  It reads frames wherever the thread is, and while the interpreter is making or leaving one
that can end the process (seen on 3.11 and 3.12).  So the second goes only to a thread that sleeps, or that has run for
a while and not come to the first.

Must not know: whose stack it is, what a dump says.  Who does not ask does not pay: the parent has no end of the
worker's pipe, and opens one when it asks.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from itertools import repeat
from time import monotonic

from checkedpool._os import system
from checkedpool._os.system import ASK, ASK_IN_C, Descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    import select
    from collections.abc import Callable
    from typing import TypeVar

    T = TypeVar("T")

LOOK = 0.05
"""Seconds after which the thread is looked at, if it has not answered."""
QUIET = 20
"""Looks after which an answer that has no end has ended."""
RAN = 5
"""Hundredths of a second on a processor in which a thread comes from one instruction of Python's to the next."""
ENDING = 1000
"""Milliseconds between the two steps of a process's end."""
PIPEFUL = 1 << 16
HEAD = system.STACK_HEAD.encode()
"""It is written at once.  What comes before is the rest of an earlier dump."""


class CannotAskError(Exception):
    """The worker does not hear these signals, or its pipe is not there any more."""


class UnansweredError(Exception):
    """It has not answered in time."""


def ask(pid: int, where: bytes, read: Callable[[bytes, bool], T | None], limit: float) -> T | None:
    """What ``read`` makes of what the worker writes; it is told, too, whether no more comes.  None: it has ended.

    ``where``: what the worker has said of its pipe.  Raises what is above.
    """
    if not where:
        raise CannotAskError
    try:
        asked = Asked(pid, where)
    except ProcessLookupError:
        return None
    try:
        return asked.answer(read, limit)
    except (CannotAskError, OSError) as error:
        if asked.ends():
            return None
        raise CannotAskError from error
    finally:
        asked.close()


class Asked:
    """A worker that is asked.  Nothing here goes to a process that has got its number."""

    def __init__(self, pid: int, where: bytes) -> None:
        self._pid = pid
        (self._process,) = system.made(map(Descriptor, map(os.pidfd_open, (pid,)), ("rb",)))
        self._ends = [f"/proc/{pid}/fd/{int(number)}" for number in where.split()]

    def ends(self) -> bool:
        """Whether its process does: its files are closed a moment before that is known."""
        return bool(_poll(self._process.fileno()).poll(ENDING))

    def close(self) -> None:
        """Let go of it."""
        system.close((self._process,))

    def answer(self, read: Callable[[bytes, bool], T | None], limit: float) -> T | None:
        """See ``ask``."""
        reader, writer = map(os.readlink, self._ends)
        if reader != writer or not reader.startswith("pipe:"):
            raise CannotAskError  # user code has closed what it did not open, and the numbers are other files'
        making = map(os.open, self._ends[1:], (os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC,))
        (pipe,) = system.made(map(Descriptor, making, repeat("rb")))
        try:
            with suppress(BlockingIOError):  # what came too late for who asked before
                while os.read(pipe.fileno(), PIPEFUL):
                    pass
            return self._exchange(pipe.fileno(), read, monotonic() + limit)
        finally:
            system.close((pipe,))

    def _exchange(self, pipe: int, read: Callable[[bytes, bool], T | None], until: float) -> T | None:
        poll = _poll(self._process.fileno(), pipe)
        data, quiet, ran = b"", 0, self._ran()
        self._send(ASK)
        in_c = False
        while (left := until - monotonic()) > 0:
            ready = [fd for fd, _ in poll.poll(1000 * min(left, LOOK))]
            if pipe in ready:
                got = os.read(pipe, PIPEFUL)
                _, head, dump = (data + got).rpartition(HEAD)
                data, quiet = head + (dump if head else b""), 0
                if not got:  # nobody can write any more: it ends
                    poll.unregister(pipe)
            elif ready:
                return None
            elif data:
                quiet += 1
            elif not in_c and self._stays_in_c(ran):
                self._send(ASK_IN_C)
                in_c = True
            came = read(data, quiet >= QUIET)
            if came is not None:
                return came
        raise UnansweredError

    def _send(self, number: int) -> None:
        """Only to who hears it: anybody else it would end."""
        status = self._proc("status").partition("SigCgt:")[2].split(maxsplit=1)
        if not status or not int(status[0], 16) >> (number - 1) & 1:
            raise CannotAskError
        try:
            signal.pidfd_send_signal(self._process.fileno(), number)
        except ProcessLookupError:
            raise
        except OSError as error:  # a sandbox
            raise CannotAskError from error

    def _stat(self) -> list[str]:
        """Of its main thread, from the state on."""
        return self._proc(f"task/{self._pid}/stat").rpartition(") ")[2].split()

    def _ran(self) -> int:
        """Hundredths of a second that it has been on a processor."""
        user, system_time = self._stat()[11:13]
        return int(user) + int(system_time)

    def _stays_in_c(self, ran: int) -> bool:
        state = self._stat()[0]
        return state in "SD" or (state == "R" and self._ran() - ran >= RAN)

    def _proc(self, name: str) -> str:
        with open(f"/proc/{self._pid}/{name}", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - dear
            return file.read()


def _poll(*fds: int) -> select.poll:
    """Looks at these."""
    poll: select.poll = system.system_select.poll()
    for fd in fds:
        poll.register(fd, system.system_select.POLLIN)
    return poll
