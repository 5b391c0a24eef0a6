"""The task that logs, apart from the others: no worker that logs nothing imports what it imports."""

import logging

LOGGER = logging.getLogger("bench.worker")


def log(number: int) -> int:
    """Log a record."""
    LOGGER.info("number %d", number)
    return number
