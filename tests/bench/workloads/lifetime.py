"""The beginning, the end and the accident: what the pool itself costs.

Decides: which moments are compared. Must not know: which pool it drives.
"""

import os
import signal
from time import perf_counter

from tests.bench import tasks
from tests.bench.gate import Gate
from tests.bench.peers import opener
from tests.bench.workloads.common import expect, warm_up

WORKERS = 2
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def start(peer: str, _: int, *, method: str) -> float:
    """Seconds from the constructor to the first value."""
    open_pool = opener(peer, method)
    begin = perf_counter()
    pool = open_pool(WORKERS)
    expect(pool.result(pool.submit(tasks.nothing, 1)), 1)
    cost = perf_counter() - begin
    pool.close()
    return cost


def cancel(peer: str, count: int) -> float:
    """Seconds until an end that cancels has returned, with so many pending; the workers are free at that moment."""
    pool = opener(peer)(WORKERS)
    warm_up(pool, WORKERS)
    with Gate() as gate:
        waiting = [pool.submit(tasks.held, gate.address) for _ in range(WORKERS)]
        gate.wait_for(WORKERS)
        waiting += [pool.submit(tasks.nothing, number) for number in range(count)]
        begin = perf_counter()
        gate.open()
        pool.cancel()
        cost = perf_counter() - begin
    expect(sum(not pending.done() for pending in waiting), 0)
    return cost


def death(peer: str, count: int) -> float:
    """Seconds from a busy worker's death until every task of so many has its end."""
    pool = opener(peer)(WORKERS)
    warm_up(pool, WORKERS)
    with Gate() as gate:
        waiting = [pool.submit(tasks.held, gate.address) for _ in range(WORKERS)]
        victim, *_ = gate.wait_for(WORKERS)
        waiting += [pool.submit(tasks.nothing, number) for number in range(count)]
        begin = perf_counter()
        os.kill(victim, KILL)
        gate.open()
        for pending in waiting:
            pool.settle(pending)
        cost = perf_counter() - begin
    pool.cancel()
    return cost
