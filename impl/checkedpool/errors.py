"""The exceptions of the pool and the sentences in them: which worker ended, how, in which task.

Decides what a message says; raises nothing itself.
"""

from __future__ import annotations

import signal

from checkedpool._core.messages import When
from checkedpool._payload import pickling
from checkedpool._payload.pickling import type_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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


class BrokenProcessPool(Standard):
    """A task has no result since a worker process died.  Each future has an instance of its own.

    ``pid``: of the worker that died (None: it had none).  ``exitcode``: its exit code, negative for a signal; None if
    somebody else had taken the status.  ``task``: the qualified name of the function that it ran, None if it ran none.
    ``ran``: True on the future whose task the dead worker had begun, False on those that went down with the pool.
    """

    def __init__(
        self, message: str = "", *, pid: int | None = None, exitcode: int | None = None, task: str | None = None,
        ran: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.pid = pid
        self.exitcode = exitcode
        self.task = task
        self.ran = ran

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args, self.pid, self.exitcode, self.task, self.ran)


def _rebuild(  # noqa: PLR0913, PLR0917 - the fields
    cls: type[BrokenProcessPool], args: tuple[str, ...], pid: int | None, exitcode: int | None, task: str | None,
    ran: bool,  # noqa: FBT001 - called by pickle only
) -> BrokenProcessPool:  # fmt: skip
    as_standard()
    return cls(*args, pid=pid, exitcode=exitcode, task=task, ran=ran)


def as_standard() -> type[BrokenProcessPool]:
    """BrokenProcessPool, as a subclass of the standard one; called before anybody gets the class, or an instance.

    That one's module is dear, and most programs see no broken pool.  Beside the interpreter's exit it refuses to be
    imported: then nobody has it.  Where it fails for another reason, such as no descriptor left, the next call tries.
    """
    try:
        from concurrent.futures.process import BrokenProcessPool as Found  # noqa: PLC0415
    except Exception:  # noqa: BLE001 - whatever it is: a broken pool must be able to say so
        return BrokenProcessPool
    if Found not in BrokenProcessPool.__mro__:
        BrokenProcessPool.__bases__ = (Found,)
    return BrokenProcessPool


def describe_exit(exitcode: int | None) -> str:
    """In words: an exit code, the name of a signal, or that it is not known."""
    if exitcode is None:
        return "ended with an unknown status (something else in this process had waited for it)"
    if exitcode >= 0:
        return f"exited with code {exitcode}"
    try:
        return f"was killed by {signal.Signals(-exitcode).name}"
    except ValueError:
        return f"was killed by signal {-exitcode}"


# --- what a broken future says ----------------------------------------------------------------------------------------


def broken_error(death: Death, pid: int | None, name: str | None, *, ran: bool) -> BrokenProcessPool:
    """A new exception for one future, or for a refused submission."""
    return broken_errors(death, pid, name, ran=ran)()


def broken_errors(
    death: Death, pid: int | None, name: str | None, *, ran: bool
) -> Callable[[], BrokenProcessPool]:  # fmt: skip
    """What makes such exceptions, one for each of many futures: the sentence and the cause are the same in all."""
    message, cause = _sentence(death, pid, name, ran=ran), death.cause
    if isinstance(cause, bytes | bytearray):
        cause = pickling.remote_text(cause)
    elif not isinstance(cause, BaseException):
        cause = None

    cls = as_standard()
    said = vars(cls(message, pid=pid, exitcode=death.exitcode, task=name, ran=ran))

    def make() -> BrokenProcessPool:
        error = cls.__new__(cls, message)  # as its __init__ makes it, in half the time
        error.__dict__.update(said)
        if cause is not None:
            error.__cause__ = cause
        return error

    return make


def _sentence(death: Death, pid: int | None, name: str | None, *, ran: bool) -> str:  # noqa: PLR0911 - a case each
    worker = "a worker process" if pid is None else f"worker process {pid}"
    match death.when:
        case When.INITIALIZER:
            return f"the initializer raised in {worker}; its error is the cause of this one"
        case When.START if pid is None:
            return f"a worker process could not be started: {_told(str, death.cause)}"
        case When.START:
            return f"{worker} {describe_exit(death.exitcode)} before it was ready{START_HINT}"
        case When.TASK if ran:
            return f"{worker} {describe_exit(death.exitcode)} while it ran this task, {name}"
        case When.TASK:
            return f"{worker} {describe_exit(death.exitcode)} while it ran another task, {name}; the pool is broken"
        case When.FORCED:
            how = describe_exit(death.exitcode)
            return f"{worker} {how} while it ran this task, {name}: terminate_workers or kill_workers was called"
        case When.IDLE:
            return f"{worker} {describe_exit(death.exitcode)} while it had no task; the pool is broken"
        case When.MANAGER:
            cause = _told(repr, death.cause)
            return f"the pool's manager failed: {cause}; this is a bug of checkedpool, please report it"


def _told(by: Callable[[object], str], cause: object) -> str:
    """A cause in its own words, unless its class, which may be the user's, has none."""
    try:
        return by(cause)
    except BaseException as reason:  # noqa: BLE001 - user code may raise anything
        return f"{type_name(type(cause))} (its text cannot be shown: {type_name(type(reason))})"
