"""Long runs under fire: many calls while workers are killed, calls that never end among them, and a service of those.

Decides: the loads, who is killed when, and what may come of each call. Must not know: how a pool survives.
"""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any, ClassVar

from checkedpool import BrokenProcessPool, ProcessPoolExecutor
from tests import leaks, limits
from tests.checks.kills.loads import hang, ready, square

TASKS, EVERY, RETRIES = 10_000, 0.05, 3
"""Of a whole run: calls, seconds between two kills, and how often a call is tried again."""
TIME_LIMIT, HANGING = 0.01, 10
"""Seconds that a call has where one in so many never ends."""
WORKERS, TOLD = 8, 30
"""Workers, and seconds after which a run says how far it is."""
MINUTE, SHARE, REQUEST_LIMIT = 60.0, 10, 0.2
"""Seconds of the service's load, which is looked at in so many parts; and those that a request has."""
CLIENTS, SERVERS = 4, 2
"""Who asks the service at the same time, and the workers that it has."""


# --- many calls -------------------------------------------------------------------------------------------------------


class Noting(type):
    """Says of each error whether it is a death, and keeps those that are."""

    seen: ClassVar[dict[int, BrokenProcessPool]] = {}

    def __instancecheck__(cls, error: object) -> bool:
        if not isinstance(error, BrokenProcessPool):
            return False
        Noting.seen[id(error)] = error
        return True


class Death(Exception, metaclass=Noting):  # noqa: N818 - no error is of it
    """As ``retry_on``: a call is asked to be tried again for a death, and who asks has seen it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One that was submitted, and what is to come of it."""

    future: Any
    value: object
    """None: it never ends."""

    @property
    def lost(self) -> int:
        """Attempts after which there was another one."""
        return RETRIES - int(self.future.tries)


def start_helpers(method: str) -> None:
    """The processes that multiprocessing keeps, as a pool starts them, with what its workers need."""
    multiprocessing.set_forkserver_preload([ready.__module__])
    multiprocessing.resource_tracker.ensure_running()
    with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
        pool.submit(ready).result(limits.SLOW_TEST)


@dataclass(slots=True)
class Fire:
    """Kills one of all workers, by chance; it spares one that is starting, whose start would have failed (C-69)."""

    pool: ProcessPoolExecutor
    chance: random.Random
    most: float = float("inf")
    killed: set[int] = field(default_factory=set)
    turns: int = 0
    """How often one was chosen."""
    lock: threading.Lock = field(default_factory=threading.Lock)  # calls may end in two threads at a time

    def strike(self, *, to_hit: bool = False) -> None:
        """``to_hit``: it chooses among those whom it would not spare."""
        with self.lock:
            self._strike(to_hit=to_hit)

    def _strike(self, *, to_hit: bool) -> None:
        workers = [
            (worker.pid if worker.state in ("idle", "busy") else None) for worker in self.pool.stats().workers
            if worker.pid not in self.killed
        ]  # fmt: skip
        if to_hit:
            workers = [pid for pid in workers if pid]
        pid = self.chance.choice(workers) if workers else None
        self.turns += 1
        if pid and len(self.killed) < self.most:
            with suppress(ProcessLookupError):  # it has just been stopped at its limit
                os.kill(pid, signal.SIGKILL)
                self.killed.add(pid)

    @contextmanager
    def each(self, seconds: float) -> Iterator[None]:
        """Meanwhile one is killed each time that so many seconds are over."""
        over = threading.Event()
        thread = threading.Thread(target=self._go_on, args=(over, seconds))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _go_on(self, over: threading.Event, seconds: float) -> None:
        for turn in itertools.count():
            if over.wait(seconds):
                return
            self.strike()
            if turn * seconds % TOLD < seconds:
                sys.stderr.write(f"{len(self.killed)} killed; {self.pool!r}\n")


@dataclass(slots=True)
class Endured:
    """What came of a run."""

    calls: int
    killed: set[int] = field(default_factory=set)
    turns: int = 0
    """How often one was chosen."""
    hit: Counter[int] = field(default_factory=Counter)
    """How many calls have lost so many attempts by a death."""
    stopped: int = 0
    """Calls that were stopped at their limit."""
    lost: int = 0
    """Calls all of whose attempts a death has ended."""
    lost_ending: int = 0
    """Of those the ones that would have ended by themselves."""
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.calls:,} calls in {self.seconds:.1f} s, {self.calls / self.seconds:,.0f} a second; "
            f"{len(self.killed)} workers killed in {self.turns} turns; "
            f"so many calls have lost so many attempts by it: {dict(sorted(self.hit.items()))}; "
            f"{self.stopped} calls stopped at their limit, {self.lost} lost in each of their {RETRIES + 1} attempts, "
            f"{self.lost_ending} of which would have ended; "
            f"{len(self.wrong)} wrong"
        )


@dataclass(frozen=True, slots=True)
class Load:
    """What a pool is given, and what befalls it."""

    calls: int = TASKS
    hanging: int = 0
    """One call in so many never ends, and is stopped at its limit."""
    every: float | None = EVERY
    """Seconds between two kills; without, one is killed by each tenth call that ends."""
    most: float = float("inf")
    """Kills at most."""
    method: str = "forkserver"
    workers: int = WORKERS
    seed: int = 1


def endure(load: Load) -> Endured:
    """One run."""
    Noting.seen.clear()
    done, before = Endured(load.calls), leaks.take()
    calls = _under_fire(load, done)
    deaths = list(Noting.seen.values())
    Noting.seen.clear()
    for call in calls:
        look(call, deaths, done)
    if sum(call.lost for call in calls) != len(deaths):
        done.wrong.append(f"there were {len(deaths)} deaths, and another number of attempts after one")
    done.wrong += [f"a death is not explained: {death!r}" for death in deaths if not is_explained(death, done.killed)]
    done.wrong += [f"left behind: {what}" for what in leaks.left_behind(before)]
    return done


def _under_fire(load: Load, done: Endured) -> list[Call]:
    begun = time.perf_counter()
    context = multiprocessing.get_context(load.method)
    with ProcessPoolExecutor(load.workers, context, initializer=ready, on_worker_death="replace") as pool:
        fire = Fire(pool, random.Random(load.seed), load.most)
        with nullcontext() if load.every is None else fire.each(load.every):
            calls = list(_submit(load, pool, fire))
            _wait(calls)
    done.seconds = time.perf_counter() - begun
    done.killed, done.turns = fire.killed, fire.turns
    return calls


def _submit(load: Load, pool: ProcessPoolExecutor, fire: Fire) -> Iterator[Call]:
    view = pool.with_options(retries=RETRIES, retry_on=Death)
    limited = view.with_options(timeout=TIME_LIMIT)
    for number in range(load.calls):
        if load.hanging and number % load.hanging == 0:
            call = Call(limited.submit(hang, number), None)
        else:
            call = Call(view.submit(square, number), number * number)
        if load.every is None and number % 10 == 0:
            call.future.add_done_callback(lambda _: fire.strike(to_hit=True))
        yield call


def look(call: Call, deaths: list[BrokenProcessPool], done: Endured) -> None:
    """What has come of a call; ``deaths``: those after which calls were tried again."""
    error = call.future.exception()
    is_lost = isinstance(error, BrokenProcessPool)
    done.hit[call.lost + is_lost] += 1
    if isinstance(error, BrokenProcessPool):
        done.lost += 1
        done.lost_ending += call.value is not None
        done.wrong += _unexplained(call, error, deaths, done.killed)
    if call.value is not None:
        if error is not None or call.future.result() != call.value:
            done.wrong.append(f"a call that ends has ended otherwise: {error!r}")
    elif isinstance(error, TimeoutError):
        done.stopped += 1
        if "tests.checks.kills.loads.hang" not in str(error):
            done.wrong.append(f"a limit is not explained: {error!r}")
    elif not is_lost:
        done.wrong.append(f"a call that never ends has ended: {error!r}")


def _unexplained(
    call: Call, error: BrokenProcessPool, deaths: list[BrokenProcessPool], killed: set[int]
) -> Iterator[str]:
    """What a call lacks that was lost in each of its attempts, with an error that is to tell of all of them."""
    told = "".join(getattr(error, "__notes__", ()))
    if not is_explained(error, killed):
        yield f"a death is not explained: {error!r}"
    if call.lost != RETRIES or sum(str(death) in told for death in deaths) != RETRIES:
        yield f"a call was tried again {call.lost} times, and its error tells of: {told}"


def _wait(calls: list[Call]) -> None:
    """Until all have ended; TimeoutError if none of them ends for long.  What is tried again is behind all others."""
    futures = [call.future for call in calls]
    for future in futures:
        ended = -1
        while not future.done():
            if ended == (ended := sum(other.done() for other in futures)):
                raise TimeoutError
            with suppress(TimeoutError):
                future.exception(limits.SLOW_TEST)


def is_explained(error: BrokenProcessPool, killed: set[int]) -> bool:
    """Whether it says which worker died, of what, in which task, and that it was this future's."""
    told = str(error)
    return (
        error.pid in killed and error.exitcode == -signal.SIGKILL and error.ran and error.seconds is not None
        and str(error.task).startswith("tests.checks.kills.loads.")
        and all(str(what) in told for what in (error.pid, "SIGKILL", error.task))
    )  # fmt: skip


# --- a service --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Served:
    """What became of the requests to a service."""

    seconds: float
    answers: list[float] = field(default_factory=list)
    """When each came, from the begin on."""
    stopped: int = 0
    """Of them those that say that the request took too long."""
    hasty: int = 0
    """Of those the ones to a request that would have ended."""
    longest: float = 0.0
    """Seconds for which the slowest answer was waited."""
    wrong: list[str] = field(default_factory=list)

    @property
    def parts(self) -> list[int]:
        """Answers in each tenth of the time."""
        found = Counter(min(SHARE - 1, int(SHARE * when / self.seconds)) for when in self.answers)
        return [found[part] for part in range(SHARE)]

    def __str__(self) -> str:
        return (
            f"{len(self.answers):,} answers in {self.seconds:.0f} s, {self.stopped} of them that it took too long "
            f"({self.hasty} of a request that would have ended); "
            f"the slowest came after {self.longest:.2f} s; in each tenth of the time: {self.parts}"
        )


class Service:
    """Answers each line, a word and a number, by what a worker makes of it; with a limit for each request, or none."""

    calls: ClassVar[dict[str, Callable[[int], object]]] = {"square": square, "hang": hang}

    def __init__(self, pool: ProcessPoolExecutor, limit: float | None) -> None:
        self._view = pool.with_options(timeout=limit)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, BrokenProcessPool, asyncio.CancelledError):
            while line := await reader.readline():
                writer.write(f"{await self._answer(*line.decode().split())}\n".encode())
                await writer.drain()
        writer.close()

    async def _answer(self, word: str, number: str) -> object:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._view, self.calls[word], int(number))
        except TimeoutError:
            return "too long"


async def ask(port: int, word: str, number: int) -> str:
    """One request, by somebody who comes for it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"{word} {number}\n".encode())
        return (await reader.readline()).decode().strip()
    finally:
        writer.close()


@contextmanager
def service_pool(method: str) -> Iterator[ProcessPoolExecutor]:
    """Two workers, which are ended in the end whatever they do."""
    pool = ProcessPoolExecutor(SERVERS, multiprocessing.get_context(method))
    try:
        yield pool
    finally:
        pool.kill_workers()
        pool.shutdown()


async def _load(pool: ProcessPoolExecutor, limit: float, most: int, served: Served) -> None:
    server = await asyncio.start_server(Service(pool, limit).talk, "127.0.0.1", 0)
    port, begun = server.sockets[0].getsockname()[1], time.perf_counter()

    async def client(own: int) -> None:
        for number in itertools.count(own, CLIENTS):
            asked = time.perf_counter()
            if asked - begun >= served.seconds or number >= most:
                return
            word = "hang" if number % HANGING == HANGING - 1 else "square"
            said = await ask(port, word, number)
            served.longest = max(served.longest, time.perf_counter() - asked)
            served.answers.append(time.perf_counter() - begun)
            served.stopped += said == "too long"
            served.hasty += word == "square" and said == "too long"
            if said != "too long" and (word == "hang" or said != str(number * number)):
                served.wrong.append(f"{word} {number}: {said}")

    async with server:
        await asyncio.gather(*map(client, range(CLIENTS)))


def serve(
    seconds: float, most: float = float("inf"), limit: float = REQUEST_LIMIT, method: str = "forkserver"
) -> Served:
    """With a limit: clients ask for so long, or so often; one request in ten never ends."""
    served, before = Served(seconds), leaks.take()
    with service_pool(method) as pool:
        asyncio.run(_load(pool, limit, most, served))  # type: ignore[arg-type]  # infinity is as good
    del pool
    served.wrong += [f"left behind: {what}" for what in leaks.left_behind(before)]
    return served


async def _without(pool: ProcessPoolExecutor, patience: float, requests: int) -> int:
    server = await asyncio.start_server(Service(pool, None).talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        asked = [asyncio.ensure_future(ask(port, "hang", number)) for number in range(SERVERS)]
        while pool.stats().running < SERVERS:  # noqa: ASYNC110 - they run in other processes
            await asyncio.sleep(0.01)
        others = [asyncio.ensure_future(ask(port, "square", number)) for number in range(requests)]
        answered, _ = await asyncio.wait(others, timeout=patience)
        for one in (*asked, *others):
            one.cancel()
        await asyncio.gather(*asked, *others, return_exceptions=True)
        pool.kill_workers()
    return len(answered)


def without_limit(patience: float, requests: int = 100, method: str = "forkserver") -> int:
    """The control: as many requests hang as there are workers; how many others are answered in so many seconds."""
    with service_pool(method) as pool:
        return asyncio.run(_without(pool, patience, requests))


# --- whole runs -------------------------------------------------------------------------------------------------------


def deaths(calls: int, method: str) -> tuple[list[str], list[str]]:
    """What to print, and what is wrong."""
    done = endure(Load(calls, method=method))
    return [str(done)], done.wrong


def never_ending(calls: int, method: str) -> tuple[list[str], list[str]]:
    """Likewise."""
    done = endure(Load(calls, HANGING, method=method))
    return [str(done)], done.wrong


def service(_: int, method: str) -> tuple[list[str], list[str]]:
    """Likewise; it asks for a minute."""
    served = serve(MINUTE, method=method)
    answered = without_limit(MINUTE / SHARE, method=method)
    wrong = [*served.wrong, *[f"no answer in part {part}" for part, found in enumerate(served.parts) if not found]]
    if answered:
        wrong.append(f"without a limit, {answered} requests were answered while both workers were taken")
    said = (
        f"without a limit, and {SERVERS} requests that hang: {answered} of 100 others answered in {MINUTE / SHARE:g} s"
    )
    return [str(served), said], wrong


RUNS = {"deaths": deaths, "limits": never_ending, "service": service}
