"""Real runs to be traced: small pools, chosen by a seed, with cancels, callbacks, user code, a fault, every shutdown.

Decides: what a run does. Must not know: what a trace says of it.
"""

from __future__ import annotations

import multiprocessing
import random
import threading
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from checkedpool import ProcessPoolExecutor
from checkedpool._trace.fault_points import AFTER, BEFORE, HALF, Fault, Planned
from tests import limits

LIMIT = limits.HANG
OPS = ("INITIALIZE", "SAY_READY", "TAKE_TICKET", "READ_FRAME", "RUN", "ANSWER", "LEAVE", "EXIT")


class Odd:
    """A value that code of the user has to rebuild."""


def work(number: int) -> object:
    """A value, an object, an error: by the number."""
    if number % 7 == 3:
        raise ValueError(number)
    return Odd() if number % 5 == 2 else number


def run(seed: int, directory: Path, method: str = "fork", *, faulty: bool = True) -> list[Future[Any]]:
    """One run; its futures, all done."""
    chance = random.Random(seed)
    policy: Literal["break", "replace"] = "break" if method == "fork" else chance.choice(["break", "replace"])
    faults = [
        Fault(chance.randrange(2), chance.choice(OPS), chance.choice([BEFORE, AFTER, HALF]), chance.choice([1, 2]))
    ]
    limit = chance.choice([None, None, 1, 2]) if method != "fork" else None
    pool = ProcessPoolExecutor(
        chance.choice([1, 2, 2, 3]), multiprocessing.get_context(method), on_worker_death=policy,
        max_tasks_per_child=limit, trace=Planned(directory, faults if faulty else []),
    )  # fmt: skip
    futures: list[Future[Any]] = []
    _in_turn(pool, futures, random.Random(seed + 2))
    other = threading.Thread(target=_client, args=(pool, futures, random.Random(seed + 1)))
    if chance.random() < 0.4:
        other.start()
    _client(pool, futures, chance)
    end = chance.randrange(5)
    if end < 3:
        (lambda: pool.shutdown(wait=False, cancel_futures=True), pool.terminate_workers, pool.kill_workers)[end]()
    if other.ident is not None:
        other.join()
    pool.shutdown()
    return futures


def _in_turn(pool: ProcessPoolExecutor, futures: list[Future[Any]], chance: random.Random) -> None:
    """Round trips: where the manager sleeps, and a client may issue its task by itself."""
    for _ in range(chance.randrange(4)):
        with suppress(Exception):
            futures.append(pool.submit(work, chance.randrange(20)))
            futures[-1].result(LIMIT)


def _client(pool: ProcessPoolExecutor, futures: list[Future[Any]], chance: random.Random) -> None:
    """What a thread calls."""
    for _ in range(chance.randrange(1, 12)):
        with suppress(RuntimeError):  # closed, or broken
            futures.append(pool.submit(work, chance.randrange(20)))
        if futures and chance.random() < 0.3:
            chance.choice(futures).cancel()
        if futures and chance.random() < 0.1:
            with suppress(Exception, CancelledError):
                chance.choice(futures).result(LIMIT)
        if futures and chance.random() < 0.1:
            futures[-1].add_done_callback(Future.cancel)
