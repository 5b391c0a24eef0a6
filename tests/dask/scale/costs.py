"""What a message costs a real scheduler: its processor time, in a process of its own, beside two workers.

Decides: what is sent, and what each part of it is charged.  Must not know: what is simulated with that.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Future, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checkedpool.dask import messages
from tests import limits
from tests.dask.conftest import ROOT, WORKER, until
from tests.dask.scale.simulated import Costs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCHEDULER = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
NAME = "costs"
AT_ONCE = 16
TICKETS, CANCELLED = 5_000, 100_000
END_OF = {messages.ANSWERED: TICKETS - 1, messages.REVOKED: TICKETS}
"""Which word is the last of its kind."""


@contextlib.contextmanager
def apart(workers: int, threads: int) -> Iterator[tuple[Any, Any]]:
    """A scheduler and workers, each a process of its own: its process, and a client."""
    import psutil  # noqa: PLC0415 - it comes with the engine
    from distributed import Client  # noqa: PLC0415

    options: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    started = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scheduler.json"
        try:
            started.append(subprocess.Popen([sys.executable, *SCHEDULER, "--scheduler-file", file], **options))
            until(file.exists)
            worker = [argument if argument != "1" else str(threads) for argument in WORKER]
            started += [
                subprocess.Popen([sys.executable, *worker, "--scheduler-file", file], **options) for _ in range(workers)
            ]
            with Client(scheduler_file=str(file), set_as_default=False) as client:
                client.wait_for_workers(workers)
                yield psutil.Process(started[0].pid), client
        finally:
            for process in reversed(started):
                process.kill()
                process.wait()


def spent(process: Any, what: Callable[[], object]) -> tuple[float, float]:
    """Seconds that it took, and of the processor for another process."""
    before, begun = process.cpu_times(), time.monotonic()
    what()
    lasted, after = time.monotonic() - begun, process.cpu_times()
    return lasted, after.user + after.system - before.user - before.system


async def ask(many: int, dask_worker: Any) -> None:
    """In a worker: ask for tickets, always several at once, so that the scheduler has no time to sleep."""
    begin = getattr(dask_worker.scheduler, messages.BEGIN)

    async def ask_for(numbers: range) -> None:
        for number in numbers:
            await begin(executor=NAME, slot=number, worker=dask_worker.address, client="", ended=None)

    await asyncio.gather(*(ask_for(range(first, many, AT_ONCE)) for first in range(AT_ONCE)))


def one_each() -> None:
    """In a worker: a slot takes one task, as where each takes long."""
    from checkedpool.dask import worker  # noqa: PLC0415 - it needs the engine

    worker.MOMENT = -1.0


async def answer(many: int, dask_worker: Any) -> None:
    """In a worker: answer all at once, in the engine's stream."""
    for number in range(many):
        said = {"op": messages.END, "executor": NAME, "slot": number, "ended": (number, 0, b"some of an answer")}
        dask_worker.batched_stream.send(said)
    await asyncio.sleep(0)


def measured(many: int) -> Costs:
    """Of so many tasks, and of many more questions, answers and cancels.

    A question is a message with one ticket, and answers in one stream are nearly nothing but tickets.  A task is
    charged with two messages, as in the simulation, where each answer comes alone; the rest is the engine's.
    """
    from checkedpool.dask import DaskExecutor, session  # noqa: PLC0415 - they need the engine

    with apart(workers=2, threads=8) as (scheduler, client), DaskExecutor(client) as executor:
        list(executor.map(abs, range(many // 10)))  # all is imported by then
        client.run(one_each)
        one = [min(client.scheduler_info()["workers"])]
        last = threading.Event()
        session._router(client)[NAME] = lambda what, number, **_: last.set() if number == END_OF.get(what) else None

        def told(what: Callable[[], object]) -> None:
            last.clear()
            what()
            assert last.wait(limits.HANG)

        send = client._send_to_scheduler
        every = TICKETS + CANCELLED
        issued = {"numbers": list(range(every)), "calls": [b"call"] * every, "priorities": [""] * every}
        send({"op": messages.ISSUE, "executor": NAME, **issued})
        back = {
            "op": messages.REVOKE,
            "executor": NAME,
            "numbers": list(range(TICKETS, TICKETS + CANCELLED)),
            "asked": TICKETS,
        }
        question = spent(scheduler, lambda: client.run(ask, TICKETS, workers=one))[1] / TICKETS
        ticket = spent(scheduler, lambda: told(lambda: client.run(answer, TICKETS, workers=one)))[1] / TICKETS
        revoke = spent(scheduler, lambda: told(lambda: send(back)))[1] / CANCELLED
        task = spent(scheduler, lambda: _all_over([executor.submit(abs, 1) for _ in range(many)]))[1] / many
    return Costs(question - ticket, ticket, revoke, task - 2 * question)


def _all_over(futures: list[Future[int]]) -> None:
    """Wait for them, and until the engine has dropped their tasks: it does so at once, and tells nobody."""
    wait(futures)
    time.sleep(1)


def _lengths(seconds: float, many: int) -> list[float]:
    """As those that are simulated."""
    chance = random.Random(0)
    return [seconds * chance.uniform(0.5, 1.5) for _ in range(many)]


def of_a_run(workers: int, threads: int, seconds: float, many: int) -> tuple[float, float]:
    """Tasks a second on a real cluster, and in which share of that its scheduler worked."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    with apart(workers, threads) as (scheduler, client), DaskExecutor(client) as executor:
        list(executor.map(abs, range(10 * workers)))
        lasted, worked = spent(scheduler, lambda: list(executor.map(time.sleep, _lengths(seconds, many))))
    return many / lasted, worked / lasted
