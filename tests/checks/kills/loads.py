"""What the workers of long runs are given: a module that is read soon, for hundreds of them are started.

Decides: the tasks. Must not know: who gives them.
"""

import time

WORK = 0.005
"""Seconds that a task takes that ends."""
NEVER = 1e6


def ready() -> None:
    """As the initializer: a worker is ready when it has read this module."""


def square(number: int) -> int:
    time.sleep(WORK)
    return number * number


def hang(_: int) -> None:
    time.sleep(NEVER)
