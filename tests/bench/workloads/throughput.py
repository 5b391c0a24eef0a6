"""Many tasks at once: what one of them costs.

Decides: what is submitted and when the clock runs. Must not know: which pool it drives.
"""

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any

from tests.bench import tasks
from tests.bench.log_task import log
from tests.bench.peers import PEERS, Pool, opener
from tests.bench.workloads.common import expect, warm, warm_up

WORKERS, FAR = 2, 3600.0


def burst(peer: str, count: int, *, workers: int, pending: int | None = None) -> float:
    """Seconds per task, submitted all at once and then waited for in order; or `pending` at a time."""
    with warm(peer, workers) as pool:
        size = min(count, pending or count)
        begin = perf_counter()
        for _ in range(0, count, size):
            _submit_and_wait(pool, size)
        return (perf_counter() - begin) / (-(-count // size) * size)


def in_time(peer: str, count: int) -> float:
    """Seconds per task, each with a limit that is far away; where tasks can be limited workers are not forked."""
    pool = opener(peer, "forkserver")(WORKERS)
    warm_up(pool, WORKERS)
    begin = perf_counter()
    _submit_and_wait(pool, count, pool.limited(FAR))
    cost = (perf_counter() - begin) / count
    pool.close()
    return cost


def lambdas(peer: str, count: int, *, workers: int) -> float:
    """Seconds per task, each a lambda."""
    options = {"pickler": "cloudpickle"} if PEERS[peer].ours else {}
    with warm(peer, workers, **options) as pool:
        begin = perf_counter()
        _submit_and_wait(pool, count, function=lambda number: number)
        return (perf_counter() - begin) / count


def logged(peer: str, count: int, *, workers: int) -> float:
    """Seconds per task, each of which logs a record that is handled in the parent."""
    logger, handled = logging.getLogger(HANDLED_BY), Counting()
    logger.propagate = False
    logger.addHandler(handled)
    logger.setLevel(logging.INFO)
    with warm(peer, workers, forward_logging=HANDLED_BY) as pool:
        begin = perf_counter()
        _submit_and_wait(pool, count, function=log)
        cost = (perf_counter() - begin) / count
        expect(handled.count, count)
        return cost


HANDLED_BY = "bench.parent"


class Counting(logging.Handler):
    """Counts what it handles, and does no more."""

    count = 0

    def emit(self, _: logging.LogRecord) -> None:
        self.count += 1


def _submit_and_wait(
    pool: Pool, count: int, submit: Callable[..., Any] | None = None, function: Callable[[int], object] = tasks.nothing
) -> None:
    submit, result = submit or pool.submit, pool.result
    waiting = [submit(function, number) for number in range(count)]
    expect([result(pending) for pending in waiting], list(range(count)))


def computing(peer: str, count: int, *, workers: int, seconds: float) -> float:
    """Seconds per task, where each uses so much processor time."""
    with warm(peer, workers) as pool:
        begin = perf_counter()
        waiting = [pool.submit(tasks.compute, seconds) for _ in range(count)]
        for pending in waiting:
            pool.result(pending)
        return (perf_counter() - begin) / count


def mapped(peer: str, count: int, *, workers: int, chunksize: int) -> float:
    """Seconds per item of a map over so many."""
    with warm(peer, workers) as pool:
        begin = perf_counter()
        values = list(pool.map(tasks.nothing, range(count), chunksize))
        cost = (perf_counter() - begin) / count
        expect(values, list(range(count)))
        return cost


def round_trips(peer: str, count: int) -> float:
    """Seconds from a submit to its result, one task at a time: the median."""
    with warm(peer, 1) as pool:
        trips = [_round_trip(pool.submit, pool.result) for _ in range(count)]
        return sorted(trips)[count // 2]


def _round_trip(submit: Callable[..., Any], result: Callable[[Any], Any]) -> float:
    begin = perf_counter()
    result(submit(tasks.nothing, 1))
    return perf_counter() - begin
