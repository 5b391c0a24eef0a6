"""The death of a worker, at every phase of its life, under both policies: who is blamed, what comes back, what next.

A death is blamed on a task only when everything that the worker left has been seen; at most one task had been begun.
"""

from __future__ import annotations

import pytest

from checkedpool._core import messages
from checkedpool._core.messages import Death, When
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.rules import all_is_over
from tests.machines.stories import begin, ends, everybody_works, lane, of, on_demand, pool, ready, work_off
from tests.machines.world import World


def death_of(world: World, task: int) -> Death:
    found = world.tasks[task].death
    assert found is not None
    return found


def test_the_dead_worker_is_drained_taken_from_and_reaped_before_anybody_is_charged() -> None:
    world = ready(workers=1)
    world.submit(1)
    world.wake()
    begin(world)
    world.lanes[0].die(-9)
    commands = [type(command) for command in world.wake()]
    assert commands[:3] == [messages.Drain, messages.Revoke, messages.Reap]
    assert commands.index(messages.Fail) > commands.index(messages.Reap)
    assert commands.index(messages.Close) > commands.index(messages.Fail)


def test_a_break_fails_every_unfinished_future_and_charges_one() -> None:
    world = ready(workers=2)
    world.submit(4)
    world.wake()
    assert begin(world, 0) == 0
    begin(world, 1)
    world.lanes[0].die(-11)
    world.wake()
    assert ends(world) == ["broken"] * 4
    assert {death_of(world, task) for task in range(4)} == {Death(0, -11, When.TASK, 0)}


def test_a_break_refuses_before_it_fails() -> None:
    """Whoever sees the broken future and submits again is refused."""
    world = ready(workers=1)
    world.submit(2)
    world.wake()
    world.lanes[0].die(-9)
    kinds = [type(command) for command in world.wake()]
    assert kinds.index(messages.Break) < kinds.index(messages.Fail)


def test_a_break_takes_back_the_tickets_of_all_others_before_their_futures_are_told() -> None:
    """No worker begins what is done."""
    world = ready(workers=2)
    world.submit(6)
    world.wake()
    begin(world, 1)
    world.lanes[0].die(-9)
    commands = world.wake()
    kinds = [(type(command), getattr(command, "lane", None)) for command in commands]
    assert kinds.index((messages.Revoke, 1)) < kinds.index((messages.Fail, None))
    assert not world.lanes[1].tickets


def test_a_break_takes_back_tickets_that_went_out_at_the_same_moment() -> None:
    world = ready(workers=2, capacity=1)
    world.submit(4)
    world.wake()
    begin(world, 1)
    assert lane(world, 1).queued
    world.lanes[0].die(-9)
    world.wake()  # at which the second frame of worker 1 has got room, and a ticket
    assert world.broken
    assert not world.lanes[1].tickets


def test_a_break_ends_every_other_worker() -> None:
    world = ready(workers=3)
    world.lanes[1].die(-9)
    assert of(world.wake(), messages.Signal) == [messages.Signal(0, force=False), messages.Signal(2, force=False)]


def test_an_answer_written_before_the_death_is_still_delivered() -> None:
    world = ready(workers=1)
    world.submit(2)
    world.wake()
    begin(world)
    world.lanes[0].finish()
    world.lanes[0].die(-9)
    world.wake()
    assert ends(world) == ["value", "broken"]
    assert death_of(world, 1) == Death(0, -9, When.IDLE)


def test_with_replacement_only_the_task_that_ran_fails() -> None:
    world = ready(workers=2, replace=True)
    world.submit(6)
    world.wake()
    assert begin(world, 0) == 0
    world.lanes[0].die(-9)
    world.wake()
    assert ends(world) == ["broken", None, None, None, None, None]
    assert death_of(world, 0) == Death(0, -9, When.TASK, 0)
    assert not world.broken
    everybody_works(world)
    assert ends(world) == ["broken"] + ["value"] * 5


def test_with_replacement_what_had_not_begun_keeps_its_place_in_the_order() -> None:
    world = on_demand(workers=1, replace=True)
    world.submit(5)
    world.wake()
    world.start()
    world.wake()
    world.boot_all()
    begin(world)
    world.lanes[0].die(-9)
    everybody_works(world)
    assert world.lanes[1].begun == [1, 2, 3, 4]


def test_frames_without_tickets_come_back_from_a_dead_worker() -> None:
    world = ready(workers=1, capacity=1, replace=True)
    world.submit(3)
    world.wake()
    begin(world)
    world.lanes[0].capacity = 0
    world.wake()
    assert [task for _, task in lane(world).queued] == [1, 2]
    world.lanes[0].die(-9)
    world.wake()
    assert list(world.manager.pending) == [1, 2]


def test_with_replacement_a_successor_starts_when_there_is_demand() -> None:
    world = on_demand(workers=1, replace=True)
    world.submit(1)
    everybody_works(world)
    world.lanes[0].die(-9)
    assert not of(world.wake(), messages.Start)
    world.submit(1)
    assert of(world.wake(), messages.Start) == [messages.Start(1)]


def test_with_replacement_an_idle_death_costs_nothing() -> None:
    world = ready(workers=2, replace=True)
    world.lanes[0].die(-9)
    world.wake()
    world.submit(3)
    everybody_works(world)
    assert ends(world) == ["value"] * 3


def test_the_death_of_an_idle_worker_breaks_the_pool_otherwise() -> None:
    world = ready(workers=2)
    world.lanes[0].die(-9)
    world.wake()
    assert world.broken
    assert of(world.commands, messages.Break) == [messages.Break(Death(0, -9, When.IDLE))]


def test_two_deaths_at_one_moment_are_one_break() -> None:
    world = ready(workers=3)
    world.submit(6)
    world.wake()
    begin(world, 0)
    begin(world, 1)
    world.lanes[0].die(-9)
    world.lanes[1].die(-9)
    world.wake()
    assert len(of(world.commands, messages.Break)) == 1
    assert ends(world) == ["broken"] * 6
    world.lanes[2].die(-15)
    world.wake()
    all_is_over(world)


def test_two_deaths_at_one_moment_are_charged_each_to_its_own_task_with_replacement() -> None:
    world = ready(workers=2, replace=True)
    world.submit(4)
    world.wake()
    blamed = [begin(world, 0), begin(world, 1)]
    world.lanes[0].die(-9)
    world.lanes[1].die(-11)
    world.wake()
    assert [death_of(world, task).exitcode for task in blamed] == [-9, -11]
    assert [task.id for task in world.tasks.values() if task.end] == blamed


def test_a_status_that_comes_late_is_waited_for() -> None:
    world = ready(workers=1)
    world.statuses_are_slow = True
    world.submit(1)
    world.wake()
    begin(world)
    world.lanes[0].die(-9)
    world.wake()
    assert ends(world) == [None]
    world.statuses_are_slow = False
    world.wake()
    assert death_of(world, 0).exitcode == -9


def test_a_status_that_somebody_took_is_unknown() -> None:
    world = ready(workers=1)
    world.stolen = True
    world.submit(1)
    world.wake()
    begin(world)
    world.lanes[0].die(-9)
    world.wake()
    assert death_of(world, 0) == Death(0, None, When.TASK, 0)


@pytest.mark.parametrize("code", [0, 1, -9])
def test_a_worker_that_was_told_to_leave_is_simply_reaped(code: int) -> None:
    world = ready(workers=1)
    world.request(ShutdownLevel.DRAIN)
    world.wake()
    world.lanes[0].die(code)
    world.wake()
    assert not world.broken
    all_is_over(world)


def test_a_worker_that_ends_by_itself_is_a_death_whatever_its_code() -> None:
    world = ready(workers=1)
    world.submit(1)
    world.wake()
    begin(world)
    world.lanes[0].die(0)
    world.wake()
    assert death_of(world, 0) == Death(0, 0, When.TASK, 0)


def test_the_death_of_a_forked_worker_before_it_is_ready_breaks_the_pool() -> None:
    world = pool(workers=2)
    world.submit(1)
    world.lanes[1].die(-9)
    world.wake()
    assert death_of(world, 0) == Death(1, -9, When.START)


def test_a_death_while_the_pool_drains_is_a_break_all_the_same() -> None:
    world = ready(workers=1)
    world.submit(3)
    world.wake()
    begin(world)
    world.request(ShutdownLevel.DRAIN)
    world.wake()
    world.lanes[0].die(-9)
    world.wake()
    assert ends(world) == ["broken"] * 3
    all_is_over(world)


def test_with_replacement_a_pool_that_drains_starts_a_successor_for_what_is_left() -> None:
    world = on_demand(workers=1, replace=True)
    world.submit(3)
    world.wake()
    world.start()
    world.wake()
    world.boot_all()
    begin(world)
    world.request(ShutdownLevel.DRAIN)
    world.lanes[0].die(-9)
    everybody_works(world)
    assert ends(world) == ["broken", "value", "value"]
    all_is_over(world)


def test_what_was_to_be_cancelled_is_not_broken_by_a_death() -> None:
    world = ready(workers=1)
    world.submit(3)
    world.wake()
    begin(world)
    world.request(ShutdownLevel.CANCEL)
    world.lanes[0].die(-9)
    world.wake()
    assert ends(world) == ["broken", "cancelled", "cancelled"]


def test_a_worker_that_was_killed_on_request_breaks_its_task_and_not_the_pool() -> None:
    world = ready(workers=2)
    world.submit(4)
    world.wake()
    begin(world, 0)
    work_off(world, 1, number=1)
    world.request(ShutdownLevel.KILL)
    world.wake()
    for fake in list(world.lanes.values()):
        fake.die(fake.doomed or 0)
    world.wake()
    assert not world.broken
    assert world.tasks[0].end == "broken"
    assert death_of(world, 0).when is When.FORCED
    all_is_over(world)


def test_tasks_of_submitters_that_looked_before_the_break_are_broken_too() -> None:
    world = ready(workers=1)
    world.lanes[0].die(-9)
    late = world.publish()
    world.look_again(late)  # not broken yet: it is accepted
    world.wake()
    assert late.end == "broken"


def test_the_end_waits_until_those_who_posted_before_the_break_have_been_seen() -> None:
    world = ready(workers=1)
    world.submit(1)
    world.wake()
    world.lanes[0].die(-9)
    late = []

    def posts_before_the_break() -> None:
        if world.commands and isinstance(world.commands[-1], messages.Reap):
            late.append(world.publish())
            world.look_again(late[-1])

    world.between = posts_before_the_break
    world.wake()
    assert [task.end for task in late] == ["broken"]
    all_is_over(world)
