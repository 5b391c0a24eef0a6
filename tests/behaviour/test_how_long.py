"""For how long a task had run when its worker died: each death that is blamed on one says it, whoever has asked."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from checkedpool._pool.settling import settle_down
from tests.behaviour import tasks
from tests.behaviour.gates import Gate, eventually
from tests.behaviour.kinds import LIMIT, death_of
from tests.behaviour.marks import ours_only, parent_only

if TYPE_CHECKING:
    from checkedpool import ProcessPoolExecutor
    from tests.behaviour.conftest import Pools

pytestmark = ours_only("new: the standard executor does not say for how long")

A_WHILE = 0.2
LARGE = 1 << 14
"""Bytes of a call that no client issues by itself."""


def a_while_passes() -> float:
    """When it began."""
    start = time.monotonic()
    eventually(lambda: time.monotonic() - start > A_WHILE, "some time passes")
    return start


@pytest.mark.parametrize("size", [0, LARGE], ids=["small", "large"])
def test_a_death_says_for_how_long_its_task_had_run_and_not_for_how_long_its_worker_was_idle(
    pool: ProcessPoolExecutor, gate: Gate, size: int
) -> None:
    """C-80, C-163: also of a task that its client has issued by itself."""
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
    a_while_passes()
    before = time.monotonic()
    held = pool.submit(tasks.hold, gate, bytes(size))
    worker = gate.wait_for_arrival()
    arrived = a_while_passes()
    os.kill(worker, signal.SIGKILL)
    killed = time.monotonic()
    error = death_of(held)
    assert error.seconds is not None
    assert killed - arrived <= error.seconds <= time.monotonic() - before
    assert f"tasks.hold, for {error.seconds:.3g} s" in str(error)


@pytest.mark.parametrize("asked", [True, False])
def test_of_a_task_behind_another_it_counts_from_the_end_of_that_one(
    pool: ProcessPoolExecutor, gate: Gate, *, asked: bool
) -> None:
    """C-130, C-163: as `stats()` does, at the first question too."""
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
    before = time.monotonic()
    first, held = pool.submit(time.sleep, A_WHILE), pool.submit(tasks.hold, gate)
    first.result(LIMIT)
    worker = gate.wait_for_arrival()
    a_while_passes()
    if asked:
        seconds = pool.stats().workers[0].seconds
        assert seconds is not None
        assert A_WHILE / 2 <= seconds <= time.monotonic() - before - A_WHILE
    os.kill(worker, signal.SIGKILL)
    error = death_of(held)
    assert error.seconds is not None
    assert A_WHILE / 2 <= error.seconds <= time.monotonic() - before - A_WHILE


def test_what_is_sent_to_its_worker_meanwhile_changes_nothing(pool: ProcessPoolExecutor, gate: Gate) -> None:
    """C-163."""
    held = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    arrived = a_while_passes()
    behind = pool.submit(tasks.double, 1)
    settle_down(pool._pool, LIMIT)
    os.kill(worker, signal.SIGKILL)
    killed = time.monotonic()
    for future in held, behind:
        error = death_of(future)
        assert error.seconds is not None
        assert killed - arrived <= error.seconds


@parent_only
def test_a_death_without_a_task_has_no_time(pools: Pools) -> None:
    """C-80, C-163."""
    pool = pools.make(1)
    worker = pool.submit(os.getpid).result(LIMIT)
    os.kill(worker, signal.SIGKILL)
    eventually(lambda: pool.stats().state == "broken", "the pool has heard of it")
    with pytest.raises(RuntimeError) as refused:
        pool.submit(int)
    assert getattr(refused.value, "seconds", 0) is None
