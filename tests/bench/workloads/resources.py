"""What a pool takes while nothing happens: memory for what waits, and processor time for nothing.

Decides: what is counted as the pool's. Must not know: which pool it drives.
"""

import os
import time
from importlib import import_module
from pathlib import Path

from tests import leaks
from tests.bench import tasks
from tests.bench.gate import Gate
from tests.bench.peers import opener
from tests.bench.workloads.common import warm, warm_up

WORKERS = 2
PROC = Path("/proc")
NANO = 1e-9


def memory(peer: str, count: int) -> float:
    """Bytes of the parent for each of so many tasks that wait."""
    process = import_module("psutil").Process()
    pool = opener(peer)(WORKERS)
    warm_up(pool, WORKERS)
    with Gate() as gate:
        waiting = [pool.submit(tasks.held, gate.address) for _ in range(WORKERS)]
        gate.wait_for(WORKERS)
        before: int = process.memory_info().rss
        waiting += [pool.submit(tasks.nothing, number) for number in range(count)]
        cost = float(process.memory_info().rss - before) / count
    pool.cancel()
    return cost


def idle(peer: str, milliseconds: int) -> float:
    """Processor time that the parent and all below it use in a second without a task."""
    with warm(peer, WORKERS):
        before = _processor_time()
        time.sleep(milliseconds / 1000)
        return (_processor_time() - before) / (milliseconds / 1000)


def _processor_time() -> float:
    """Of this process and all below it, in seconds, as the scheduler counts; without the thread that looks."""
    own = os.getpid()
    pids = [own, *(process.pid for process in leaks.descendants(own))]
    threads = [path for pid in pids for path in (PROC / str(pid) / "task").iterdir() if path.name != str(own)]
    return sum(int((path / "schedstat").read_text().split()[0]) for path in threads) * NANO
