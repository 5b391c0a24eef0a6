"""Which worker is lent to the next client that submits, and when none is.  What he does with it: ``tests/shell``."""

from __future__ import annotations

import pytest

from checkedpool._core.worker_record import Tickets
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.stories import begin, lane, ready, work_off
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


def test_a_task_that_a_client_has_issued_alone_is_booked_when_the_manager_wakes_up() -> None:
    world = ready(workers=1)
    world.submit(1)
    assert world.loan is not None
    assert world.loan.use(0, world.inbox, world.unclaimed)
    world.wake()
    record = lane(world)
    assert (list(record.issued.values()), record.given, record.empty) == ([0], 1, False)
    work_off(world, 1)
    assert world.tasks[0].end == "value"
