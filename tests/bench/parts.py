"""What one tiny task costs in each part of the pool, apart from the others: `python -m tests.bench.parts`.

Decides: which part is measured how. No part waits for another here, no thread for the interpreter's lock, nobody is
woken up: so the sum is what is left of a task's cost when all that is perfect. Beside that, the processor time of whole
pools. Must not know: the other peers.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import closing
from functools import partial

import checkedpool
from checkedpool import rooms
from checkedpool._core.manager import Manager, Settings
from checkedpool._fast.fitting import fitted
from checkedpool._payload.pickling import HEADER, Kind
from checkedpool._pool.pool import Pool
from checkedpool._pool.shared import PoolFuture, Shared
from checkedpool._pool.worker_channels import WorkerChannels
from checkedpool._worker.worker import Worker
from tests.processor_time import of_children
from tests.shell.test_system_calls import Driven

TASKS, WINDOW, ROUNDS = 10_000, 128, 9
PIPE = 1 << 20
LEAVE = 255


def task(value: object) -> object:
    return value


class Unstarted(Pool):
    """Nobody takes what is submitted."""

    def start_once(self) -> None:
        """Nothing."""


def submit() -> float:
    """Microseconds (of processor time, as all here) of one submit, on a pool whose manager is awake."""
    pool = rooms.in_use(Unstarted)(Settings(1), multiprocessing.get_context("fork"), (None, ()))
    began = time.thread_time()
    futures = [pool.submit(task, (number,), {}) for number in range(TASKS)]
    return (time.thread_time() - began) / len(futures) * 1e6


def manage() -> float:
    """Microseconds of the manager for one task: into the pipe, and its value into its future."""
    driven, spent, left = Driven(rooms.in_use), 0.0, TASKS
    with closing(driven.bench):
        driven.machine = rooms.in_use(Manager)(Settings(1, on_demand=False, window=WINDOW), born=[0])
        driven.bench.answer(0, Kind.READY)
        driven.manage()
        for _ in range(TASKS):
            driven.bench.submit()
        while left:
            began = time.thread_time()
            driven.manage()
            spent += time.thread_time() - began
            left -= driven.work()
            os.read(driven.bench.lane.worker_ends.call.fileno(), PIPE)
    return spent / TASKS * 1e6


def work(*, plain: bool = False) -> float:
    """Microseconds of a worker for one task that has been sent: ticket, call, answer."""
    used = () if plain else rooms.used()
    lane = fitted(WorkerChannels, used)(0, Shared())
    for end in lane.call_end, lane.worker_ends.result:
        fcntl.fcntl(end.fileno(), fcntl.F_SETPIPE_SZ, PIPE)
    seqs = bytes(range(1, WINDOW + 1))
    pool = rooms.in_use(Unstarted)(Settings(1), multiprocessing.get_context("fork"), (None, ()))
    frames = [pool.submit(task, (seq,), {}).frame or b"" for seq in seqs]
    lane.queue([(HEADER.pack(seq, Kind.CALL, len(frame)), frame) for seq, frame in zip(seqs, frames, strict=True)])
    lane.write()
    lane.ticket_end.send(seqs + bytes((LEAVE,)))
    worker = fitted(Worker, used)(lane.worker_ends, (None, ()))
    began = time.thread_time()
    worker.work()
    spent = time.thread_time() - began
    lane.let_go_of_worker_ends()
    lane.close()
    return spent / len(seqs) * 1e6


def memory() -> float:
    """Bytes of a task that is pending: its future, its pickle and what keeps them."""
    pool = rooms.in_use(Unstarted)(Settings(1), multiprocessing.get_context("fork"), (None, ()))
    tracemalloc.start()
    futures: list[PoolFuture[object]] = [pool.submit(task, (number,), {}) for number in range(TASKS)]
    size = tracemalloc.get_traced_memory()[0] / len(futures)
    tracemalloc.stop()
    return size


def whole(executor: type[Executor], workers: int) -> tuple[float, float]:
    """Microseconds of processor time for one task of a real pool: of the parent, of all workers."""
    pool = executor(workers, mp_context=multiprocessing.get_context("fork"))  # type: ignore[call-arg]  # both take it
    for started in [pool.submit(time.sleep, 0.02) for _ in range(2 * workers)]:
        started.result()
    parent = time.process_time()
    for future in [pool.submit(task, number) for number in range(TASKS)]:
        future.result()
    parent = time.process_time() - parent
    before = of_children()
    pool.shutdown()
    return parent / TASKS * 1e6, (of_children() - before) / TASKS * 1e6


PARTS: dict[str, Callable[[], float]] = {
    "submit": submit,
    "manager": manage,
    "worker": work,
    "worker, plain": partial(work, plain=True),
}


def main() -> None:
    """Print the least of some rounds."""
    for name, measure in PARTS.items():
        sys.stdout.write(f"{name:13} {min(measure() for _ in range(ROUNDS)):6.2f} microseconds a task\n")
    for executor in ProcessPoolExecutor, checkedpool.ProcessPoolExecutor:
        for workers in 1, 2:
            parent, work = map(statistics.median, zip(*(whole(executor, workers) for _ in range(ROUNDS)), strict=True))
            sys.stdout.write(
                f"whole    {parent:6.2f} in the parent, {work:.2f} in {workers} workers: {executor.__module__}\n"
            )
    sys.stdout.write(f"memory   {memory():6.0f} bytes a pending task\n")


if __name__ == "__main__":
    main()
