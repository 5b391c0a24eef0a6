"""The workloads, on pools that are wrong on purpose, and on threads: each fault shows in the number or as an error."""

import itertools
import random
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.bench import tasks
from tests.bench.gate import Gate
from tests.bench.peers import PEERS
from tests.bench.workloads import mix, resources, throughput
from tests.bench.workloads.common import WrongValueError


class Blind:
    """Deals tasks to its two workers in turn, whatever they are doing."""

    def __init__(self) -> None:
        self.workers = [ThreadPoolExecutor(1), ThreadPoolExecutor(1)]
        self.turn = itertools.cycle(self.workers)

    def submit(self, function: Any, *arguments: Any) -> "Future[Any]":
        return next(self.turn).submit(function, *arguments)

    def result(self, pending: "Future[Any]") -> Any:
        return pending.result()

    def close(self) -> None:
        for worker in self.workers:
            worker.shutdown()


class Wrong(Blind):
    """Returns something else."""

    def result(self, pending: "Future[Any]") -> Any:
        return [pending.result()]


def opened(pool: Blind) -> Any:
    """What stands in for `warm`."""

    @contextmanager
    def warm(_: str, __: int) -> Iterator[Blind]:
        yield pool
        pool.close()

    return warm


def test_a_pool_that_deals_blindly_lets_a_worker_idle_while_short_tasks_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mix, "warm", opened(Blind()))
    monkeypatch.setattr(random, "Random", lambda _: NoChance())
    assert mix.mix("", 3) > mix.LONG / 2


class NoChance:
    """Puts every long task at the same worker: in the even places."""

    def shuffle(self, seconds: list[float]) -> None:
        seconds.sort()
        for place in range(0, 2 * seconds.count(mix.LONG), 2):
            seconds.insert(place, seconds.pop())


def test_a_pool_that_deals_by_need_lets_no_worker_idle_for_as_long_as_a_long_task() -> None:
    """Of several runs one at least: who waits for a processor that others use has nothing to do either."""
    assert any(mix.mix("threads", 3) < mix.LONG for _ in range(10))


def test_wrong_values_are_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throughput, "warm", opened(Wrong()))
    with pytest.raises(WrongValueError):
        throughput.burst("", 5, workers=2)


def spin(stop: threading.Event) -> None:
    while not stop.is_set():
        pass


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="Linux's scheduler is asked")
def test_a_pool_that_spins_is_not_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    spinning = threading.Thread(target=spin, args=(stop,))
    monkeypatch.setattr(resources, "warm", opened(Blind()))
    spinning.start()
    try:
        assert resources.idle("", 100) > 0.05
    finally:
        stop.set()
        spinning.join()


def test_a_held_task_stays_until_the_gate_opens() -> None:
    with ThreadPoolExecutor(1) as pool, Gate() as gate:
        pending = pool.submit(tasks.held, gate.address)
        gate.wait_for(1)
        assert pending.running()
        gate.open()
        pending.result()


@pytest.mark.parametrize("pending", [None, 10])
def test_the_cost_of_a_task_is_a_time(pending: int | None) -> None:
    assert 0 < throughput.burst("threads", 25, workers=1, pending=pending) < 1


def test_every_peer_says_where_it_comes_from() -> None:
    assert list(PEERS)[:2] == ["standard", "checkedpool"]
    assert {peer.package for peer in PEERS.values()} == {None, "checkedpool", "loky", "Pebble", "mpire"}


def test_our_pool_without_a_room_is_a_peer_and_others_are_not() -> None:
    assert PEERS["without-submit"] == replace(PEERS["checkedpool"], plain="submit")
    assert PEERS["plain"] == replace(PEERS["checkedpool"], plain="1")
    assert PEERS["at-abc"] == replace(PEERS["checkedpool"], revision="abc")
    with pytest.raises(KeyError):
        PEERS["nobody"]
