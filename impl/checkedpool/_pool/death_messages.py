"""What a broken future says: which worker ended, how, in which task.  Decides sentences only."""

from __future__ import annotations

from checkedpool._core.messages import When
from checkedpool._payload import pickling
from checkedpool._payload.pickling import type_name
from checkedpool.errors import START_HINT, as_standard, describe_exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from checkedpool._core.messages import Death
    from checkedpool.errors import BrokenProcessPool


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
