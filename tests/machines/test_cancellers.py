"""Cancelling while work is sent ahead: a canceller is at a lane's tickets, and the manager looks later, or again.

Whoever holds a lane's lock makes the manager's commands on its tickets come back as Busy. Nothing may be lost, dealt
twice or put out of order by that, and an interrupted canceller must not be waited for.
"""

from __future__ import annotations

from checkedpool._core import messages
from checkedpool._core.manager import BUSY_RETRY, Manager, Settings
from checkedpool._core.worker_record import Tickets
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.stories import begin, ends, everybody_works, hold, lane, let_go, of, ready


def test_what_a_canceller_read_back_is_dealt_again() -> None:
    world = ready(workers=1)
    world.submit(4)
    world.wake()
    begin(world)
    assert world.cancel(2)
    assert lane(world).issued
    commands = world.wake()
    assert of(commands, messages.Revoke) == [messages.Revoke(0)]
    assert set(lane(world).issued.values()) == {0, 1, 3}
    everybody_works(world)
    assert [task.end for task in world.tasks.values()] == ["value", "value", "cancelled", "value"]


def test_a_begun_task_is_not_taken_back_by_the_attempt_to_cancel_it() -> None:
    world = ready(workers=1)
    world.submit(2)
    world.wake()
    begin(world)
    assert world.cancel(0) is False
    world.wake()
    assert lane(world).issued == {1: 0, 3: 1}


def test_tickets_wait_while_a_canceller_is_inside() -> None:
    world = ready(workers=1, capacity=2)
    world.submit(3)
    world.wake()
    begin(world)
    hold(world, 1)
    commands = world.wake()
    assert of(world.commands, messages.Issue)
    assert lane(world).tickets is Tickets.CONTENDED
    assert set(lane(world).issued.values()) == {0, 1}
    assert not of(world.wake(), messages.Issue), commands


def test_a_busy_lane_is_asked_again_when_the_canceller_says_so() -> None:
    world = ready(workers=1, capacity=2)
    world.submit(3)
    world.wake()
    begin(world)
    fake = hold(world, 1)
    world.wake()
    fake.held = False
    world.inbox.append(messages.RevokedByCanceller(0))
    assert of(world.wake(), messages.Revoke) == [messages.Revoke(0)]
    assert lane(world).tickets is Tickets.QUIET


def test_a_busy_lane_is_asked_again_after_a_while_if_the_canceller_was_interrupted() -> None:
    world = ready(workers=1, capacity=2)
    world.submit(3)
    world.wake()
    begin(world)
    hold(world, 1)
    world.wake()
    let_go(world, 1)
    deadline = world.manager.deadline()
    assert deadline is not None
    assert deadline <= world.now + BUSY_RETRY
    assert of(world.pass_time(BUSY_RETRY), messages.Issue)


def test_taking_back_that_found_a_canceller_is_made_up_for() -> None:
    world = ready(workers=1)
    world.submit(3)
    world.wake()
    begin(world)
    hold(world, 2)
    world.request(ShutdownLevel.CANCEL)
    world.wake()
    assert [task.end for task in world.tasks.values()] == [None, None, None]
    let_go(world, 2)
    world.pass_time(BUSY_RETRY)
    assert [task.end for task in world.tasks.values()] == [None, "cancelled", "cancelled"]


def test_tickets_that_an_interrupted_canceller_read_back_are_found() -> None:
    """It said that it would look before it looked; it never said that it was done."""
    world = ready(workers=1)
    world.submit(3)
    world.wake()
    begin(world)
    world.inbox.append(messages.RevokedByCanceller(0))
    world.lanes[0].sort_back(world.unclaimed)
    world.wake()
    assert set(lane(world).issued.values()) == {0, 1, 2}
    everybody_works(world)
    assert world.lanes[0].begun == [0, 1, 2]


def test_tickets_are_not_put_out_and_taken_back_in_one_step() -> None:
    """Else a canceller that leaves in between would make the machine mistake one answer for the other."""
    world = ready(workers=1, capacity=2)
    world.submit(4)
    world.wake()
    assert lane(world).behind == 2
    begin(world)  # there is room now
    world.inbox.append(messages.RevokedByCanceller(0))
    world.wake()  # the rules are watched at every step
    everybody_works(world)
    assert world.lanes[0].begun == [0, 1, 2, 3]


def test_a_ticket_to_leave_that_was_read_back_is_put_out_again() -> None:
    world = ready(workers=1)
    world.request(ShutdownLevel.DRAIN)
    world.wake()
    world.lanes[0].sort_back(world.unclaimed)
    world.inbox.append(messages.RevokedByCanceller(0))
    assert of(world.wake(), messages.Leave) == [messages.Leave(0)]
    everybody_works(world)
    assert world.manager.finished


def test_looks_at_a_lane_that_is_gone_mean_nothing() -> None:
    world = ready(workers=2, replace=True)
    world.lanes[0].die(-9)
    world.wake()
    assert 0 not in world.manager.lanes
    world.inbox.append(messages.RevokedByCanceller(0))
    assert not of(world.wake(), messages.Revoke)


def test_a_worker_that_died_while_a_canceller_was_inside_is_charged_later() -> None:
    world = ready(workers=1, replace=True)
    world.submit(2)
    world.wake()
    begin(world)
    hold(world, 1)
    world.lanes[0].die(-9)
    world.wake()
    assert ends(world) == [None, None]
    let_go(world, 1)
    world.pass_time(BUSY_RETRY)
    assert ends(world) == ["broken", None]


def test_a_canceller_and_the_death_of_its_worker_at_one_moment_are_no_contradiction() -> None:
    world = ready(workers=2)
    world.submit(4)
    world.wake()
    begin(world, 0)
    world.cancel(2)
    world.lanes[0].die(-9)
    world.wake()
    assert world.tasks[0].end == "broken"
    assert world.tasks[2].end == "cancelled"


def test_the_end_of_a_future_whose_lock_is_held_is_told_by_a_user_code_thread() -> None:
    world = ready(workers=1)
    world.submit(1)
    world.wake()
    begin(world)
    world.tasks[0].locked = True
    world.lanes[0].finish()
    world.wake()
    assert of(world.commands, messages.Call) == [messages.Call(0)]
    assert ends(world) == [None]
    world.tasks[0].locked = False
    world.do_job()
    assert ends(world) == ["value"]


def test_who_was_cancelled_while_he_was_queued_behind_tickets_that_come_back_gets_no_second_end() -> None:
    """Tickets are revoked and frames sent in one step; then a worker's death ends all that waits."""
    manager = Manager(Settings(2, on_demand=False), born=(0, 1))
    manager.step((messages.Tick(0.0), messages.Ready(0), messages.Submitted((0,))))
    manager.step((messages.Sent(0, 0), messages.Issued(0)))
    both = manager.step(
        (messages.Tick(0.0), messages.RevokedByCanceller(0), messages.Submitted((1, 2)), messages.Ended(1))
    )
    assert of(both, messages.Revoke)[-1] == messages.Revoke(0)
    assert of(both, messages.Send) == [messages.Send(0, ((2, 1), (3, 2)))]
    dead = messages.Drained(1), messages.Revoked(1, ()), messages.Reaped(1, -9)
    commands = manager.step((*dead, messages.Revoked(0, (1,)), messages.Sent(0, 0, (2,))))
    assert of(commands, messages.Cancel) == [messages.Cancel((2,))]
    assert [fail.ids for fail in of(commands, messages.Fail)] == [(0, 1)]
