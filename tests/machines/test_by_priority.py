"""Tasks with priorities in the machine of the manager: what is dealt first, and what comes back for it.

What must hold after every step is in ``rules``; stories of chance have priorities, too (``test_random_stories.py``).
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checkedpool._core import messages
from checkedpool._core.by_priority import SPARE, ByPriority, Ranked, priority_of
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.stories import begin, ends, everybody_works, hold, lane, of, ready
from tests.machines.world import World


def begun_by(world: World) -> list[int]:
    """All tasks in the order in which the workers began them, when everybody has done his work."""
    everybody_works(world)
    return [task for fake in world.lanes.values() for task in fake.begun]


def finishes(world: World, number: int = 0) -> None:
    world.lanes[number].finish()
    world.wake()
    begin(world, number)


# --- dealing ----------------------------------------------------------------------------------------------------------


def test_a_higher_priority_begins_before_what_was_sent_ahead() -> None:
    """C-156, C-157."""
    world = ready(1)
    world.submit(4)
    world.wake()
    begin(world, 0)
    world.submit(priority=-1)
    world.submit(2, priority=1)
    world.submit(priority=2)
    assert of(world.wake(), messages.Revoke) == [messages.Revoke(0)]
    assert list(lane(world).issued.values()) == [0, 7, 5, 6, 1, 2, 3, 4]
    assert begun_by(world) == [0, 7, 5, 6, 1, 2, 3, 4]


def test_what_has_begun_and_what_is_higher_stays() -> None:
    """C-157: nothing is revoked for an equal priority, nor when only what runs is lower."""
    world = ready(1, window=2)
    world.submit()
    world.wake()
    begin(world, 0)
    world.submit(priority=1)
    world.wake()
    world.submit(priority=1)
    world.submit()
    commands = world.wake()
    assert not of(commands, messages.Revoke)
    assert list(lane(world).issued.values()) == [0, 1]
    assert begun_by(world) == [0, 1, 2, 3]


def test_where_the_answer_of_what_ran_is_unread_nothing_is_revoked_again_and_again() -> None:
    """C-157: what is left when tickets were revoked has begun, although another is before it in the book."""
    world = ready(1, window=3)
    world.submit(3)
    world.wake()
    fake = world.lanes[0]
    fake.late = True
    begin(world, 0)
    fake.finish()
    begin(world, 0)
    world.submit(4, priority=1)
    assert of(world.wake(), messages.Revoke)
    for _ in range(3):
        assert not of(world.wake(), messages.Revoke)
    fake.late = False
    assert begun_by(world) == [0, 1, 3, 4, 5, 6, 2]


def test_two_workers_get_the_highest_first() -> None:
    """C-156, C-157."""
    world = ready(2)
    world.submit(6)
    world.wake()
    begin(world, 0)
    begin(world, 1)
    world.submit(2, priority=3)
    world.wake()
    assert [list(lane(world, n).issued.values())[1] for n in (0, 1)] == [6, 7]
    finishes(world, 0)
    finishes(world, 1)
    assert {fake.begun[-1] for fake in world.lanes.values()} == {6, 7}


def test_a_canceller_at_the_tickets_is_waited_for() -> None:
    """C-21, C-157: the higher one is not issued behind what he may put back; when he is not heard of it goes first."""
    world = ready(1)
    world.submit(3)
    world.wake()
    begin(world, 0)
    fake = hold(world, 1)
    world.submit(priority=1)
    assert of(world.wake(), messages.Revoke)
    assert 3 not in lane(world).issued.values()
    fake.held = False
    world.pass_time(0.06)
    assert begun_by(world) == [0, 3, 1, 2]


def test_what_has_no_ticket_yet_comes_back_too() -> None:
    """C-157: its frame is not wholly in the pipe."""
    world = ready(1, capacity=1)
    world.submit(4)
    world.wake()
    begin(world, 0)
    world.wake()
    assert [task for _, task in lane(world).queued]
    world.submit(priority=1)
    world.wake()
    assert not lane(world).queued
    assert list(world.manager.pending) == [4, 1, 2, 3]
    assert begun_by(world) == [0, 4, 1, 2, 3]


def test_with_a_window_of_one_nothing_is_revoked() -> None:
    """C-156: nothing is sent ahead."""
    world = ready(1, window=1)
    world.submit(2)
    world.wake()
    begin(world, 0)
    world.submit(priority=1)
    assert not of(world.wake(), messages.Revoke)
    assert begun_by(world) == [0, 2, 1]


def test_what_a_stopped_worker_leaves_goes_first_elsewhere() -> None:
    """C-112, C-157: it comes back, and is higher than what another worker has ahead of it."""
    world = ready(2)
    world.submit(2)
    world.wake()
    begin(world, 0)
    begin(world, 1)
    world.submit(2, priority=1)
    world.wake()
    world.submit(2)
    world.wake()
    assert [list(lane(world, n).issued.values()) for n in (0, 1)] == [[0, 2, 4], [1, 3, 5]]
    world.stop(0)
    assert messages.Revoke(1) in world.wake()
    assert list(lane(world, 1).issued.values()) == [1, 2, 3, 4, 5]


def test_what_a_dead_worker_leaves_waits_by_its_priority() -> None:
    """C-84, C-157."""
    world = ready(2, replace=True)
    world.submit(2)
    world.wake()
    begin(world, 0)
    begin(world, 1)
    world.submit(4)
    world.submit(2, priority=1)
    world.wake()
    world.lanes[0].die(-9)
    world.wake()
    assert list(lane(world, 1).issued.values()) == [1, 6, 7, 2, 3, 4, 5]


def test_a_cancel_takes_all_that_waits() -> None:
    """C-46."""
    world = ready(1)
    world.submit(3)
    world.submit(2, priority=1)
    world.wake()
    begin(world, 0)
    world.request(ShutdownLevel.CANCEL)
    world.wake()
    assert ends(world).count("cancelled") == 4


# --- pickled late -----------------------------------------------------------------------------------------------------


def test_the_highest_is_pickled_first_though_many_wait() -> None:
    """C-19, C-156."""
    world = ready(1, window=1)
    world.submit(20)
    world.wake()
    begin(world, 0)
    world.submit(3, deferred=True)
    world.submit(2, deferred=True, priority=1)
    assert [job.id for job in of(world.wake(), messages.Pickle)] == [23, 24]
    world.do_job()
    world.do_job()
    assert not of(world.wake(), messages.Pickle)
    finishes(world)
    assert world.lanes[0].begun == [0, 23]


# --- the queue --------------------------------------------------------------------------------------------------------

IDS = st.lists(st.builds(lambda number, priority: Ranked(number, priority) if priority else number,
                         st.integers(0, 30), st.integers(-2, 2)), unique=True)  # fmt: skip


def in_order(ids: Iterable[int]) -> list[int]:
    return sorted(ids, key=lambda task: (-priority_of(task), task))


@given(IDS, st.lists(st.integers(0, 40)))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_the_queue_keeps_its_order_whatever_is_taken_out_and_put_back(ids: list[int], taken: list[int]) -> None:
    queue, left = ByPriority(), {int(task): task for task in ids}
    queue.update(ids)
    for number in taken:
        queue.pop(number, None)
        back = left.pop(number, None)
        if back is not None and number % 2:
            queue[back] = None
            queue.move_to_end(back, last=False)
            left[number] = back
    copy = queue.copy()
    assert list(queue) == in_order(left.values())
    assert [queue.popitem(last=False)[0] for _ in range(len(queue))] == in_order(left.values())
    assert not queue
    assert list(copy) == in_order(left.values())


def test_what_was_taken_out_of_the_middle_does_not_pile_up() -> None:
    queue = ByPriority([0])
    for number in range(1, 50 * SPARE):
        queue[number] = None
        queue.pop(number)
        assert len(queue._heap) <= 2 * len(queue) + SPARE
    assert queue.popitem() == (0, None)


@pytest.mark.parametrize("task", [Ranked(7, 2), Ranked(7, -2)])
def test_an_id_with_a_priority_is_a_number(task: Ranked) -> None:
    assert (task, hash(task), str(task), f"{task:d}") == (7, hash(7), "7", "7")
    assert {7: "here"}[task] == "here"
    assert messages.Withdrawn(task) == messages.Withdrawn(7)
