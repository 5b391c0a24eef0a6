"""Workers that are killed at any moment: each accepted future ends, none begins twice, the blame is right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool_model.cluster.follow import Followed, events_of, follow
from tests import limits
from tests.dask import tasks
from tests.dask.conftest import ROOT, WORKER, is_whole, local, until
from tests.dask.test_executor import left_at

if TYPE_CHECKING:
    from checkedpool.dask import DaskExecutor


def test_a_death_is_blamed_on_what_had_begun_and_names_the_worker(
    client: Any, executor: DaskExecutor, gate: Path
) -> None:
    """C-03, C-79, C-84, C-87."""
    held = [executor.submit(tasks.wait_for, str(gate)) for _ in range(2)]
    until(lambda: all(future.running() for future in held))
    waiting = [executor.submit(abs, -number) for number in range(4)]
    pids = client.run(os.getpid)
    address = next(iter(pids))
    os.kill(pids[address], signal.SIGKILL)
    until(lambda: any(future.done() for future in held))
    (dead,) = (future for future in held if future.done())
    error = dead.exception()
    assert isinstance(error, BrokenProcessPool)
    assert (error.ran, error.worker, error.task) == (True, address, "tests.dask.tasks.wait_for")  # type: ignore[attr-defined]
    gate.touch()
    assert [future.result() for future in waiting] == [0, 1, 2, 3]
    assert {future.result() for future in held if future is not dead} == {str(gate)}


def test_who_waits_is_never_blamed_however_little_the_engine_allows(
    client: Any, cluster: Any, executor: DaskExecutor, gate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-84: the engine gives a slot up that was at workers that died, also if it had not asked there."""
    before = client.run_on_scheduler(allow, failures=0)
    slots: Any = executor._session.slots
    started: list[int] = []
    begin = slots._start

    def start(many: int) -> Any:
        started.append(many)
        return begin(many)

    monkeypatch.setattr(slots, "_start", start)
    try:
        held = [executor.submit(tasks.wait_for, str(gate)) for _ in range(2)]
        until(lambda: all(future.running() for future in held))
        waiting = [executor.submit(abs, -number) for number in range(6)]
        kill_who_has_slots_ahead(client, cluster)
        until(lambda: sum(started) > 8)
        kill_one(cluster, random.Random(1))
        gate.touch()
        assert [future.result() for future in waiting] == list(range(6))
    finally:
        client.run_on_scheduler(allow, failures=before)


def test_what_the_engine_cannot_start_ends_and_has_not_run(
    executor: DaskExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-01: as where a worker has not this package."""
    monkeypatch.setattr("checkedpool.dask.worker.run", tasks.no_slot)
    errors: list[Any] = [future.exception(limits.HANG) for future in [executor.submit(abs, -n) for n in range(40)]]
    assert {type(error).__name__ for error in errors} == {"BrokenCluster"}
    assert {error.ran for error in errors} == {False}
    monkeypatch.undo()
    assert executor.submit(abs, -1).result(limits.HANG) == 1


def test_a_slot_that_fails_at_a_living_worker_ends_its_task_as_unknown(client: Any, executor: DaskExecutor) -> None:
    """C-01: as where a connection is cut between question and answer."""
    client.run(break_down, broken=True)
    try:
        errors: list[Any] = [future.exception(limits.HANG) for future in [executor.submit(abs, -n) for n in range(3)]]
    finally:
        client.run(break_down, broken=False)
    assert [(type(error).__name__, error.ran) for error in errors] == [("BrokenCluster", None)] * 3
    assert "no threads" in str(errors[0])
    assert executor.submit(abs, -1).result(limits.HANG) == 1


def test_a_result_that_is_lost_with_its_worker_is_a_death_after_the_fact(client: Any, journal: str, gate: Path) -> None:
    """C-03, C-78, C-79: it has run to its end, and does not run again; who had begun behind it is blamed, too."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    address, pid = next(iter(client.run(os.getpid).items()))
    client.run(keep_answers, journal, workers=[address])
    with DaskExecutor(client, workers=address) as executor:
        first: Any = executor.submit(tasks.noted, journal, 1)
        until(lambda: Path(journal).exists() and "under way" in Path(journal).read_text())
        behind: Any = executor.submit(tasks.wait_for, str(gate))
        until(behind.running)
        assert first.running()
        os.kill(pid, signal.SIGKILL)
        for future in first, behind:
            error = future.exception(limits.HANG)
            assert (type(error).__name__, error.ran, error.worker) == ("BrokenCluster", True, address)
    assert Path(journal).read_text().split() == ["begun", "1", str(pid), "ended", "1", str(pid), "under", "way"]


def keep_answers(journal: str, dask_worker: Any) -> None:
    """In a worker: a slot is over with its first task, whose answer does not come to the scheduler."""
    from checkedpool.dask import messages, worker  # noqa: PLC0415 - it needs the engine

    there: Any = worker
    there.MOMENT = -1.0
    stream, send = dask_worker.batched_stream, dask_worker.batched_stream.send

    def keep(*said: Any) -> None:
        if any(one["op"] == messages.END for one in said):
            tasks.note(journal, "under way")
        else:
            send(*said)

    stream.send = keep


def break_down(*, broken: bool) -> None:
    """In a worker: a slot that has got a ticket has no thread for it."""
    from checkedpool.dask import worker  # noqa: PLC0415 - it needs the engine

    there: Any = worker
    there.copy_context = no_context if broken else copy_context


def no_context() -> None:
    raise RuntimeError("no threads")


def allow(failures: int, dask_scheduler: Any) -> int:
    """How many deaths of workers a task survives; what it was."""
    before, dask_scheduler.allowed_failures = dask_scheduler.allowed_failures, failures
    return int(before)


def fullest(dask_scheduler: Any) -> tuple[int, str]:
    """The worker that has the most tasks, and how many."""
    return max((len(worker.processing), worker.address) for worker in dask_scheduler.workers.values())


def kill_who_has_slots_ahead(client: Any, cluster: Any) -> None:
    """Kill a worker that has been sent more than the task that it runs: one of the two must be, and not each is."""
    until(lambda: client.run_on_scheduler(fullest)[0] > 1)
    _, address = client.run_on_scheduler(fullest)
    os.kill(next(nanny.pid for nanny in cluster.workers.values() if nanny.worker_address == address), signal.SIGKILL)


def kill_one(cluster: Any, chance: random.Random) -> int:
    """Kill a worker, when all are there: a nanny whose worker dies while it is being started gives up."""
    until(lambda: is_complete(cluster))
    pid = chance.choice([nanny.pid for nanny in cluster.workers.values()])
    os.kill(pid, signal.SIGKILL)
    return int(pid)


def is_complete(cluster: Any) -> bool:
    return is_whole(cluster, len(cluster.workers))


def test_the_policy_break_ends_all_and_each_has_an_error_of_its_own(client: Any, gate: Path) -> None:
    """C-81, C-82, C-83, C-98: what runs on elsewhere leaves nothing either."""
    from checkedpool.dask import BrokenCluster, DaskExecutor  # noqa: PLC0415 - it needs the engine

    executor = DaskExecutor(client, on_worker_death="break")
    held = executor.submit(tasks.wait_for, str(gate))
    until(held.running)
    killer = executor.submit(tasks.die)
    waiting = [executor.submit(abs, -number) for number in range(3)]
    futures: list[Any] = [killer, held, *waiting]
    errors = [future.exception() for future in futures]
    assert [error.ran for error in errors] == [True, False, False, False, False]
    assert len({id(error) for error in errors}) == 5
    with pytest.raises(BrokenCluster):
        executor.submit(abs, -1)
    executor.shutdown()
    gate.touch()
    until(lambda: client.run_on_scheduler(left_at) == (0, 0))


class Fleet:
    """Workers without nannies, which give up when theirs dies as it starts; for each killed another one comes."""

    def __init__(self, cluster: Any, many: int, chance: random.Random) -> None:
        self._cluster, self._chance = cluster, chance
        self._processes = [self._start() for _ in range(many)]
        self.killed: set[int] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, *WORKER, self._cluster.scheduler_address]
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill_now_and_then(self) -> None:
        until(lambda: len(self._cluster.scheduler.workers) == len(self._processes))
        self._thread.start()

    def _run(self) -> None:
        while not self._over.wait(self._chance.uniform(0.1, 0.5)):
            if len(self._cluster.scheduler.workers) > 1:  # somebody goes on
                victim = self._processes.pop(self._chance.randrange(len(self._processes)))
                self._processes.append(self._start())
                victim.kill()
                victim.wait()
                self.killed.add(victim.pid)

    def end(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        for process in self._processes:
            process.kill()
            process.wait()


@pytest.fixture
def fleet(engine: Any) -> Iterator[tuple[Any, Fleet]]:
    """A client of a cluster of its own, and what kills there."""
    with engine.LocalCluster(n_workers=0, **local()) as cluster, engine.Client(cluster, set_as_default=False) as client:
        made = Fleet(cluster, 3, random.Random(time.time_ns()))
        yield client, made
        made.end()


@pytest.mark.parametrize(
    "many",
    [
        300,
        pytest.param(
            2000,
            marks=[
                pytest.mark.slow,
                pytest.mark.timeout(limits.SLOW_TEST),
                pytest.mark.skipif(
                    "CHECKEDPOOL_DASK_LONG" not in os.environ, reason="CHECKEDPOOL_DASK_LONG=1 asks for it"
                ),
            ],
        ),
    ],
)
def test_random_kills(fleet: tuple[Any, Fleet], journal: str, many: int, tmp_path: Path) -> None:
    """C-01, C-02, C-03, C-05, C-79, C-100: the journal, what the futures say, and the protocol are one story."""
    from checkedpool.dask import DaskExecutor  # noqa: PLC0415 - it needs the engine

    chance = random.Random(time.time_ns())
    client, killer = fleet
    executor = DaskExecutor(client, trace=tmp_path / "run")
    killer.kill_now_and_then()
    futures = [executor.submit(tasks.noted, journal, number, chance.uniform(0, 0.03)) for number in range(many)]
    cancelled = {number for number in chance.sample(range(many), many // 10) if futures[number].cancel()}
    assert not wait(futures, timeout=limits.SLOW_TEST / 2).not_done
    killer.end()
    executor.shutdown()
    report = follow(events_of(tmp_path / "run"))
    assert report.verdict is Followed.TO_ITS_END, report.why
    lines = [line.split() for line in Path(journal).read_text().splitlines()]
    begun = Counter(int(number) for word, number, _ in lines if word == "begun")
    begun_by = {int(number): int(pid) for word, number, pid in lines if word == "begun"}
    ended = {int(number) for word, number, _ in lines if word == "ended"}
    assert set(begun.values()) <= {1}
    inside: Counter[int] = Counter()  # by the worker: tasks that it was in when it died
    for number, future in enumerate(futures):
        if future.cancelled():
            assert number in cancelled
            assert number not in begun
        elif (error := future.exception()) is None:
            assert future.result() == number
            assert begun[number] == 1
        else:
            assert isinstance(error, BrokenExecutor)
            assert error.ran is True  # type: ignore[attr-defined]
            assert number not in begun_by or begun_by[number] in killer.killed
            if number in begun_by and number not in ended:  # else its answer may have been under way
                inside[begun_by[number]] += 1
    assert killer.killed
    assert set(inside.values()) <= {1}
