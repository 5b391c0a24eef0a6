"""A program that uses a pool in every way that a system could spoil, and says what came of it.

Run by ``test_pools.py``; its argument is the start method.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import CancelledError
from typing import Any

from checkedpool import BrokenProcessPool, ProcessPoolExecutor

LIMIT = 60.0
LARGE = 5_000_000


def die() -> None:
    """A task whose worker is killed."""
    os.kill(os.getpid(), signal.SIGKILL)


def swapped(data: bytes) -> bytes:
    """A large value, both ways."""
    return data[::-1]


def fails() -> None:
    """A task with an error."""
    raise LookupError("nothing there")


def main() -> None:
    """Print a line for each thing that was tried."""
    context = multiprocessing.get_context(sys.argv[1])
    data = os.urandom(LARGE)
    with ProcessPoolExecutor(2, context, on_worker_death="replace", max_tasks_per_child=50) as pool:
        print("map", list(pool.map(abs, range(-3, 3))))
        print("large", pool.submit(swapped, data).result(LIMIT) == data[::-1])
        print("fails", type(pool.submit(fails).exception(LIMIT)).__name__)
        error = pool.submit(die).exception(LIMIT)
        assert isinstance(error, BrokenProcessPool)
        print("dies", error.exitcode, error.ran, error.task)
        print("after it", pool.submit(abs, -1).result(LIMIT))
        stuck: Any = pool.submit(time.sleep, 1_000_000)
        print("stopped", stuck.kill() and stuck.cancelled())
        print("limited", type(pool.with_options(timeout=0.2).submit(time.sleep, 1_000_000).exception(LIMIT)).__name__)
        print("many", sum(pool.map(abs, range(300), chunksize=1)) == sum(range(300)))
    with ProcessPoolExecutor(1, context) as pool:
        first = pool.submit(die)
        others = [pool.submit(time.sleep, 0.01) for _ in range(3)]
        print("broken", {type(future.exception(LIMIT)).__name__ for future in (first, *others)})
    pool = ProcessPoolExecutor(1, context)
    busy = pool.submit(time.sleep, 0.2)
    ahead = [pool.submit(abs, -1) for _ in range(20)]
    while not busy.running():
        time.sleep(0.01)
    pool.shutdown(cancel_futures=True)
    print("cancelled", busy.result(LIMIT), sum(future.cancelled() for future in ahead) >= len(ahead) - 1)
    pool = ProcessPoolExecutor(2, context)
    endless = [pool.submit(time.sleep, 1_000_000) for _ in range(4)]
    pool.kill_workers()
    pool.shutdown()
    print("killed", all(isinstance(_error(future), CancelledError | BrokenProcessPool) for future in endless))
    print("left", len(multiprocessing.active_children()), [one.name for one in threading.enumerate() if _ours(one)])


def _error(future: object) -> BaseException | None:
    try:
        return future.exception(LIMIT)  # type: ignore[attr-defined,no-any-return]
    except CancelledError as error:
        return error


def _ours(thread: threading.Thread) -> bool:
    return thread.name.startswith("checkedpool")


if __name__ == "__main__":
    main()
