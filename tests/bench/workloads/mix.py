"""Long and short tasks together: whether a short one waits behind a long one while a worker stands idle.

Decides: the mix, and that all of it waits before the first one may begin. Must not know: which pool it drives.
"""

import random
import time

from tests.bench import tasks
from tests.bench.arithmetic import longest_idle
from tests.bench.gate import Gate
from tests.bench.workloads.common import warm

WORKERS = 2
LONG = 0.05
SHORT_FOR_EACH_LONG = 40


def mix(peer: str, long_ones: int) -> float:
    """The longest time for which a worker did nothing while a task waited, in seconds."""
    with warm(peer, WORKERS) as pool, Gate() as gate:
        holding = [pool.submit(tasks.held, gate.address) for _ in range(WORKERS)]
        gate.wait_for(WORKERS)
        waiting = [pool.submit(tasks.span, seconds) for seconds in _shuffled(long_ones)]
        begin = time.monotonic()
        gate.open()
        spans = [pool.result(pending) for pending in waiting]
        for pending in holding:
            pool.result(pending)
        return longest_idle(spans, WORKERS, begin)


def _shuffled(long_ones: int) -> list[float]:
    """The same for every peer."""
    seconds = [LONG] * long_ones + [0.0] * (long_ones * SHORT_FOR_EACH_LONG)
    random.Random(0).shuffle(seconds)
    return seconds
