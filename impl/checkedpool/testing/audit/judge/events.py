"""A history: what was done to an executor and what came back, in one order.

Decides: which events there are, and how one is written as a line.  Must not know: what the contract says of them.

All processes of a scenario append whole lines to one file, so the order of the lines is an order in which it may have
happened: a call's BEGIN is written before the call is made, its END after it has returned.  No clock is needed.
"""

import json
import os
import threading
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

__all__ = ["FROM_CALLBACK", "INTERRUPTED", "Call", "Event", "Kind", "Log", "Work", "line_of", "parse"]

INTERRUPTED = "interrupted"
"""What a call has said that a signal handler has interrupted."""

FROM_CALLBACK = "in a callback of the pool"
"""Of a call: it is made in a done-callback, in a thread of the pool."""


class Kind(StrEnum):
    """What happened."""

    BEGIN = "begin"
    END = "end"
    """A call has returned or raised: `said`."""
    ENTERED = "entered"
    """A worker is inside the task."""
    OPENED = "opened"
    """A held task may go on, from now on at the earliest."""
    STRUCK = "struck"
    """The worker that is inside the task is about to be killed, or to end itself; without a task: an idle worker."""
    PLANNED = "planned"
    """One worker more may be killed, from now on, at a moment that nobody writes down here."""
    BAD_START = "bad start"
    """A worker could not be started, or its start has come to no end."""
    BAD_INITIALIZER = "bad initializer"
    """A worker's initializer has raised."""
    SIGNALLED = "signalled"
    """SIGINT was sent to a worker that is inside no task."""
    CALLED = "called"
    """The future's done-callback was called."""
    ALIVE = "alive"
    """A worker's process is still there."""
    QUIET = "quiet"
    """For as long as somebody was willing to wait, nothing more happened; `said`: whose futures are not done."""


class Call(StrEnum):
    """What a client calls."""

    SUBMIT = "submit"
    ADD = "add_done_callback"
    CANCEL = "cancel"
    RUNNING = "running"
    DONE = "done"
    TOLD = "wait"
    """concurrent.futures.wait() for one future, and then how it ended."""
    SHUTDOWN = "shutdown"


class Work(StrEnum):
    """What a task does."""

    QUICK = "quick"
    HELD = "held"
    """Stays in the worker until it is let go; then it returns its number, as QUICK does."""
    RAISES = "raises"
    STARVES = "starves"
    """Asks for more memory than its worker may have."""
    DIES = "dies"
    """Its worker kills itself in it: SIGKILL."""
    CRASHES = "crashes"
    """Its worker is ended by SIGSEGV."""
    EXITS = "exits"
    """Its worker ends by os._exit()."""
    UNPICKLABLE = "unpicklable"
    """Its argument cannot be pickled."""
    UNLOADABLE = "unloadable"
    """Its result cannot be unpickled in the parent."""
    UNREADABLE = "unreadable"
    """Its argument cannot be unpickled in the worker."""
    FALSY = "falsy"
    """Raises an exception that is false."""
    LEAVES = "leaves"
    """Its worker kills itself in it, and leaves a child that holds its files open."""


class Event(NamedTuple):
    """One line of a history; a field that an event has no use for keeps its default."""

    kind: Kind
    task: int = -1
    call: int = -1
    """BEGIN and END of one call have the same number."""
    what: Call | None = None
    work: Work | None = None
    level: int = 0
    """SHUTDOWN: how strong the request is."""
    wait: bool = False
    said: str = ""
    who: str = ""
    pid: int = 0
    note: str = ""
    """Of an end by an exception: its class and its words; of a call: from where it is made, if that is unusual."""
    shared: int = -1
    """The task whose future has ended by the same exception object."""


DEFAULTS = Event(Kind.QUIET)


def line_of(event: Event) -> str:
    """The event as one line of JSON, without what it has no use for."""
    told = {
        name: value for name, value in event._asdict().items() if name == "kind" or value != getattr(DEFAULTS, name)
    }
    return json.dumps(told) + "\n"


def parse(line: str) -> Event:
    """The event that the line tells; ValueError if it is none."""
    told = json.loads(line)
    if not isinstance(told, dict) or not set(told) <= set(Event._fields) or "kind" not in told:
        raise ValueError(f"not an event: {line!r}")
    event = Event(**{**told, "kind": Kind(told["kind"])})
    return event._replace(what=event.what and Call(event.what), work=event.work and Work(event.work))


class Log:
    """The file, as each process and each thread of a scenario writes it."""

    def __init__(self, path: Path) -> None:
        self._file: int | None = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._lock = threading.Lock()

    def write(self, event: Event) -> None:
        """Append the event: one write, one line, so lines never mix. Once the file is closed, do nothing.

        Who still waits then may write late, and the number of the file may be that of another one, or of a pipe.
        """
        with self._lock:
            if self._file is not None:
                os.write(self._file, line_of(event).encode())

    def close(self) -> None:
        """Write no more."""
        with self._lock:
            file, self._file = self._file, None
            if file is not None:
                os.close(file)
