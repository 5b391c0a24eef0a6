"""Each step of `cancel` and `shutdown` makes exactly the accesses that it stands for, and no other code makes any.

The steps that a call takes are recorded beside the accesses to what threads share; the second must be the first spelled
out. Channels are real, their worker is a test.
"""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator

import pytest

from checkedpool import future as future_module
from checkedpool._core.client import CANCEL, SHUTDOWN, End, Result, Step, Table, follow
from checkedpool._core.manager import Settings
from checkedpool._core.words import Requested
from checkedpool._shell import pool as pool_module
from checkedpool._shell.lane import LaneChannels
from checkedpool._shell.pool import Pool
from checkedpool.future import PoolFuture, error_end, value_end
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.machines.recording import RecordingShared

# READ_BACK and NEVER_STARTED are looked at in their own tests: what they access depends on what they find.
ACCESSES: dict[Step, list[str]] = {
    Step.READ_STATE: [],
    Step.CLAIM: ["claim"],
    Step.FIND_LANE: [],
    Step.POST_MOVED: ["post Returned", "read sleep"],
    Step.TELL_CLAIMED: ["claim"],
    Step.TELL_RETURNED: ["claim"],
    Step.POST_WITHDRAWN: ["post Withdrawn"],
    Step.POST_RETURNED: ["post Withdrawn", "post Returned"],
    Step.POST_UNCHANGED: ["post Returned", "read sleep"],
    Step.RING_DONE: ["read sleep"],
    Step.RING_BEGUN: ["read sleep"],
    Step.CLOSE: ["read closed", "write closed"],
    Step.POST_REQUEST: ["post Requested"],
    Step.RING_REQUEST: ["read sleep"],
    Step.OWN_THREAD: [],
    Step.WAIT: [],
}
ANNOUNCED = ["post Returned", "read sleep"]
"""What READ_BACK does first, under the lane's lock."""


class Case:
    """One task in one lane, and a record of steps and accesses."""

    def __init__(self) -> None:
        self.shared = RecordingShared()
        self.future: PoolFuture[int] = PoolFuture(self.shared, 0)
        self.other: PoolFuture[int] = PoolFuture(self.shared, 1)
        self.lane = LaneChannels(0, self.shared)
        self.elsewhere = LaneChannels(1, self.shared)
        self.steps: list[tuple[Step, Result]] = []
        self.before: dict[Step, Callable[[], None]] = {}
        """What others do before a step, once."""
        self.shared.unclaimed.update({0: None, 1: None})

    def issue(self) -> None:
        """Both tasks have tickets out."""
        for future in (self.future, self.other):
            future._place = self.lane, future._number + 1
        assert self.lane.issue(((1, 0), (2, 1))) == []

    def begin(self) -> None:
        """A worker takes the first ticket."""
        assert self.lane.worker_ends.tickets.recv(1) == b"\x01"

    def others_act(self, step: Step) -> None:
        act = self.before.pop(step, None)
        if act is not None:
            self.shared.record.paused = True
            act()
            self.shared.record.paused = False

    def cancel(self) -> bool:
        self.shared.record.clear()
        return self.future.cancel()

    def spelled_out(self, read_back: list[str] | None = None) -> list[str]:
        accesses = {**ACCESSES, Step.READ_BACK: read_back or []}
        return [access for step, _ in self.steps for access in accesses[step]]

    def close(self) -> None:
        for lane in (self.lane, self.elsewhere):
            lane.let_go_of_worker_ends()
            lane.close()


Cases = Callable[[], Case]


@pytest.fixture
def cases(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cases]:
    made: list[Case] = []

    def make() -> Case:
        made.append(Case())
        return made[-1]

    def recording_follow(table: Table, perform: Callable[[Step], Result]) -> End:
        def performed(step: Step) -> Result:
            made[-1].others_act(step)
            result = perform(step)
            made[-1].steps.append((step, result))
            return result

        return follow(table, performed)

    monkeypatch.setattr(future_module, "follow", recording_follow)
    monkeypatch.setattr(pool_module, "follow", recording_follow)
    yield make
    for case in made:
        case.close()


@pytest.fixture
def case(cases: Cases) -> Case:
    return cases()


# --- situations -----------------------------------------------------------------------------------------------------


def void(_: object) -> None:
    """What came of it is of no interest."""


def not_sent(_: Case) -> None:
    """As it was submitted."""


def issued(case: Case) -> None:
    case.issue()


def begun(case: Case) -> None:
    case.issue()
    case.begin()


def moving(case: Case) -> None:
    """The manager takes it back and deals it to another worker while the canceller is on its way to the first."""
    case.issue()

    def moves() -> None:
        assert case.lane.take_back() == (1, 2)
        case.future._place = case.elsewhere, 1
        case.elsewhere.issue(((1, 0),))

    case.before[Step.READ_BACK] = moves


def claimed_by_a_late_pickler(case: Case) -> None:
    case.shared.unclaimed.pop(0)


def done(case: Case) -> None:
    case.future._try_end(value_end(1))


def cancelled(case: Case) -> None:
    case.future.cancel()


SITUATIONS = (not_sent, issued, begun, moving, claimed_by_a_late_pickler, done, cancelled)


def test_the_situations_come_to_every_cell_of_the_table(cases: Cases) -> None:
    seen = set()
    for situation in SITUATIONS:
        case = cases()
        situation(case)
        case.cancel()
        seen |= set(case.steps)
    assert seen == {(row, result) for row, columns in CANCEL.items() for result in columns}


# --- cancel ---------------------------------------------------------------------------------------------------------


def test_a_task_that_was_not_sent_is_claimed_and_the_manager_told(case: Case) -> None:
    assert case.cancel()
    assert [step for step, _ in case.steps] == [
        Step.READ_STATE, Step.CLAIM, Step.TELL_CLAIMED, Step.POST_WITHDRAWN, Step.RING_DONE
    ]  # fmt: skip
    assert case.shared.record == case.spelled_out()


def test_a_task_whose_ticket_is_out_is_read_back_and_claimed(case: Case) -> None:
    case.issue()
    assert case.cancel()
    assert (Step.READ_BACK, True) in case.steps
    assert case.shared.record == case.spelled_out([*ANNOUNCED, "make claimable", "make claimable", "claim"])
    assert 1 in case.shared.unclaimed, "the other ticket's task can be claimed by the manager again"


def test_a_task_that_was_begun_is_not_cancelled_and_the_manager_looks(case: Case) -> None:
    begun(case)
    assert not case.cancel()
    assert (Step.READ_BACK, False) in case.steps
    assert case.shared.record == case.spelled_out([*ANNOUNCED, "make claimable", "claim"])
    assert not case.future.done()


def test_a_task_that_has_moved_to_another_lane_is_looked_for_again(case: Case) -> None:
    moving(case)
    assert case.cancel()
    assert [result for step, result in case.steps if step is Step.READ_BACK] == [None, True]
    assert [result for step, result in case.steps if step is Step.CLAIM] == [False, False]


def test_a_task_that_was_taken_back_meanwhile_is_claimed(case: Case) -> None:
    case.issue()
    case.before[Step.READ_BACK] = lambda: void(case.lane.take_back())
    assert case.cancel()
    assert (Step.READ_BACK, True) in case.steps


def test_a_task_that_somebody_claimed_before_it_was_ever_sent_is_cancelled_first(case: Case) -> None:
    """A late pickler claims before it tells: whoever holds the future's lock tells first."""
    claimed_by_a_late_pickler(case)
    assert case.cancel()
    assert (Step.FIND_LANE, False) in case.steps
    assert case.future.cancelled()
    case.future._end_and_call(error_end(ValueError()))
    assert case.future.cancelled()


@pytest.mark.parametrize("ended", [value_end(1), error_end(ValueError())])
def test_a_future_that_has_its_end_is_not_touched(case: Case, ended: future_module.Ending) -> None:
    case.future._try_end(ended)
    assert not case.cancel()
    assert case.steps == [(Step.READ_STATE, False)]
    assert not case.shared.record


def test_a_second_cancel_is_true_and_makes_no_access(case: Case) -> None:
    assert case.cancel()
    case.steps.clear()
    assert case.cancel()
    assert case.steps == [(Step.READ_STATE, True)]
    assert not case.shared.record


# --- shutdown -------------------------------------------------------------------------------------------------------


@pytest.fixture
def pool(case: Case) -> Pool:
    made = Pool(Settings(1), multiprocessing.get_context("spawn"), (None, ()))
    made.shared = case.shared
    return made


def test_the_shutdown_of_a_pool_that_never_started_takes_the_start_away(case: Case, pool: Pool) -> None:
    case.shared.record.clear()
    pool.shutdown(ShutdownLevel.DRAIN, wait=True)
    assert case.shared.record == [*ACCESSES[Step.CLOSE], "take the start"]
    assert case.shared.ended.is_set()


def test_the_shutdown_of_a_pool_that_runs_closes_then_posts_then_rings(case: Case, pool: Pool) -> None:
    case.shared.start_token.clear()
    case.shared.record.clear()
    pool.shutdown(ShutdownLevel.KILL, wait=False)
    assert case.shared.record == [*ACCESSES[Step.CLOSE], "take the start", "post Requested", "read sleep"]
    assert (Step.OWN_THREAD, False) in case.steps
    assert case.shared.inbox[-1] == Requested(ShutdownLevel.KILL)


@pytest.mark.parametrize("own", [True, False])
def test_only_a_thread_of_the_pool_does_not_wait_for_its_end(case: Case, pool: Pool, own: bool) -> None:
    case.shared.start_token.clear()
    case.shared.ended.set()
    if own:
        case.shared.own_threads.add(threading.get_ident())
    pool.shutdown(ShutdownLevel.DRAIN, wait=True)
    assert ((Step.WAIT, None) in case.steps) is not own


def test_every_request_is_posted_however_many_there_are(case: Case, pool: Pool) -> None:
    case.shared.start_token.clear()
    for level in (ShutdownLevel.KILL, ShutdownLevel.DRAIN, ShutdownLevel.CANCEL):
        pool.shutdown(level, wait=False)
    levels = (ShutdownLevel.KILL, ShutdownLevel.DRAIN, ShutdownLevel.CANCEL)
    assert list(case.shared.inbox) == [Requested(level) for level in levels]
    assert set(SHUTDOWN) >= {step for step, _ in case.steps}
