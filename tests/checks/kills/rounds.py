"""One run: a pool, its victim, what is submitted, and whether every future ended as the contract says.

Decides: what is called and what may come of it. Must not know: how many runs there are, how they are shown.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import random
import select
import time
from collections.abc import Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias
from unittest.mock import patch

import checkedpool
from checkedpool import ProcessPoolExecutor
from checkedpool._fast import parents_side, pipes
from checkedpool._fast.fitting import ALL
from checkedpool._fast.pipes import WIDEST
from checkedpool._payload.pickling import READ_SIZE
from checkedpool._pool import worker_channels
from checkedpool._trace.fault_points import INSIDE, Fault, Planned
from checkedpool.rooms import PLAIN
from checkedpool_model.traces.verdict import Report, judge
from tests.checks.kills.points import Cost, Loop, Point, Work

Policy: TypeAlias = Literal["break", "replace"]
LIMIT = 30.0
"""Seconds after which something hangs."""
TASKS = 5
VICTIM = "worker-0.jsonl"
ROOM = "worker"
"""The fast room with the fast loop."""
SLOW = 0.05
"""Seconds of a slow initializer: time enough to be killed in it."""
WIDE, LARGE, FITTING = 120_000, 1 << 20, 60_000
"""Bytes of what is larger than a pipe and travels in one; of what travels in memory where there is such; of what fits
into a pipe."""
PIECE = 16
"""Bytes that a slow parent reads at once: when it hears of the death it has not read all that was said."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run, all of it."""

    point: Point
    method: str
    policy: Policy
    workers: int
    seed: int
    loop: Loop = Loop.FAST

    def __str__(self) -> str:
        loop = self.loop.name.lower()
        return f"{self.point}, {self.method}, {self.policy}, {self.workers} workers, {loop} loop, seed {self.seed}"


@dataclass(slots=True)
class Run:
    """What came of it."""

    plan: Plan
    died: bool
    """The victim wrote the fault down, and the manager heard of an end by SIGKILL."""
    loop: Loop | None = None
    """The loop of the victim, as its trace has it; None: it came to none."""
    late: bool = False
    """The victim was seen blocked in its answer, and when the kill came the parent had made room for all of it."""
    wrong: list[str] = field(default_factory=list)
    trace: Report | None = None
    kept: Path | None = None
    """Where the trace of a run lies in which something is wrong: another run by the same plan may go well."""
    seconds: float = 0.0


def identity(value: int) -> int:
    return value


def length(value: bytes) -> int:
    return len(value)


def blank(size: int) -> bytes:
    return bytes(size)


class Slow:
    """Takes its time to be destroyed where it has been sent."""

    def __init__(self, *, arrived: bool = False) -> None:
        self.arrived = arrived

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(Slow, arrived=True), ()

    def __del__(self) -> None:
        if self.arrived:
            time.sleep(SLOW)


def kind_of(value: object) -> str:
    return type(value).__name__


def forget(number: int) -> int:
    """A task that does not come to an end where the victim runs it."""
    time.sleep(LIMIT)
    return number


def fail() -> None:
    """An initializer."""
    logging.disable()
    raise ValueError


INITIALIZERS: dict[Work, tuple[Any, tuple[object, ...]]] = {
    Work.SLOW_START: (time.sleep, (SLOW,)),
    Work.BAD_START: (fail, ()),
}


def run(plan: Plan, directory: Path) -> Run:
    """Make the run; what is wrong with it stands in it."""
    slowly = plan.point.work is Work.UNREAD_ANSWER
    at_once, widest = (PIECE, 0) if slowly else (READ_SIZE, WIDEST)  # nor is the rest read into its place
    widened = 0 if plan.point.work in (Work.WIDE_CALL, Work.WIDE_ANSWER) else parents_side.WIDE  # else they would fit
    with (
        patch.object(worker_channels, "READ_SIZE", at_once),
        patch.multiple(parents_side, READ_SIZE=at_once, WIDE=widened),
        patch.object(pipes, "WIDEST", widest),
    ):
        return _run(plan, directory)


def _run(plan: Plan, directory: Path) -> Run:
    begun = time.perf_counter()
    chance = random.Random(plan.seed)
    point = plan.point
    fault = Fault(0, point.op, point.when, nth=2 if point.work in (Work.WAITING, Work.FINALIZER) else 1)
    with patch.dict(os.environ, {PLAIN: without(plan.loop, os.environ.get(PLAIN, ""))}):
        pool = ProcessPoolExecutor(
            plan.workers,
            multiprocessing.get_context(plan.method),
            *INITIALIZERS.get(point.work, ()),
            on_worker_death=plan.policy,
            trace=Planned(directory, [fault]),
        )
    futures: list[tuple[Future[Any], object]] = []
    _submit(pool, point, futures, chance, directory)
    # Not the first: were all of them cancelled, the victim's first ticket would be the order to leave.
    cancelled = {id(future) for future, _ in futures[1:] if chance.random() < 0.1 and future.cancel()}
    if chance.random() < 0.5 and point.cost is not Cost.NO_DEATH:
        _wait(futures)
    pool.shutdown()
    done = Run(plan, _died(directory), _loop_of(directory))
    done.late = done.died and (point.op, point.when) == ("ANSWER", INSIDE) and _has_value(futures[0][0])
    done.wrong += list(_wrong(futures, cancelled, done))
    done.trace = judge(directory, draw=False)
    if done.trace.verdict.exit_status:
        done.wrong.append(f"its trace: {done.trace.verdict.value}: {'; '.join(done.trace.why)}")
    done.seconds = time.perf_counter() - begun
    return done


def without(loop: Loop, plain: str) -> str:
    """The rooms to do without so that workers have this loop, beside those that are done without anyway."""
    return plain if loop is Loop.FAST or plain == ALL else f"{plain},{ROOM}"


def loops(plain: str) -> tuple[Loop, ...]:
    """Those that there are, where so many rooms are done without."""
    off = plain == ALL or ROOM in map(str.strip, plain.split(","))
    return (Loop.PLAIN,) if off else (Loop.FAST, Loop.PLAIN)


def _submit(
    pool: ProcessPoolExecutor, point: Point, futures: list[tuple[Future[Any], object]], chance: random.Random,
    directory: Path,
) -> None:  # fmt: skip
    """What brings the victim to the point, and small tasks beside it."""
    with suppress(BrokenProcessPool):  # refused since the victim is dead already
        size = LARGE if point.work in (Work.LARGE_CALL, Work.LARGE_ANSWER) else WIDE
        if point.work in (Work.LARGE_CALL, Work.WIDE_CALL):
            futures.append((pool.submit(length, bytes(size)), size))
        elif point.work in (Work.LARGE_ANSWER, Work.WIDE_ANSWER):
            futures.append((pool.submit(blank, size), bytes(size)))
        elif point.work is Work.UNREAD_ANSWER:
            futures.append((pool.submit(blank, FITTING), bytes(FITTING)))
        elif point.work is Work.LONG:
            futures.append((pool.submit(forget, 0), 0))
        elif point.work is Work.FINALIZER:
            futures.append((pool.submit(kind_of, Slow()), "Slow"))
        elif point.work is Work.WAITING:
            futures.append((pool.submit(identity, -1), -1))
            _wait(futures)
            _wait_for_the_fault(directory)
        for number in range(1 + chance.randrange(TASKS)):
            futures.append((pool.submit(identity, number), number))  # noqa: PERF401 - each may be the last


def _wait(futures: list[tuple[Future[Any], object]]) -> None:
    for future, _ in futures:
        with suppress(BrokenProcessPool, checkedpool.BrokenProcessPool):
            if not future.cancelled():
                future.result(LIMIT)


def _wait_for_the_fault(directory: Path) -> None:
    """And for the end of its process: between the two it could still take a ticket."""
    end = time.monotonic() + 1.0
    while time.monotonic() < end and not _fault_of(directory):
        time.sleep(0.001)
    if _fault_of(directory):
        _wait_for_its_end(_begun(directory)["pid"])


def _wait_for_its_end(pid: int) -> None:
    with suppress(ProcessLookupError):  # it is reaped
        handle = os.pidfd_open(pid)
        try:
            select.select([handle], [], [], LIMIT)
        finally:
            os.close(handle)


def _fault_of(directory: Path) -> bool:
    with suppress(OSError):
        return '"e":"fault"' in (directory / VICTIM).read_text()
    return False


def _loop_of(directory: Path) -> Loop | None:
    return Loop(_begun(directory)["loop"]) if (directory / VICTIM).exists() else None


def _begun(directory: Path) -> dict[str, Any]:
    """The first line of the victim's trace."""
    begun: dict[str, Any] = json.loads((directory / VICTIM).read_text().splitlines()[0])
    return begun


def _died(directory: Path) -> bool:
    """Whether the injected kill is what the victim ended by."""
    if not _fault_of(directory):
        return False
    for text in (directory / "parent.jsonl").read_text().splitlines():
        for heard in json.loads(text).get("came") or () if '"Reaped"' in text else ():
            if heard.get("is") == "Reaped" and heard.get("lane") == 0:
                return heard.get("exitcode") in (-9, None)
    return False


def _wrong(futures: list[tuple[Future[Any], object]], cancelled: set[int], done: Run) -> Iterator[str]:
    """Where the contract is not kept."""
    point, blamed = done.plan.point, 0
    for future, value in futures:
        if not future.done():
            yield "a future has no end"
        elif (id(future) in cancelled) is not future.cancelled():
            yield "a future is cancelled and cancel() said otherwise, or the other way round"
        elif not future.cancelled():
            blamed += _is_charged(future)
            yield from _wrong_end(future, value, done)
    most = 1 if point.cost is Cost.ONE and not done.late else 0
    if blamed > most or (done.died and blamed < most):
        yield f"{blamed} futures are charged with the death, {most} should be"


def _has_value(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _is_charged(future: Future[Any]) -> bool:
    error = future.exception()
    return isinstance(error, checkedpool.BrokenProcessPool) and error.ran


def _wrong_end(future: Future[Any], value: object, done: Run) -> Iterator[str]:
    error = future.exception()
    if error is None:
        if future.result() != value:
            yield "a future has another task's value"
        if done.plan.point.cost is Cost.POOL:
            yield "a task has run, and every initializer fails"
    elif not isinstance(error, checkedpool.BrokenProcessPool):
        yield f"a task failed: {error!r}"
    elif done.plan.point.cost is Cost.POOL:
        return
    elif done.plan.point.cost is Cost.NO_DEATH or not done.died:
        yield f"nobody died, and a task failed: {error}"
    elif done.plan.policy == "replace" and not error.ran:
        yield f"a task that had not begun failed: {error}"
