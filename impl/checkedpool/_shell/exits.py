"""The interpreter's exit and the user's forks: which pools live, and what both do to them."""

from __future__ import annotations

import multiprocessing
import multiprocessing.util
import os
import sys
import threading

from checkedpool._shell import ends

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkedpool._shell.pool import Pool

_live: dict[int, Pool] = {}
exiting = threading.Event()
THREADS_AT_EXIT = not (3, 12) <= sys.version_info < (3, 12, 2)
"""Whether a thread can be started while the interpreter's exit waits for the pools: 3.12.0 and 3.12.1 refuse it."""
BEFORE_CHILDREN = 100
"""multiprocessing calls finalizers of a priority from 0 on before it joins the process's children."""
_registered = 0


def add(pool: Pool) -> None:
    """It has threads and processes now."""
    _live[id(pool)] = pool
    if _registered != os.getpid() and multiprocessing.parent_process() is not None:
        _register_in_child()


def _register_in_child() -> None:
    """A process of multiprocessing's waits for its own children before the interpreter's exit: be asked before that."""
    global _registered  # noqa: PLW0603 - once a process
    _registered = os.getpid()
    multiprocessing.util.Finalize(None, _at_exit, exitpriority=BEFORE_CHILDREN)


def remove(pool: Pool) -> None:
    """It has ended."""
    _live.pop(id(pool), None)


def _at_exit() -> None:
    """Everything that was submitted is run, then the interpreter goes on exiting."""
    exiting.set()
    while pools := [pool for pool in list(_live.values()) if not pool.shared.is_inherited()]:
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
