"""How the pool speaks of exceptions that are nobody's outcome: on the logger of ``concurrent.futures``.

A handler of the user may raise; what it raises costs nothing else.
"""

from __future__ import annotations

import contextlib
from concurrent.futures._base import LOGGER


def log_exception(message: str, *args: object) -> None:
    """Log the exception that is being handled."""
    with contextlib.suppress(Exception):
        LOGGER.exception(message, *args)


def log_critical(message: str) -> None:
    """As ``log_exception``, for what ends a worker."""
    with contextlib.suppress(Exception):
        LOGGER.critical(message, exc_info=True)
