"""The interpreter's exit and the user's forks: which pools live, and what both do to them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from checkedpool._shell import ends

if TYPE_CHECKING:
    from checkedpool._shell.pool import Pool

_live: dict[int, Pool] = {}
exiting = threading.Event()


def add(pool: Pool) -> None:
    """It has threads and processes now."""
    _live[id(pool)] = pool


def remove(pool: Pool) -> None:
    """It has ended."""
    _live.pop(id(pool), None)


def _at_exit() -> None:
    """Everything that was submitted is run, then the interpreter goes on exiting."""
    exiting.set()
    while _live:
        pools = list(_live.values())
        for pool in pools:
            pool.drain_at_exit()
        for pool in pools:
            pool.join()


def _in_child() -> None:
    """The parent's pools are not this process's."""
    _live.clear()


# Before non-daemon threads are joined, as concurrent.futures does it: later, no thread and no process can be started.
threading._register_atexit(_at_exit)  # type: ignore[attr-defined]
ends.call_in_child(_in_child)
