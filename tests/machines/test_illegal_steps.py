"""What a machine must refuse, and that it is then as it was; and that a copy of its state is a state of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from checkedpool._core import messages
from checkedpool._core.manager import TAKES, Manager, Settings
from checkedpool._core.messages import Event
from checkedpool._core.tables import LEAVE, WORKER, Came, Do, IllegalStep, WorkerMachine
from checkedpool._core.worker_record import LIFE, TICKETS, Phase, Tickets, WorkerRecord
from checkedpool._fast.dispatch_rules import LendingManager
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.stories import begin, on_demand, ready
from tests.machines.story import Beginning, Story
from tests.machines.test_random_stories import Happening, happenings
from tests.machines.world import World


def in_phase(phase: Phase) -> Manager:
    """A machine whose lane 0 is in that phase, and that waits for no answer to a command."""
    world = on_demand(workers=1)
    if phase is not Phase.STARTING:
        world.statuses_are_slow = True
    world.submit(1)
    world.wake()
    if phase is Phase.STARTING:
        return world.manager
    world.start()
    world.wake()
    if phase is Phase.BORN:
        return world.manager
    world.boot_all()
    if phase is Phase.LEAVING:
        world.lanes[0].take()
        world.lanes[0].finish()
        world.request(ShutdownLevel.DRAIN)
    if phase is Phase.ENDED:
        world.lanes[0].die(-9)
    if phase is Phase.ABANDONED:
        world.lanes[0].immortal = True
        world.request(ShutdownLevel.KILL)
        world.wake()
        world.pass_time(Settings(1).kill_limit)
    world.wake()
    assert world.manager.lanes[0].phase is phase
    return world.manager


OF_A_LANE: list[Event] = [
    messages.Started(0), messages.StartFailed(0, "cause"), messages.Ready(0), messages.InitializerFailed(0, "cause"),
    messages.Answered(0, (messages.Answer(1, messages.Verdict.PLAIN, None),)), messages.Sent(0, 0), messages.Issued(0),
    messages.Busy(0), messages.Revoked(0, ()), messages.Ended(0), messages.Drained(0), messages.Reaped(0, 0),
    messages.Filled(0), messages.Recalled(0, None), messages.RevokedByCanceller(0),
]  # fmt: skip


@pytest.mark.parametrize("phase", list(Phase), ids=lambda phase: phase.name)
@pytest.mark.parametrize("event", OF_A_LANE, ids=lambda event: type(event).__name__)
def test_an_outcome_that_its_lane_does_not_expect_is_refused_and_changes_nothing(event: Event, phase: Phase) -> None:
    manager = in_phase(phase)
    unasked = isinstance(event, messages.Issued | messages.Busy | messages.Revoked | messages.Recalled)
    if phase in LIFE[type(event)] and not unasked:
        manager.step([event])
        return
    before = manager.key()
    with pytest.raises(IllegalStep) as caught:
        manager.step([event])
    assert manager.key() == before
    assert caught.value.event is event
    assert phase.name in str(caught.value)


@pytest.mark.parametrize("event", OF_A_LANE[2:-1], ids=lambda event: type(event).__name__)
def test_an_outcome_of_a_lane_that_is_not_there_is_refused(event: Event) -> None:
    manager = Manager(Settings(1))
    before = manager.key()
    with pytest.raises(IllegalStep, match="no such lane"):
        manager.step([event])
    assert manager.key() == before


def test_a_start_that_was_given_up_may_come_late_and_so_may_a_canceller() -> None:
    manager = Manager(Settings(1))
    assert manager.step([messages.Started(7), messages.StartFailed(8, "cause"), messages.RevokedByCanceller(9)]) == ()


def test_a_job_that_nobody_has_cannot_be_done() -> None:
    manager = Manager(Settings(1))
    with pytest.raises(IllegalStep, match="JobDone"):
        manager.step([messages.JobDone()])


def test_the_error_names_actor_state_outcome_and_story() -> None:
    manager = in_phase(Phase.READY)
    with pytest.raises(IllegalStep) as caught:
        manager.step([messages.Drained(0)])
    error = caught.value
    assert error.actor == "manager"
    assert "READY" in str(error.state)
    assert error.event == messages.Drained(0)
    for part in (error.actor, str(error.state), str(error.event), error.story):
        assert part in str(error)


def test_every_outcome_of_a_lane_says_in_which_phases_it_can_come() -> None:
    lane_outcomes = {cls for cls in messages.Event.__args__ if "lane" in cls._fields}
    assert LIFE.keys() & TAKES.keys() == lane_outcomes == {type(event) for event in OF_A_LANE}


def test_every_outcome_has_a_method_that_takes_it_in() -> None:
    assert set(TAKES) == set(messages.Event.__args__)
    assert all(callable(getattr(LendingManager, name)) for name in TAKES.values())
    assert not hasattr(Manager, TAKES[messages.Recalled])


def test_every_operation_on_a_worker_says_in_which_phases_it_can_be_ordered() -> None:
    """But to start one, which makes the lane, and to close one, which is the last of it."""
    of_a_lane = {cls for cls in messages.Command.__args__ if "lane" in cls._fields}
    assert LIFE.keys() - TAKES.keys() == of_a_lane - {messages.Start, messages.Close}


@pytest.mark.parametrize("tickets", list(Tickets), ids=lambda tickets: tickets.name)
@pytest.mark.parametrize("kind", [kind for kind in TICKETS if kind in LIFE], ids=lambda kind: kind.__name__)
def test_tickets_go_where_their_table_says_and_nowhere_else(tickets: Tickets, kind: Any) -> None:
    lane = WorkerRecord(0, Phase.READY)
    lane.tickets = tickets
    before, there = lane.key(), TICKETS[kind].get(tickets)
    assert lane.go(kind) is (there is not None)
    assert lane.tickets is there or (there is None and lane.key() == before)


def test_the_manager_cannot_order_what_its_tables_do_not_have() -> None:
    manager = in_phase(Phase.LEAVING)
    before = manager.key()
    with pytest.raises(IllegalStep, match="LEAVING"):
        manager._order(manager.lanes[0], messages.Issue(0, ()))
    assert manager.key() == before
    assert manager.commands == []


@pytest.mark.parametrize("at", list(Do), ids=lambda at: at.name)
@pytest.mark.parametrize("came", list(Came), ids=lambda came: came.name)
def test_a_worker_refuses_what_its_table_does_not_have(at: Do, came: Came) -> None:
    machine = WorkerMachine()
    machine.at = at
    if came in WORKER[at]:
        assert machine.step(came) is WORKER[at][came]
        return
    before = machine.key()
    with pytest.raises(IllegalStep) as caught:
        machine.step(came)
    assert machine.key() == before
    assert (caught.value.actor, caught.value.state, caught.value.event) == ("worker", at.name, came.name)


def test_a_copy_of_a_worker_is_a_state_of_its_own() -> None:
    machine = WorkerMachine()
    machine.took(7)
    twin = machine.copy()
    assert twin.key() == machine.key()
    twin.step(Came.DONE)
    twin.took(8)
    assert machine.key() == (Do.INITIALIZE, 7)
    assert machine.took(LEAVE) is Came.LEAVE


@dataclass
class Twins:
    """Has each step made by a copy of the machine too."""

    world: World
    steps: int = 0

    def watch(self) -> None:
        def both(events: list[Event]) -> tuple[messages.Command, ...]:
            manager = self.world.manager
            twin, before = manager.copy(), manager.key()
            assert twin.key() == before
            hash(before)
            commands = Manager.step(twin, events)
            assert manager.key() == before, "the copy's step was felt by the original"
            assert Manager.step(manager, events) == commands
            assert manager.key() == twin.key()
            self.steps += 1
            return commands

        self.world.manager.step = both  # type: ignore[method-assign, assignment]


@pytest.mark.slow
@given(happened=st.lists(happenings, min_size=20, max_size=40), replace=st.booleans(), deferred=st.booleans())
@settings(max_examples=15, deadline=None, derandomize=True, database=None)
def test_a_copy_makes_the_same_steps_and_is_not_felt_by_the_original(
    happened: list[Happening], replace: bool, deferred: bool
) -> None:
    story = Story(Beginning(replace=replace, capacity=3, booted=False))
    twins = Twins(story.world)
    twins.watch()
    story.world.submit(3, deferred=deferred)
    for what, number, meanwhile in happened:
        what(story, number)
        story.look(meanwhile)
    story.world.wake()
    assert twins.steps


def test_a_key_tells_states_apart_that_behave_differently() -> None:
    world = ready(workers=1)
    keys = [world.manager.key()]
    world.submit(2)
    world.wake()
    keys.append(world.manager.key())
    begin(world)
    world.lanes[0].finish()
    world.wake()
    keys.append(world.manager.key())
    assert len(set(keys)) == len(keys)
