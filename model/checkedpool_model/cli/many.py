"""Many graphs at a time, and what is said while they are explored. A part of the verb ``checkedpool check``.

Decides: which executor it is, how progress is shown. Must not know: what is explored.

The model may not know the implementation whose executor it would like to use. So it asks whoever has put this command
line together: the entry point ``default`` of the group ``checkedpool.executors``, where one is installed; the standard
library's executor does as well. Imported by the command line only, since it needs the extra ``cli``.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from importlib.metadata import entry_points
from time import monotonic

from rich.console import Console
from rich.text import Text

__all__ = ["GROUP", "executor_class", "many_at_once", "usable_cores", "watched"]

GROUP = "checkedpool.executors"
EVERY = 10.0
"""Seconds between two lines where progress goes into a file."""


def executor_class() -> Callable[[int], Executor]:
    """What makes an executor with so many workers."""
    for entry in entry_points(group=GROUP, name="default"):
        found: Callable[[int], Executor] = entry.load()
        return found
    return ProcessPoolExecutor


def usable_cores() -> int:
    """How many cores this process may use, where the system tells; else how many there are."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


@contextmanager
def many_at_once(jobs: int) -> Iterator[Executor | None]:
    """An executor with so many workers; None: one graph after the other needs none."""
    if jobs == 1:
        yield None
        return
    with executor_class()(jobs) as executor:
        yield executor


@contextmanager
def watched(name: str) -> Iterator[Callable[[str], None]]:
    """What to tell of each step: it stands in the last line of a terminal, and now and then in a file."""
    screen = Console(stderr=True)
    if screen.is_terminal:
        with screen.status(name) as status:
            yield lambda what: status.update(Text(what))
        return
    last = monotonic()

    def say(what: str) -> None:
        nonlocal last
        if monotonic() - last >= EVERY:
            last = monotonic()
            screen.print(Text(what), soft_wrap=True)

    yield say
