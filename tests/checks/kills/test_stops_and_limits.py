"""Faults that kill nobody: a worker stopped at an exact point of its life, and one that meets a memory limit there.

Decides: the points, and what may come of the worker's task. Must not know: how a fault is injected (a fault plan does
it, through the hooks of the trace; nothing here sleeps until it may have happened).
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checkedpool import BrokenProcessPool, ProcessPoolExecutor
from checkedpool._fast import memory_files
from checkedpool._trace.fault_points import AFTER, BEFORE, EXIT, HALF, INSIDE, START, Fault, Planned
from checkedpool_model.traces.verdict import Verdict, judge
from tests import leaks
from tests.behaviour.gates import eventually
from tests.checks.kills.rounds import LIMIT, blank, identity, length

pytestmark = pytest.mark.usefixtures("counted_process")

LARGE = 1 << 26
"""Bytes: more than a starved worker gets, which is 8 MiB beside what it has."""


@contextmanager
def pool_with(directory: Path, fault: Fault, terminate_limit: float = LIMIT) -> Iterator[ProcessPoolExecutor]:
    """One worker, to which that happens; its trace is held against the protocol at the end."""
    plan = Planned(directory / "trace", [fault])
    before = leaks.take()
    context = multiprocessing.get_context("fork")
    pool = ProcessPoolExecutor(1, context, trace=plan, terminate_limit=terminate_limit)
    try:
        yield pool
        pool.shutdown()
    finally:
        wake()
        pool.kill_workers()
        pool.shutdown()
    assert leaks.left_behind(before) == []
    report = judge(directory / "trace", draw=False)
    assert (report.verdict, report.why) == (Verdict.COMPLETE, ())


def stop(op: str, when: str, nth: int = 1) -> Fault:
    """The worker stops itself there."""
    return Fault(0, op, when, nth, "stop")


def starve(op: str, when: str) -> Fault:
    """From there on it gets no more than 8 MiB."""
    return Fault(0, op, when, 1, "starve")


def fault_of(directory: Path) -> str:
    """The line that the fault has left in the worker's trace."""
    file = directory / "trace" / "worker-0.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return next((line for line in lines if '"e":"fault"' in line), "")


def until_it_is_stopped(directory: Path) -> int:
    """Wait for the worker to have stopped itself; its pid."""
    eventually(lambda: fault_of(directory) and stopped(), "the worker has stopped itself")
    return stopped()[0]


def stopped() -> list[int]:
    """The processes below this one that are stopped."""
    return [process.pid for process in leaks.descendants(os.getpid()) if process.state == "T"]


def wake() -> None:
    """Let what is stopped go on."""
    for pid in stopped():
        os.kill(pid, signal.SIGCONT)


# --- stopped ----------------------------------------------------------------------------------------------------------

NOT_BEGUN = ((START, BEFORE), ("SAY_READY", HALF), ("TAKE_TICKET", BEFORE))
BEGUN = (
    ("TAKE_TICKET", AFTER), ("READ_FRAME", AFTER), ("RUN", BEFORE), ("RUN", AFTER), ("ANSWER", BEFORE),
    ("ANSWER", HALF),
)  # fmt: skip


@pytest.mark.parametrize(("op", "when"), NOT_BEGUN)
def test_a_worker_that_is_stopped_before_its_first_ticket_has_begun_nothing(tmp_path: Path, op: str, when: str) -> None:
    """C-04, C-05: its tasks can be cancelled; the others run when it goes on."""
    with pool_with(tmp_path, stop(op, when)) as pool:
        first, second = pool.submit(identity, 1), pool.submit(identity, 2)
        pid = until_it_is_stopped(tmp_path)
        assert not first.running()
        assert first.cancel()
        os.kill(pid, signal.SIGCONT)
        assert second.result(LIMIT) == 2


@pytest.mark.parametrize(("op", "when"), BEGUN)
def test_a_worker_that_is_stopped_in_its_task_is_waited_for(tmp_path: Path, op: str, when: str) -> None:
    """C-04: its task has begun and no other; nobody takes it for dead."""
    with pool_with(tmp_path, stop(op, when)) as pool:
        first, second = pool.submit(identity, 1), pool.submit(identity, 2)
        pid = until_it_is_stopped(tmp_path)
        assert first.running()
        assert not first.cancel()
        assert second.cancel()
        assert not first.done()
        os.kill(pid, signal.SIGCONT)
        assert first.result(LIMIT) == 1


def test_a_worker_that_is_stopped_while_it_waits_takes_no_ticket(tmp_path: Path) -> None:
    with pool_with(tmp_path, stop("TAKE_TICKET", INSIDE, nth=2)) as pool:
        assert pool.submit(identity, 1).result(LIMIT) == 1
        pid = until_it_is_stopped(tmp_path)
        waiting = pool.submit(identity, 2)
        assert waiting.cancel()
        later = pool.submit(identity, 3)
        os.kill(pid, signal.SIGCONT)
        assert later.result(LIMIT) == 3


def test_a_worker_that_is_stopped_while_it_leaves_is_waited_for(tmp_path: Path) -> None:
    with pool_with(tmp_path, stop(EXIT, BEFORE)) as pool:
        assert pool.submit(identity, 1).result(LIMIT) == 1
        pool.shutdown(wait=False)
        pid = until_it_is_stopped(tmp_path)
        assert leaks.is_alive(pid)
        os.kill(pid, signal.SIGCONT)


def test_a_worker_that_is_stopped_does_not_obey_sigterm_and_is_killed(tmp_path: Path) -> None:
    """C-53: a signal waits until the process goes on, SIGKILL does not."""
    with pool_with(tmp_path, stop("RUN", BEFORE), terminate_limit=0.2) as pool:
        future = pool.submit(identity, 1)
        until_it_is_stopped(tmp_path)
        pool.terminate_workers()
        error = future.exception(LIMIT)
        assert isinstance(error, BrokenProcessPool)
        assert (error.exitcode, error.ran) == (-signal.SIGKILL, True)


# --- short of memory --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "when"), [(START, BEFORE), ("SAY_READY", AFTER), ("TAKE_TICKET", BEFORE), ("RUN", BEFORE)]
)
def test_a_task_that_meets_a_memory_limit_fails_and_its_worker_goes_on(tmp_path: Path, op: str, when: str) -> None:
    """C-33."""
    with pool_with(tmp_path, starve(op, when)) as pool:
        large, small = pool.submit(blank, LARGE), pool.submit(identity, 2)
        assert isinstance(large.exception(LIMIT), MemoryError)
        assert small.result(LIMIT) == 2
    assert '"how":"starve"' in fault_of(tmp_path)


def test_an_argument_that_finds_no_room_fails_its_task_alone(tmp_path: Path) -> None:
    """C-37: it lies in memory, and is read when its task is run."""
    with pool_with(tmp_path, starve("READ_FRAME", BEFORE)) as pool:
        large, small = pool.submit(length, bytes(LARGE)), pool.submit(identity, 2)
        assert isinstance(large.exception(LIMIT), MemoryError)
        assert small.result(LIMIT) == 2


def test_a_frame_that_finds_no_room_in_the_worker_is_its_death_in_that_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """C-79: where large values take the pipe, the worker cannot read on. No other task is blamed."""
    monkeypatch.setattr(memory_files, "has_memory", lambda: False)
    with pool_with(tmp_path, starve("READ_FRAME", BEFORE)) as pool:
        large = pool.submit(length, bytes(LARGE))
        error = large.exception(LIMIT)
        assert isinstance(error, BrokenProcessPool)
        assert (error.exitcode, error.ran) == (1, True)
    assert "MemoryError" in capfd.readouterr().err


def test_a_value_that_is_there_is_answered_whatever_the_limit(tmp_path: Path) -> None:
    with pool_with(tmp_path, starve("ANSWER", BEFORE)) as pool:
        assert len(pool.submit(blank, LARGE).result(LIMIT)) == LARGE
        assert isinstance(pool.submit(blank, LARGE).exception(LIMIT), MemoryError)
