"""The beginning, the end and the accident: what the pool itself costs.

Decides: which moments are compared. Must not know: which pool it drives.
"""

import os
import signal
import subprocess
import sys
from time import perf_counter

from tests.bench import tasks
from tests.bench.gate import Gate
from tests.bench.peers import PEERS, opener
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


def spent(peer: str, count: int, *, method: str) -> float:
    """Seconds a task where each worker runs one: that of a start, of an end, and of what lies between."""
    pool = opener(peer, method, limit=1)(WORKERS)
    expect(pool.result(pool.submit(tasks.nothing, -1)), -1)
    begin = perf_counter()
    waiting = [pool.submit(tasks.nothing, number) for number in range(count)]
    expect([pool.result(pending) for pending in waiting], list(range(count)))
    cost = perf_counter() - begin
    pool.close()
    return cost / count


SCRIPT = """
from {module} import {kind}
import multiprocessing
with {kind}(1, mp_context=multiprocessing.get_context("fork")) as pool:
    assert pool.submit(abs, -1).result() == 1
"""


def script(peer: str, count: int) -> float:
    """Seconds of a whole interpreter that imports the pool, runs one task in it and ends: the least of so many."""
    code = SCRIPT.format(module=PEERS[peer].module, kind=PEERS[peer].kind)
    costs = []
    for _ in range(count):
        begin = perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        costs.append(perf_counter() - begin)
    return min(costs)


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
