"""How the pool speaks of exceptions that are nobody's outcome: on the logger of ``concurrent.futures``.

A handler of the user may raise; what it raises costs nothing else.
"""

from __future__ import annotations

import contextlib
import logging
from concurrent.futures._base import LOGGER


def log_exception(message: str, *args: object, level: int = logging.ERROR) -> None:
    """Log the exception that is being handled."""
    with contextlib.suppress(Exception):
        LOGGER.log(level, message, *args, exc_info=True)
