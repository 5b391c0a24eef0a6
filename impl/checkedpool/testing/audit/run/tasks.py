"""What runs in the workers of an executor that is audited.

Decides: what each kind of task does, and what it writes to the history.  Must not know: executors; whether anything is
right.  Every function can be imported by name, so any start method and any pickler finds it.
"""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from checkedpool.testing.audit.judge.events import Event, Kind, Log, Work

__all__ = ["FUNCTIONS", "TaskError", "arguments", "gate"]

PAUSE = 0.002
"""Seconds between two looks at a gate: a file appears, which no portable call waits for."""
LONGEST = 120.0
"""Seconds after which a held task gives up: the audit that held it is gone."""
EXIT_CODE = 1
ENOUGH = 4 << 30
"""Bytes of address space that a starved worker may have: more than it uses, less than the task wants."""


class TaskError(Exception):
    """What a task of kind RAISES raises."""


class FalsyError(Exception):
    """What a task of kind FALSY raises: an exception that is no error to who asks whether there is one."""

    def __bool__(self) -> bool:
        return False


class RefusesPickle:
    """An argument that cannot be pickled."""

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("not to be pickled")


class RefusesUnpickle:
    """A value whose pickle cannot be read, in whichever process."""

    def __reduce__(self) -> tuple[object, ...]:
        return _refuse, ()


def _refuse() -> None:
    raise TypeError("not to be unpickled")


def gate(log: str, task: int) -> Path:
    """The file whose existence lets a held task go on."""
    return Path(f"{log}.{task}.open")


def _write(log: str, event: Event) -> None:
    history = Log(Path(log))
    history.write(event)
    history.close()


def _enter(log: str, task: int) -> None:
    _write(log, Event(Kind.ENTERED, task=task, pid=os.getpid()))


def quick(log: str, task: int) -> int:
    """Return at once."""
    _enter(log, task)
    return task


def held(log: str, task: int) -> int:
    """Stay until the gate is open."""
    _enter(log, task)
    end = time.monotonic() + LONGEST
    while not gate(log, task).exists() and time.monotonic() < end:
        time.sleep(PAUSE)
    return task


def raises(log: str, task: int) -> int:
    """Fail."""
    _enter(log, task)
    raise TaskError(task)


def starves(log: str, task: int) -> bytes:
    """Ask for more memory than the worker may have, from now on."""
    _enter(log, task)
    try:
        import resource  # noqa: PLC0415 - Unix only
    except ImportError:
        raise MemoryError from None
    resource.setrlimit(resource.RLIMIT_AS, (ENOUGH, resource.getrlimit(resource.RLIMIT_AS)[1]))
    return bytes(2 * ENOUGH)


def dies(log: str, task: int) -> None:
    """Kill the worker; where there is no SIGKILL, end it."""
    _strike(log, task)
    if hasattr(signal, "SIGKILL"):
        os.kill(os.getpid(), signal.SIGKILL)
    os._exit(EXIT_CODE)


def crashes(log: str, task: int) -> None:
    """End the worker as a bug in C code does, without a word."""
    _strike(log, task)
    signal.signal(signal.SIGSEGV, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGSEGV)


def exits(log: str, task: int) -> None:
    """End the worker, exit handlers and all left out."""
    _strike(log, task)
    os._exit(EXIT_CODE)


def _strike(log: str, task: int) -> None:
    _enter(log, task)
    _write(log, Event(Kind.STRUCK, task=task))


def leaves(log: str, task: int) -> None:
    """Kill the worker, and leave a child that holds every file that it held; where there is no fork, just kill it.

    The child ends with the history's file.
    """
    if hasattr(os, "fork") and os.fork() == 0:
        end = time.monotonic() + LONGEST
        while Path(log).exists() and time.monotonic() < end:
            time.sleep(PAUSE)
        os._exit(0)
    dies(log, task)


def falsy(log: str, task: int) -> int:
    """Fail by what is false."""
    _enter(log, task)
    raise FalsyError(task)


def unreadable(log: str, task: int, _argument: RefusesUnpickle) -> int:
    """Never run: its argument cannot be read in the worker."""
    return quick(log, task)


def unpicklable(log: str, task: int, _argument: RefusesPickle) -> int:
    """Never run: its argument stays where it is."""
    return quick(log, task)


def unloadable(log: str, task: int) -> RefusesUnpickle:
    """Return what the parent cannot read."""
    _enter(log, task)
    return RefusesUnpickle()


FUNCTIONS: dict[Work, Callable[..., object]] = {
    Work.QUICK: quick,
    Work.HELD: held,
    Work.RAISES: raises,
    Work.STARVES: starves,
    Work.DIES: dies,
    Work.CRASHES: crashes,
    Work.EXITS: exits,
    Work.UNPICKLABLE: unpicklable,
    Work.UNLOADABLE: unloadable,
    Work.UNREADABLE: unreadable,
    Work.FALSY: falsy,
    Work.LEAVES: leaves,
}
ARGUMENTS: dict[Work, Callable[[], object]] = {Work.UNPICKLABLE: RefusesPickle, Work.UNREADABLE: RefusesUnpickle}


def arguments(log: str, task: int, work: Work) -> tuple[object, ...]:
    """What the function is called with."""
    return (log, task, ARGUMENTS[work]()) if work in ARGUMENTS else (log, task)
