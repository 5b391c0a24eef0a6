"""How the pool speaks of exceptions that are nobody's result: on the logger of ``concurrent.futures``, or in one line.

A handler of the user may raise; what it raises costs nothing else.
"""

from __future__ import annotations

import contextlib
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

ERROR, CRITICAL = 40, 50
"""The levels of ``logging``, which a worker that has nothing to log does not import."""


def log_exception(message: str, *args: object, level: int = ERROR, error: BaseException | None = None) -> None:
    """Log the exception, or the one that is being handled."""
    with contextlib.suppress(Exception):
        from concurrent.futures._base import LOGGER  # noqa: PLC0415 - dear, and most workers log nothing

        raised = True if error is None else (type(error), error, error.__traceback__)
        LOGGER.log(level, message, *args, exc_info=raised)


def in_one_line(error: BaseException, module: str, *, silent: bool = False) -> BaseException:
    """An error which, if it ends this process, is one line, behind the place in that module; or says nothing."""
    before = sys.excepthook

    def show(kind: type[BaseException], raised: BaseException, at: TracebackType | None) -> None:
        if raised is not error:
            before(kind, raised, at)
            return
        if silent or sys.stderr is None:
            return
        place = ""
        while at is not None:
            if at.tb_frame.f_globals.get("__name__") == module:
                place = f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}: "
            at = at.tb_next
        sys.stderr.write(f"{place}{kind.__name__}: {raised}\n")

    sys.excepthook = show
    return error
