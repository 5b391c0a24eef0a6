"""How the pool speaks of exceptions that are nobody's result: on the logger of ``concurrent.futures``.

A handler of the user may raise; what it raises costs nothing else.
"""

from __future__ import annotations

import contextlib

ERROR, CRITICAL = 40, 50
"""The levels of ``logging``, which a worker that has nothing to log does not import."""


def log_exception(message: str, *args: object, level: int = ERROR, error: BaseException | None = None) -> None:
    """Log the exception, or the one that is being handled."""
    with contextlib.suppress(Exception):
        from concurrent.futures._base import LOGGER  # noqa: PLC0415 - dear, and most workers log nothing

        raised = True if error is None else (type(error), error, error.__traceback__)
        LOGGER.log(level, message, *args, exc_info=raised)
