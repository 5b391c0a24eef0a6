"""The invariants of the manager's record of a worker: one for each field, and each has been seen broken.

That they hold is asked wherever the machine runs in a test (``rules.watch``) or is explored (``Simulation``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checkedpool._core import messages
from checkedpool._core.manager import Manager, Settings
from checkedpool._core.worker_record import Phase, WorkerRecord
from checkedpool.testing.simulated.record_invariants import INVARIANTS, violated
from checkedpool_model.checker.explore import explore
from tests.checks.conformance.scopes import EXIT, FORKED, submits
from tests.checks.conformance.system import system_of
from tests.checks.mutants.quick import reworded
from tests.machines.stories import lane, of, ready, with_a_full_worker
from tests.machines.test_quick_plan import tell_all

STORIES = range(1_000)
MUTANTS: dict[str, tuple[Any, str, str, str]] = {
    "phase": (Manager, "_leave", "lane.at_rest and", "lane.phase is READY and"),
    "deadline": (Manager, "_started", "lane.deadline = None", "pass"),
    "force": (Manager, "_push_on", "elif lane.force is Force.KILL", "elif lane.force is not Force.NONE"),
    "failure": (Manager, "_initializer_failed", "lane.failure =", "next(iter(self.lanes.values())).failure ="),
    "ended_in": (WorkerRecord, "enter", "self.ended_in, self.remains, self.deadline = self.phase,",
                 "self.remains, self.deadline ="),
    "remains": (Manager, "plan", "not lane.remains", "not lane.remains and not lane.issued"),
    "exitcode": (Manager, "_reaped", "lane.remains -= {Remains.STATUS}", "pass"),
    "tickets": (Manager, "_look_after", "if lane.tickets is REVOKE_WANTED",
                "if lane.tickets is REVOKE_WANTED and lane.issued"),
    "retry_at": (Manager, "_revoke", "lane.retry_at = None", "pass"),
    "queued": (WorkerRecord, "number_frames", "self.queued += items", "self.queued = items + self.queued"),
    "asked": (Manager, "_busy", "lane.asked, lane.retry_at = (),", "lane.retry_at ="),
    "issued": (Manager, "_issued", "lane.issued.update(lane.asked)", "lane.issued.update(reversed(lane.asked))"),
    "limit": (Manager, "_filled", "lane.limit, self.some_leave = 0,", "lane.limit, self.some_leave = 1,"),
    "given": (Manager, "_issued", "lane.given += len(lane.asked)", "pass"),
    "behind": (Manager, "_sent", "lane.behind = event.behind", "pass"),
    "last": (WorkerRecord, "room", "UNREAD - self.unread", "UNREAD + 1 - self.unread"),
    "marks": (WorkerRecord, "_strike_marks", " if (self.last - mark) % LAST_SEQ <= self.unread", ""),
    "stop": (Manager, "_answered", "lane.stop = None", "pass"),
    "stop_force": (WorkerRecord, "stop_at", "self.stop, self.stop_force = task, force", "self.stop = task"),
    "marking": (WorkerRecord, "_strike_marks", "self.marks[1:], False", "self.marks[1:], True"),
}  # fmt: skip
"""For each field a machine that breaks what holds of it."""
TRIVIAL = {
    "number": "nobody changes it",
    "read": "it is a ticket's number, or 0",
    "empty": "of a lane alone little can be said: see the test below",
}
"""Fields whose invariant no small change of the machine breaks, with the reason."""


def test_each_field_has_one_invariant() -> None:
    assert sorted(one.field for one in INVARIANTS) == sorted(WorkerRecord.__slots__)
    assert {*MUTANTS, *TRIVIAL} == set(WorkerRecord.__slots__)
    assert not MUTANTS.keys() & TRIVIAL.keys()


def test_all_hold_of_a_new_lane() -> None:
    assert not violated(WorkerRecord(0, Phase.BORN), Settings(1))


def a_marked_frame_is_read_through() -> None:
    """Its ticket was revoked and asked for again, so there are two, and a task's frame lies behind the second."""
    world = ready(workers=1)
    while not of(world.commands, messages.Mark):
        (task,) = world.submit()
        world.wake()
        world.cancel(task)
        world.wake()
    fake = world.lanes[0]
    fake.sort_back(world.unclaimed)
    world.inbox.append(messages.RevokedByCanceller(0))
    world.wake()
    assert len(lane(world).marks) == 2
    fake.take()
    world.wake()
    assert len(lane(world).marks) == 1
    world.submit()
    world.wake()
    fake.take()
    fake.finish()
    world.wake()
    assert len(lane(world).marks) == 0


def a_worker_is_full() -> None:
    """It has told that its memory is over the limit, and its answer follows."""
    with_a_full_worker(replace=False).wake()


def tell_stories() -> None:
    tell_all(STORIES)


OF_ITS_OWN = {"marks": a_marked_frame_is_read_through, "limit": a_worker_is_full}
"""Stories of fields that the others do not reach."""


def test_a_marked_frame_that_was_read_through_is_forgotten() -> None:
    a_marked_frame_is_read_through()


def test_who_has_read_past_a_marked_frame_has_none_to_wait_for() -> None:
    lane = WorkerRecord(0, Phase.READY)
    lane.number_frames([0])
    lane.mark()
    ((seq, _),) = lane.number_frames([1])[-1:]
    lane.was_read(seq)
    assert (lane.marks, lane.marking) == ((), False)


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("field", MUTANTS)
def test_a_machine_that_breaks_it_is_caught(field: str) -> None:
    with reworded(*MUTANTS[field])(), pytest.raises(AssertionError, match=rf"lane \d+: \[.*['\"]{field}: "):
        OF_ITS_OWN.get(field, tell_stories)()


def test_a_lane_that_counts_as_empty_and_has_tickets_is_caught() -> None:
    with (
        reworded(Manager, "_issued", "lane.asked, lane.empty = (), False", "lane.asked = ()")(),
        pytest.raises(AssertionError, match="has tickets and counts as empty"),
    ):
        tell_all(STORIES)


def test_the_simulation_asks_for_them() -> None:
    scope = replace(FORKED, scripts=((*submits(2), EXIT),))
    with reworded(*MUTANTS["behind"])():
        found = explore(system_of(scope)).counterexample
    assert found is not None
    assert "behind: " in found.states[-1].wrong
