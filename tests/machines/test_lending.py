"""Which worker is lent to the next client that submits, and when none is.  What he does with it: ``tests/shell``."""

from __future__ import annotations

import pytest

from checkedpool._core.worker_record import Tickets
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.stories import begin, ready
from tests.machines.world import World


def lent(world: World) -> list[int]:
    """The workers that are lent while the manager sleeps."""
    return [lane.number for lane in world.manager.lanes.values() if lane.tickets is Tickets.LENT]


def test_a_pool_without_tasks_lends_its_first_idle_worker() -> None:
    assert lent(ready(workers=2)) == [0]


def test_none_is_lent_while_another_runs_a_task() -> None:
    world = ready(workers=2)
    world.submit(1)
    world.wake()
    begin(world)
    world.wake()
    assert not lent(world)


@pytest.mark.parametrize("level", list(ShutdownLevel)[1:])
def test_none_is_lent_by_a_pool_that_is_to_end(level: ShutdownLevel) -> None:
    world = ready(workers=1)
    world.request(level)
    world.wake()
    assert not lent(world)
