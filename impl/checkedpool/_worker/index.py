"""Which of its pool's workers this process is: the number that ``checkedpool.worker_index()`` says.

The parent gives each worker the least number that none of its pool's workers has (``_pool.starting_in_threads``).
"""

from __future__ import annotations

import os

given: dict[int, int | None] = {}
"""By the worker's process, which sets it: a child that a task forks has this too, and is no worker."""


def worker_index() -> int | None:
    """The number of this worker in its pool, from 0 to ``max_workers`` - 1; None in a process that is no worker.

    Of the workers of a pool that run tasks no two have the same one.  A worker that comes in the place of another one,
    which is gone, has that one's.  It stays the same for as long as the worker lives.
    """
    return given.get(os.getpid())
