"""What the workloads share: a pool whose workers are all up before the clock starts, and a check of what came back.

Decides: when a pool is warm. Must not know: clocks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.bench import tasks
from tests.bench.gate import Gate
from tests.bench.peers import Pool, opener


class WrongValueError(Exception):
    """A pool returned something else than its tasks did: what it cost is of no interest."""


@contextmanager
def warm(peer: str, workers: int, **options: Any) -> Iterator[Pool]:
    """A pool all of whose workers have run a task; it is closed at the end.  ``options``: as of ``opener``."""
    pool = opener(peer, **options)(workers)
    warm_up(pool, workers)
    yield pool
    pool.close()


def warm_up(pool: Pool, workers: int) -> None:
    """Have every worker run a task: each is held until all are there."""
    with Gate() as gate:
        waiting = [pool.submit(tasks.held, gate.address) for _ in range(workers)]
        gate.wait_for(workers)
    for pending in waiting:
        pool.result(pending)


def expect(seen: object, expected: object) -> None:
    """Refuse a measurement whose values are wrong."""
    if seen != expected:
        raise WrongValueError(f"{seen!r:.200} came back, not {expected!r:.200}")
