"""The end of a pool: levels of requests, what each does to tasks and workers, limits, and when exactly it is over."""

from __future__ import annotations

import itertools

import pytest

from checkedpool._core import messages
from checkedpool._core.manager import Settings
from checkedpool._core.worker_record import Force, Phase
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.rules import all_is_over
from tests.machines.stories import (
    begin,
    ends,
    everybody_works,
    lane,
    of,
    on_demand,
    pool,
    ready,
    with_an_answer_that_is_late,
    work_off,
)
from tests.machines.world import World

DRAIN, CANCEL, TERMINATE, KILL = tuple(ShutdownLevel)[1:]
LIMITS = Settings(1)


def working() -> World:
    """One worker runs a task, a second one is sent ahead, others wait."""
    world = ready(workers=1, window=2)
    world.submit(4)
    world.wake()
    begin(world)
    return world


@pytest.mark.parametrize("order", list(itertools.permutations([DRAIN, CANCEL, TERMINATE, KILL])))
def test_the_strongest_request_wins_in_any_order(order: tuple[ShutdownLevel, ...]) -> None:
    world = working()
    for level in order:
        world.request(level)
        world.wake()
        assert world.manager.level == max(order[: order.index(level) + 1])
    assert of(world.commands, messages.Signal)[-1] == messages.Signal(0, force=True)
    assert ends(world) == [None, "cancelled", "cancelled", "cancelled"]


def test_a_drain_runs_everything_that_was_accepted() -> None:
    world = working()
    world.request(DRAIN)
    everybody_works(world)
    assert ends(world) == ["value"] * 4
    all_is_over(world)


def test_a_drain_of_a_pool_that_never_had_a_task_lets_its_workers_go_before_they_are_ready() -> None:
    world = pool(workers=2)
    world.request(DRAIN)
    assert len(of(world.wake(), messages.Leave)) == 2
    everybody_works(world)
    all_is_over(world)


def test_a_drain_of_a_pool_without_workers_ends_at_once() -> None:
    world = on_demand()
    world.request(DRAIN)
    assert of(world.wake(), messages.Finish) == [messages.Finish()]


def test_idle_workers_leave_while_the_last_task_runs() -> None:
    world = ready(workers=2)
    world.submit(1)
    world.wake()
    begin(world, 0)
    world.request(DRAIN)
    assert of(world.wake(), messages.Leave) == [messages.Leave(1)]
    assert of(work_off(world, 1), messages.Leave) == [messages.Leave(0)]


def test_idle_workers_leave_when_nothing_can_be_taken_back_for_them() -> None:
    """What the other one is counted to have, it has begun already; only its answer has not been read."""
    world, fake = with_an_answer_that_is_late()
    work_off(world, 1, number=1)
    assert lane(world, 0).outstanding == 2
    world.request(DRAIN)
    assert of(world.wake(), messages.Leave) == [messages.Leave(1)]
    fake.late = False
    everybody_works(world)
    all_is_over(world)


def test_idle_workers_stay_while_something_waits_behind_a_task() -> None:
    world = ready(workers=2)
    world.submit(3)
    world.wake()
    begin(world, 0)
    world.lanes[0].held = True  # a canceller is at the tickets
    work_off(world, 1, number=1)
    world.request(DRAIN)
    assert not of(world.wake(), messages.Leave)
    world.lanes[0].held = False
    world.inbox.append(messages.RevokedByCanceller(0))
    world.wake()
    assert lane(world, 1).outstanding == 1


def test_a_worker_that_is_not_gone_within_the_exit_limit_is_terminated_then_killed_then_given_up() -> None:
    world = ready(workers=1)
    world.request(DRAIN)
    world.wake()
    world.lanes[0].stubborn = world.lanes[0].immortal = True
    assert lane(world).deadline == world.now + LIMITS.exit_limit
    assert of(world.pass_time(LIMITS.exit_limit), messages.Signal) == [messages.Signal(0, force=False)]
    assert of(world.pass_time(LIMITS.terminate_limit), messages.Signal) == [messages.Signal(0, force=True)]
    assert of(world.pass_time(LIMITS.kill_limit), messages.Reap) == [messages.Reap(0)]
    world.pass_time(1.0)
    all_is_over(world)
    assert not world.broken


def test_limits_do_not_strike_early() -> None:
    world = ready(workers=1)
    world.request(DRAIN)
    world.wake()
    assert not of(world.pass_time(LIMITS.exit_limit - 0.1), messages.Signal)


def test_a_worker_that_runs_its_last_task_has_no_limit() -> None:
    world = working()
    world.request(DRAIN)
    world.wake()
    assert world.manager.deadline() is None
    assert not world.pass_time(1e9)


def test_cancel_ends_what_no_worker_has_begun_and_lets_the_rest_finish() -> None:
    world = working()
    world.request(CANCEL)
    world.wake()
    assert ends(world) == [None, "cancelled", "cancelled", "cancelled"]
    assert not of(world.commands, messages.Signal)
    everybody_works(world)
    assert ends(world)[0] == "value"
    all_is_over(world)


def test_cancel_takes_tickets_back_once() -> None:
    world = working()
    world.request(CANCEL)
    assert len(of(world.wake(), messages.Revoke)) == 1
    assert not of(world.wake(), messages.Revoke)


def test_cancel_ends_what_is_not_pickled_and_what_is_being_pickled() -> None:
    world = ready(workers=1)
    world.submit(9, deferred=True)
    world.wake()
    assert world.manager.pickling
    assert world.manager.deferred
    world.request(CANCEL)
    world.wake()
    assert ends(world) == ["cancelled"] * 9
    everybody_works(world)
    all_is_over(world)


@pytest.mark.parametrize(("level", "force"), [(TERMINATE, False), (KILL, True)])
def test_terminate_and_kill_signal_every_worker(level: ShutdownLevel, force: bool) -> None:
    world = ready(workers=2)
    world.submit(1)
    world.wake()
    begin(world, 0)
    world.request(level)
    assert of(world.wake(), messages.Signal) == [messages.Signal(0, force=force), messages.Signal(1, force=force)]


def test_a_worker_that_ignores_sigterm_is_killed_after_the_limit() -> None:
    world = working()
    world.lanes[0].stubborn = True
    world.request(TERMINATE)
    world.wake()
    assert not of(world.pass_time(LIMITS.terminate_limit - 0.1), messages.Signal)
    assert of(world.pass_time(0.2), messages.Signal) == [messages.Signal(0, force=True)]


def test_kill_after_terminate_does_not_wait_for_the_limit() -> None:
    world = working()
    world.request(TERMINATE)
    world.wake()
    world.request(KILL)
    assert of(world.wake(), messages.Signal) == [messages.Signal(0, force=True)]


def test_terminate_after_kill_changes_nothing() -> None:
    world = working()
    world.request(KILL)
    world.wake()
    world.request(TERMINATE)
    assert not of(world.wake(), messages.Signal)
    assert lane(world).force is Force.KILL


def test_a_worker_that_nothing_ends_is_given_up_and_its_task_is_broken() -> None:
    world = working()
    world.lanes[0].immortal = True
    world.request(KILL)
    world.wake()
    world.pass_time(LIMITS.kill_limit)
    world.pass_time(1.0)
    assert ends(world)[0] == "broken"
    all_is_over(world)


def test_a_worker_that_was_given_up_and_then_ends_all_the_same_is_no_contradiction() -> None:
    world = working()
    world.lanes[0].immortal = True
    world.request(KILL)
    world.wake()
    world.pass_time(LIMITS.kill_limit)
    assert lane(world).phase is Phase.ABANDONED
    world.lanes[0].die(-9)
    world.wake()
    all_is_over(world)


def test_a_start_under_way_is_waited_for_and_its_worker_signalled() -> None:
    world = on_demand(workers=1)
    world.submit(1)
    world.wake()
    world.request(KILL)
    assert not of(world.wake(), messages.Finish)
    world.start()
    assert of(world.wake(), messages.Signal) == [messages.Signal(0, force=True)]
    world.lanes[0].die(-9)
    world.wake()
    all_is_over(world)


def test_no_worker_is_started_after_terminate() -> None:
    world = on_demand(workers=2, replace=True)
    world.submit(2)
    world.wake()
    world.request(TERMINATE)
    world.start()
    assert not of(world.wake(), messages.Start)


def test_a_task_posted_after_the_request_is_not_accepted() -> None:
    """Its submitter is certain to find the pool closed at the second look, and withdraws it."""
    world = ready(workers=1)
    world.request(DRAIN)
    late = world.publish()
    world.wake()
    assert not world.manager.unfinished()
    world.look_again(late)
    everybody_works(world)
    assert late.end == "refused"
    all_is_over(world)


def test_a_task_posted_before_the_request_is_run() -> None:
    world = ready(workers=1)
    (task,) = world.submit()
    world.request(DRAIN)
    everybody_works(world)
    assert world.tasks[task].end == "value"


def test_the_end_comes_exactly_when_nothing_is_left() -> None:
    world = ready(workers=2)
    world.submit(2, called_back=True)
    world.wake()
    world.request(DRAIN)
    everybody_works(world)
    finish = world.commands.index(messages.Finish())
    assert finish == len(world.commands) - 1
    assert all(isinstance(command, messages.Finish | messages.Close) for command in world.commands[-2:])


def test_the_end_waits_for_jobs_of_user_code_threads() -> None:
    world = ready(workers=1)
    world.submit(1, called_back=True)
    world.wake()
    work_off(world, 1)
    world.request(DRAIN)
    world.wake()
    world.lanes[0].take()
    world.wake()
    assert not world.manager.lanes
    assert not world.manager.finished
    world.do_job()
    world.wake()
    all_is_over(world)


def test_the_end_is_not_in_the_step_that_tells_the_last_future() -> None:
    """What telling it leaves owing would never be called."""
    world = working()
    world.tasks[0].called_back = True
    world.request(KILL)
    world.wake()
    world.lanes[0].die(-9)
    world.wake()
    assert not world.manager.finished
    world.do_job()
    world.wake()
    all_is_over(world)


def test_a_pool_that_nobody_asked_to_end_does_not() -> None:
    world = on_demand()
    world.submit(3)
    everybody_works(world)
    assert not of(world.pass_time(1e9), messages.Finish)
    assert world.manager.deadline() is None


def test_after_the_end_nothing_follows() -> None:
    world = on_demand()
    world.request(DRAIN)
    world.wake()
    manager = world.manager
    late: list[messages.Event] = [
        messages.Tick(1e9),
        messages.Submitted((99,)),
        messages.Requested(KILL),
        messages.Withdrawn(99),
        messages.RevokedByCanceller(0),
    ]
    assert manager.step(late) == ()
    assert manager.finished
