"""The exceptions of the pool and the sentences in them: which worker ended, how, in which task.

Decides what a message says; raises nothing itself.
"""

from __future__ import annotations

import concurrent.futures
import signal
import time
from contextlib import suppress

from checkedpool._core.messages import When
from checkedpool._core.tables import Record
from checkedpool._payload import pickling
from checkedpool._payload.pickling import type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures.process import BrokenProcessPool as Standard

    from checkedpool._core.messages import Death
else:
    from concurrent.futures._base import BrokenExecutor as Standard  # until ``as_standard`` is called

AFTER_SHUTDOWN = "cannot schedule new futures after shutdown"
AFTER_EXIT = "cannot schedule new futures after interpreter shutdown"
INHERITED = (
    "this executor was inherited through fork: its workers and its manager belong to the parent process {parent}, "
    "not to this one ({here}); create a new executor in the child process"
)
CANNOT_STOP = (
    "a task cannot be stopped under the 'fork' start method: no worker can be started in the place of the one that "
    "would be ended; make the executor with mp_context=multiprocessing.get_context('forkserver') or 'spawn'"
)
AT_ITS_LIMIT = (
    "the task {task} had not ended {seconds:g} seconds after its begin, which is its limit; worker process {pid}, "
    "which ran it, was stopped"
)
NO_STACKS = "the stack of a task can be had on Linux only, by a pidfd (kernel 5.3 or later), and not here"
NO_STACK = (
    "worker process {pid} does not show its stack: user code in it has taken or reset the signals {signals}, or closed "
    "the pipe that it is written to"
)
STACK_LATE = (
    "worker process {pid} has not shown its stack in {limit:g} s: it is stopped, it blocks the signals {signals}, or "
    "it gets no processor"
)
DAEMONIC = (
    "the process {name!r} is daemonic (multiprocessing.Process(daemon=True), or a worker of multiprocessing.Pool) and "
    "may not have children; create the executor in a process that is not daemonic"
)
NO_MAIN_GUARD = (
    "a worker process tried to use a process pool while it was importing the main module of its parent; "
    "put the code that creates the pool and submits tasks under:  if __name__ == '__main__':"
)
TOO_MANY_FILES = (
    "The file descriptors that this process may have (ulimit -n) were used up after {number} of {count} worker "
    "processes had been started. Each takes ten: raise the limit, or pass a smaller max_workers."
)
START_HINT = (
    "; the reason is on its standard error. Often the main module is not importable by a worker, or starts the pool "
    "outside of:  if __name__ == '__main__':"
)

FREE_THREADED = (
    "this is a free-threaded build of Python, and the pool relies on the global interpreter lock of the others: a "
    "future may be left without its end, also with PYTHON_GIL=1. Use a build that has the lock"
)


class ExecutorShutdownError(RuntimeError):
    """Nothing more is accepted: the executor was shut down, or the interpreter exits."""


if not TYPE_CHECKING:  # who catches the standard library's, where it has one, is to catch ours (proposed: gh-152915)
    ExecutorShutdownError = getattr(concurrent.futures, "ExecutorShutdownError", ExecutorShutdownError)


class BrokenProcessPool(Standard):
    """A task has no result since a worker process died.  Each future has an instance of its own.

    Attributes:
        pid: Of the worker that died (None: it had none).
        exitcode: Its exit code, negative for a signal; None if somebody else had taken the status.
        task: The qualified name of the function that it ran, None if it ran none.
        ran: True on the future whose task the dead worker had begun, False on those that went down with the pool.
        seconds: For about how long that task had run; None if there was none.
        stderr: The last lines that the worker wrote to its standard error; None without ``stderr_tail=``.
    """

    seconds: float | None = None
    stderr: str | None = None

    def __init__(
        self, message: str = "", *, pid: int | None = None, exitcode: int | None = None, task: str | None = None,
        ran: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.pid, self.exitcode, self.task, self.ran = pid, exitcode, task, ran

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args), vars(self)


def _rebuild(cls: type[BrokenProcessPool], args: tuple[str, ...]) -> BrokenProcessPool:
    as_standard()
    return cls(*args)


def as_standard() -> type[BrokenProcessPool]:
    """BrokenProcessPool, as a subclass of the standard one: that is dear, and has to be before anybody gets this."""
    if Standard in BrokenProcessPool.__bases__:
        with suppress(Exception):  # at exit it refuses to be imported; else the next call tries
            from concurrent.futures.process import BrokenProcessPool as Found  # noqa: PLC0415

            BrokenProcessPool.__bases__ = (Found,)
    return BrokenProcessPool


STATUS = {
    0xC0000005: "an access violation", 0xC00000FD: "a stack overflow", 0xC0000374: "a corrupted heap",
    0xC0000409: "a stack that was overrun, or abort()", 0xC000013A: "Ctrl-C",
}  # fmt: skip
"""Windows: exit codes by which the system says why it has ended a process (NTSTATUS)."""


def describe_exit(exitcode: int | None) -> str:
    """In words: an exit code, the name of a signal, or that it is not known."""
    if exitcode is None:
        return "ended with an unknown status (something else in this process had waited for it)"
    if exitcode in STATUS:
        return f"was ended by the system with code 0x{exitcode:X}, {STATUS[exitcode]}"
    if exitcode >= 0:
        return f"exited with code {exitcode}"
    return f"was killed by {next((one.name for one in signal.Signals if one == -exitcode), f'signal {-exitcode}')}"


# --- what a broken future says ----------------------------------------------------------------------------------------


SENTENCES = {
    When.INITIALIZER: "the initializer raised in {worker}; its error is the cause of this one",
    When.START: f"{{worker}} {{ended}} before it was ready{START_HINT}",
    When.TASK: "{worker} {ended} while it ran {this} task, {task}{so_long}{and_so}",
    When.FORCED: (
        "{worker} {ended} while it ran this task, {task}{so_long}: terminate_workers or kill_workers was called"
    ),
    When.IDLE: "{worker} {ended} while it had no task; the pool is broken",
    When.MANAGER: "the pool's manager failed: {cause!r}; this is a bug of checkedpool, please report it",
}
NO_WORKER = "a worker process could not be started: {cause}"
IN_A_ROW = " (deaths in a row, without a task finished between them: {number}; max_worker_restarts={limit})"
ENDED = '\n"""\nProcess {pid} terminated abruptly with exit code {exitcode}\n"""'
"""The standard library's sentence from 3.15 on, for who looks for that (gh-139462)."""
TRIED, MOST = "It was tried again. What the attempts before had ended with:", 500
"""Characters of each."""
LAST_WORDS = (
    "What a worker wrote last comes with this error if the executor has stderr_tail=4000; of a crash faulthandler's "
    "lines, too, if its initializer is faulthandler.enable"
)


class BrokenErrors:
    """Makes the exceptions of one death, one for each future and refused submission; the cause is the same in all."""

    cure = LAST_WORDS
    """A note for who does not find enough in the error of a signal."""

    def __init__(self, death: Death, pid: int | None = None, task: str | None = None, began: float = 0) -> None:
        self.death, self.pid, self.task, cause = death, pid, task, death.cause
        self.seconds = time.monotonic() - began if began else None
        self.cause = pickling.remote_text(cause) if isinstance(cause, bytes | bytearray) else cause
        if cause is None and pid is not None and death.exitcode is not None:
            self.cause = pickling.remote_traceback(ENDED.format(pid=pid, exitcode=death.exitcode))
        self._said = {ran: self._sentence(ran=ran) for ran in (True, False)}

    def __call__(self, *, ran: bool = False) -> BrokenProcessPool:
        """One more; ``ran``: of the future whose task the dead worker had begun."""
        error = as_standard()(self._said[ran], pid=self.pid, exitcode=self.death.exitcode, task=self.task, ran=ran)
        error.seconds = self.seconds
        if ran and self.cure and (self.death.exitcode or 0) < 0:
            error.add_note(self.cure)
        if isinstance(self.cause, BaseException):
            error.__cause__ = self.cause
        return error

    def _sentence(self, *, ran: bool) -> str:
        death, pid = self.death, self.pid
        so_long = "" if self.seconds is None else f", for {self.seconds:.3g} s"
        this, and_so = ("this", "") if ran else ("another", "; the pool is broken")
        said = NO_WORKER if death.when is When.START and pid is None else SENTENCES[death.when]
        said += IN_A_ROW.format(number=death.in_a_row, limit=death.in_a_row - 1) if death.in_a_row else ""
        return said.format(
            worker="a worker process" if pid is None else f"worker process {pid}", ended=describe_exit(death.exitcode),
            this=this, so_long=so_long, and_so=and_so, task=self.task, cause=_InItsWords(death.cause),
        )  # fmt: skip


def attempts_before(errors: Sequence[BaseException]) -> str:
    """What a call that was tried again had ended with before."""
    return "\n- ".join((TRIED, *[f"{type_name(type(error))}: {str(_InItsWords(error))[:MOST]}" for error in errors]))


class _InItsWords(Record):
    """A cause in its own words, unless its class, which may be the user's, has none."""

    cause: object

    def __str__(self) -> str:
        return self._said(str)

    def __repr__(self) -> str:
        return self._said(repr)

    def _said(self, by: Callable[[object], str]) -> str:
        try:
            return by(self.cause)
        except BaseException as reason:  # noqa: BLE001 - user code may raise anything
            return f"{type_name(type(self.cause))} (its text cannot be shown: {type_name(type(reason))})"
