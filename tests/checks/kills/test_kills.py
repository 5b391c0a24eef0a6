"""The campaign itself can fail: a pool that loses a future, a victim that does not die, a phase that nobody saw."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from checkedpool import BrokenProcessPool
from checkedpool._fast import memory_files
from checkedpool._os.system import File
from checkedpool._pool.platform import RealPlatform
from checkedpool._trace.fault_points import INSIDE
from checkedpool_model.traces.verdict import Report, Verdict
from tests import leaks
from tests.behaviour.marks import with_room
from tests.checks.kills import campaign
from tests.checks.kills.__main__ import QUICK, QUICK_EACH
from tests.checks.kills.campaign import Result, plan_of
from tests.checks.kills.points import POINTS, Cost, Loop, Phase, Point, Work
from tests.checks.kills.rounds import Plan, Policy, Run, _wrong, loops, run, without
from tests.checks.mutants.shell import throws_away_what_the_dead_have_said

POINT = {(str(point), point.work): point for point in POINTS}


def test_every_phase_has_points_and_every_moment_is_among_them() -> None:
    assert {point.phase for point in POINTS} == set(Phase)
    assert {point.when for point in POINTS} == {"before", "inside", "unwritten", "half", "after"}
    assert len(POINT) == len(POINTS)


def test_the_plan_of_a_run_is_that_of_its_number() -> None:
    assert plan_of(1, 77) == plan_of(1, 77)
    assert {plan_of(1, at).policy for at in range(200)} == {"break", "replace"}
    assert not [at for at in range(200) if (plan_of(1, at).method, plan_of(1, at).policy) == ("fork", "replace")]


def test_the_points_are_taken_in_turn_on_each_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "LOOPS", tuple(Loop))
    plans = [plan_of(1, at) for at in range(2 * len(POINTS))]
    assert {(plan.point, plan.loop) for plan in plans} == {(point, loop) for point in POINTS for loop in Loop}


def test_a_share_has_each_point_once_and_each_loop_in_each_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "LOOPS", tuple(Loop))
    plans = [plan_of(1, at) for at in range(QUICK)]
    assert [plan.point for plan in plans] == list(POINTS)
    assert {(plan.point.phase, plan.loop) for plan in plans} == {(phase, loop) for phase in Phase for loop in Loop}
    assert Result(QUICK, QUICK_EACH, 1).missing[-2] == "0 of 1 deaths in the plain loop in the phase exit"


def test_where_the_room_of_the_fast_loop_is_done_without_there_is_the_plain_one_alone() -> None:
    assert [loops(plain) for plain in ("", "submit", "1", "submit, worker")] == [tuple(Loop)] * 2 + [(Loop.PLAIN,)] * 2
    assert [without(Loop.FAST, plain) for plain in ("", "1")] == ["", "1"]
    assert [loops(without(Loop.PLAIN, plain)) for plain in ("", "submit", "1")] == [(Loop.PLAIN,)] * 3


@pytest.mark.parametrize("loop", campaign.LOOPS)
@pytest.mark.parametrize("cost", Cost)
def test_a_run_at_a_point_of_each_cost_is_as_the_contract_says(cost: Cost, loop: Loop, tmp_path: Path) -> None:
    point = next(point for point in POINTS if point.cost is cost)
    plan = Plan(point, "fork", "break", 1, 1, loop)  # a second worker may take what is meant for it
    done = run(plan, tmp_path / "trace")
    assert done.died
    assert not done.wrong
    assert done.loop is loop


@pytest.mark.one_in(4, "make kills")
@pytest.mark.usefixtures("counted_process")
@pytest.mark.parametrize("point", [point for point in POINTS if point.work in (Work.LARGE_CALL, Work.LARGE_ANSWER)])
@pytest.mark.parametrize("policy", ["break", "replace"])
def test_a_death_around_a_value_in_memory_is_as_the_contract_says_and_leaves_no_descriptor(
    point: Point, policy: Policy, tmp_path: Path
) -> None:
    """C-96, C-101: before and after its descriptor is received, between it and the answer's frame, in half of that."""
    before = leaks.take()
    done = run(Plan(point, "fork" if policy == "break" else "forkserver", policy, 1, 1), tmp_path / "trace")
    assert done.died
    assert not done.wrong
    assert leaks.left_behind(before) == []


@with_room("memory", "they take the pipes")
def test_values_that_large_do_lie_in_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The victim's answer comes by a descriptor."""
    seen: list[File] = []
    receive = memory_files.receive_descriptor

    def receive_and_note(end: socket.socket, messages: list[Any]) -> Iterator[File]:
        for file in receive(end, messages):
            seen.append(file)
            yield file

    monkeypatch.setattr(memory_files, "receive_descriptor", receive_and_note)
    point = POINT["after ANSWER", Work.LARGE_ANSWER]
    assert not run(Plan(point, "fork", "break", 1, 1), tmp_path / "trace").wrong
    assert len(seen) == 1


def test_what_a_dead_worker_has_said_and_nobody_has_read_is_seen_to_be_thrown_away(tmp_path: Path) -> None:
    """The parent reads in small pieces: at the death the rest of a whole answer is in the pipe."""
    plan = Plan(POINT["after ANSWER", Work.UNREAD_ANSWER], "fork", "break", 1, 1)
    assert run(plan, tmp_path / "trace").wrong == []
    with patch.object(RealPlatform, "_drain", throws_away_what_the_dead_have_said):
        assert "1 futures are charged with the death, 0 should be" in run(plan, tmp_path / "mutant").wrong


# --- what must be seen ------------------------------------------------------------------------------------------------


def broken(*, ran: bool) -> BrokenProcessPool:
    error = BrokenProcessPool("broken")
    error.__dict__["ran"] = ran
    return error


def future(value: object = None, error: BaseException | None = None) -> Future[Any]:
    made: Future[Any] = Future()
    if error is not None:
        made.set_exception(error)
    else:
        made.set_result(value)
    return made


def wrong(*futures: tuple[Future[Any], object], cost: Cost = Cost.ONE, policy: Policy = "break") -> list[str]:
    point = next(point for point in POINTS if point.cost is cost)
    done = Run(Plan(point, "fork", policy, 1, 1), died=True)
    return list(_wrong(list(futures), set(), done))


def test_a_future_without_end_is_seen() -> None:
    assert "a future has no end" in wrong((Future(), 1))


def test_a_value_of_another_task_is_seen() -> None:
    assert "a future has another task's value" in wrong((future(2), 1), (future(error=broken(ran=True)), 2))


def test_a_death_that_nobody_is_charged_with_is_seen_and_one_that_two_are() -> None:
    blamed = future(error=broken(ran=True))
    assert wrong((blamed, 1)) == []
    assert wrong((future(1), 1)) == ["0 futures are charged with the death, 1 should be"]
    assert wrong((blamed, 1), (blamed, 2)) == ["2 futures are charged with the death, 1 should be"]


def test_under_replace_a_task_that_had_not_begun_does_not_fail() -> None:
    innocent = future(error=broken(ran=False))
    assert wrong((innocent, 1), cost=Cost.START) == []
    assert wrong((innocent, 1), cost=Cost.START, policy="replace") == ["a task that had not begun failed: broken"]


def test_a_worker_that_dies_while_it_leaves_costs_nothing() -> None:
    assert wrong((future(error=broken(ran=False)), 1), cost=Cost.NO_DEATH) == ["nobody died, and a task failed: broken"]


def test_a_kill_that_comes_when_the_whole_answer_is_out_charges_nobody_and_is_no_death_at_its_point() -> None:
    point = next(point for point in POINTS if (point.op, point.when) == ("ANSWER", INSIDE))
    late = Run(Plan(point, "fork", "break", 1, 1), died=True, late=True)
    assert list(_wrong([(future(1), 1)], set(), late)) == []
    blamed = (future(error=broken(ran=True)), 1)
    assert list(_wrong([blamed], set(), late)) == ["1 futures are charged with the death, 0 should be"]
    assert Result(wanted=1, each=1, seed=1, runs=[late]).dead == []


def test_too_few_deaths_are_not_finished_and_one_wrong_run_is_a_violation() -> None:
    result = Result(wanted=1, each=1, seed=1)
    assert result.exit_status == 3
    for point in POINTS:
        plan, trace = Plan(point, "fork", "break", 1, 1), Report(Verdict.COMPLETE, "")
        result.runs.append(Run(plan, died=True, loop=campaign.LOOPS[0], trace=trace))
    assert result.exit_status == 0
    result.runs[-1].wrong.append("it is")
    assert result.exit_status == 1
    assert "--replay 1:" in result.wrong[0]


def test_the_trace_of_a_wrong_run_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "KEPT", tmp_path / "kept")
    trace = tmp_path / "trace"
    trace.mkdir()
    (trace / "parent.jsonl").write_text("a line")
    plan = Plan(POINTS[0], "fork", "break", 1, 1)
    assert campaign._kept(Run(plan, died=True), trace, "1-7").kept is None
    kept = campaign._kept(Run(plan, died=True, wrong=["it is"]), trace, "1-7").kept
    assert kept is not None
    assert [(file.name, file.read_text()) for file in kept.iterdir()] == [("parent.jsonl", "a line")]


def test_a_loop_in_which_too_few_have_died_is_not_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "LOOPS", tuple(Loop))
    result = Result(wanted=1, each=4, seed=1)
    for point in POINTS:
        result.runs += [Run(Plan(point, "fork", "break", 1, 1), died=True, loop=Loop.PLAIN)] * 4
    assert result.missing == [f"0 of 1 deaths in the fast loop in the phase {phase.value}" for phase in Phase]
    result.runs += [Run(Plan(point, "fork", "break", 1, 1), died=True, loop=Loop.FAST) for point in POINTS]
    assert result.missing == []
