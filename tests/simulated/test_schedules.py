"""Chosen schedules: what each strategy finds, that a failure is short and can be run again, that words are refused.

Decides: what must be so of the schedulers themselves. Which broken code they find: ``tests/checks/mutants``.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest import mock

import pytest

from checkedpool._core.manager import Manager
from checkedpool.testing import Budget, End, Scope, Simulation, Successor, World, cancel, shutdown, submit
from checkedpool.testing.schedules.campaigns import Report, campaign, rerun, same_again
from checkedpool.testing.schedules.commands import replay, schedules
from checkedpool.testing.schedules.encoding import Turn, read, spell
from checkedpool.testing.schedules.racing import races, written
from checkedpool.testing.schedules.schedule import MalformedError, Schedule
from checkedpool.testing.schedules.shorten import shortened
from checkedpool.testing.schedules.strategies import STRATEGIES, Plan, UnfitError, kill_everywhere
from checkedpool.testing.schedules.trial import Calm, NotPossibleError, Trial, tried, wrong_at_rest
from checkedpool.testing.simulated import clients
from checkedpool.testing.simulated.catalogue import SCOPES
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.model.invoking import invoke
from tests.repo.tree import ROOT

FEW = Plan(runs=5, bound=0)


def forgetting() -> AbstractContextManager[object]:
    """A manager that forgets what was taken back."""
    return mock.patch.object(Manager, "_give_back", return_value=None)


def broken(strategy: str = "random", runs: int = 100) -> Report:
    with forgetting():
        return campaign("break", SCOPES["break"], strategy, Plan(runs=runs))


@cache
def a_failing_schedule() -> str:
    return broken().failures[0].schedule


# --- strategies -------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.one_in(9, "make verify: schedules")
@pytest.mark.parametrize("strategy", ["sweep", "pct", "pos", "random"])
@pytest.mark.parametrize("name", SCOPES)
def test_nothing_is_found_where_nothing_is_broken(name: str, strategy: str) -> None:
    report = campaign(name, SCOPES[name], strategy, replace(FEW, runs=2 if strategy == "sweep" else 20))
    assert (report.verdict, report.failures) == ("holds", [])
    assert report.steps > report.runs > 0
    assert report.twice


@pytest.mark.slow
def test_every_run_without_a_preemption_is_met() -> None:
    report = campaign("two", SCOPES["two"], "preempt", FEW)
    assert report.verdict == "holds"
    assert report.note.startswith("worlds with at most so many preemptions: 0: ")


def test_a_search_that_is_given_up_is_not_finished() -> None:
    report = campaign("two", SCOPES["two"], "preempt", replace(FEW, worlds=50))
    assert (report.verdict, report.exit_status) == ("not finished", 3)
    assert "given up at 50" in report.note


def test_more_preemptions_meet_all_that_fewer_do_and_more() -> None:
    scope = Scope(((submit(0), cancel(0)),))
    worlds = [campaign("small", scope, "preempt", replace(FEW, bound=bound)).steps for bound in range(3)]
    assert worlds == sorted(set(worlds))


def test_the_sweep_kills_each_living_worker_at_each_step_of_its_base_run() -> None:
    simulation = Simulation(SCOPES["two"])
    base = tried(simulation, Calm())
    alive = 0
    world = simulation.initial
    for turn in base.turns:
        found = simulation.successors(world)
        alive += sum(label.who == "nature" for label, _ in found)
        world = next(after for label, after in found if (label.who, label.number) == turn[:2])
    trials = list(kill_everywhere(simulation, replace(FEW, runs=1)))
    assert len(trials) == alive + 1
    assert len({trial.turns for trial in trials}) == len(trials)
    assert all(sum(turn.who == "nature" for turn in trial.turns) == 1 for trial in trials[1:])


def test_the_sweep_refuses_a_scope_in_which_nobody_may_be_killed() -> None:
    with pytest.raises(UnfitError, match="nobody may be killed"):
        list(kill_everywhere(Simulation(Scope(((submit(0),),))), FEW))


@pytest.mark.parametrize("strategy", ["pct", "pos", "random", "sweep"])
def test_the_same_seed_makes_the_same_runs_and_another_makes_others(strategy: str) -> None:
    def runs(seed: int) -> list[Trial]:
        trials = STRATEGIES[strategy](Simulation(SCOPES["two"]), replace(FEW, seed=seed))
        return list(itertools.islice(trials, 60))

    assert [trial.turns for trial in runs(1)] == [trial.turns for trial in runs(1)]
    assert [trial.turns for trial in runs(1)] != [trial.turns for trial in runs(2)]


def test_the_guarantee_of_pct_is_said_with_its_numbers() -> None:
    report = campaign("two", SCOPES["two"], "pct", replace(FEW, depth=2))
    assert report.note.startswith("each run meets a bug of depth 2 within ")
    assert " with a chance of at least 1 in " in report.note


def step(world: World, scope: Scope, who: str, number: int) -> Successor:
    """The next step of this client, or what can befall this worker."""
    found = Simulation(scope).successors(world)
    return next(one for one in found if one[0][:2] == (who, number))


def race(world: World, scope: Scope, one: tuple[str, int], other: tuple[str, int]) -> bool:
    """Whether the next steps of two actors race, the first one being made first."""
    label, after = step(world, scope, *one)
    before, behind = (written(at, *step(at, scope, *other)) for at in (world, after))
    return races(written(world, label, after), before, behind)


def test_steps_race_where_one_writes_what_the_other_touches() -> None:
    scope = Scope(((submit(0),), (submit(1),), (shutdown(ShutdownLevel.DRAIN),)))
    first, second, closes = ("client", 0), ("client", 1), ("client", 2)
    gate = Simulation(scope).initial
    assert race(gate, scope, closes, first), "one closes the pool, the other looks whether it is closed"
    assert not race(gate, scope, first, second), "both look"
    posts = step(step(gate, scope, *first)[1], scope, *second)[1]
    assert race(posts, scope, first, second), "both write the inbox"
    assert not race(posts, scope, first, closes), "one posts, the other closes"


def test_what_befalls_somebody_races_with_what_he_does() -> None:
    scope = SCOPES["two"]
    simulation = Simulation(scope)
    world = simulation.start(simulation.initial)
    assert race(world, scope, ("worker", 0), ("nature", 0))
    assert not race(world, scope, ("worker", 1), ("nature", 0))
    assert not race(world, scope, ("worker", 0), ("worker", 1))


# --- what is found ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.one_in(2, "make test-all alone")
@pytest.mark.parametrize("strategy", ["sweep", "pct", "pos", "random"])
def test_each_strategy_finds_a_lost_future_and_its_schedule_fails_again_in_the_same_way(strategy: str) -> None:
    report = broken(strategy, runs={"sweep": 2, "pos": 200}.get(strategy, 100))
    assert report.exit_status == 1
    failure = next(failure for failure in report.failures if failure.wrong == "a future does not end")
    schedule = Schedule.read(failure.schedule)
    assert len(schedule.turns) < failure.steps
    with forgetting():
        assert rerun(schedule).wrong == failure.wrong
    assert rerun(schedule).wrong is None


def test_shortening_leaves_nothing_out_that_is_needed() -> None:
    with forgetting():
        simulation = Simulation(SCOPES["break"])
        turns = Schedule.read(a_failing_schedule()).turns
        for without in range(len(turns)):
            fewer = (*turns[:without], *turns[without + 1 :])
            assert shortened(simulation, fewer, "a future does not end", attempts=0) == fewer
        assert shortened(simulation, turns, "a future does not end") == turns


def test_a_pool_that_spins_is_not_finished_and_says_in_which_schedule() -> None:
    with mock.patch.object(Manager, "deadline", lambda m: m.now):
        report = campaign("two", SCOPES["two"], "sweep", Plan(runs=1, longest=200))
        assert report.verdict == "not finished"
        assert not rerun(Schedule.read(report.unfinished), longest=200).finished


def test_a_future_that_is_broken_needs_a_death_for_a_reason() -> None:
    simulation = Simulation(SCOPES["two"])
    world = tried(simulation, Calm()).world
    broken_for_nothing = world._replace(tasks=(world.tasks[0]._replace(end=End.BROKEN), *world.tasks[1:]))
    assert wrong_at_rest(simulation, world) is None
    assert wrong_at_rest(simulation, broken_for_nothing) == "task 0 is BROKEN, and there is no reason for that"
    assert wrong_at_rest(simulation, broken_for_nothing._replace(left=Budget())) is None


# --- the simulator ----------------------------------------------------------------------------------------------------


class Coin(Simulation):
    """A simulation in which chance has a hand."""

    chance = random.Random(1)

    def successors(self, w: World) -> list[Successor]:
        found = super().successors(w)
        self.chance.shuffle(found)
        return found


def test_a_simulator_with_a_coin_is_found_by_making_runs_twice() -> None:
    trial = tried(Simulation(SCOPES["break"]), Calm())
    assert same_again(SCOPES["break"], trial) is None
    with mock.patch("checkedpool.testing.schedules.campaigns.Simulation", Coin):
        assert "not deterministic" in (same_again(SCOPES["break"], trial) or "")


def test_a_simulator_that_remembers_other_runs_is_found() -> None:
    wakes = itertools.count()

    def now_and_then(w: World) -> World:
        return w._replace(wakeup=True, woken=True) if w.asleep and next(wakes) % 3 else w

    with mock.patch.object(clients, "wake_up", now_and_then):
        report = campaign("break", SCOPES["break"], "random", replace(FEW, runs=81))
    assert any("not deterministic" in failure.wrong for failure in report.failures)


# --- words ------------------------------------------------------------------------------------------------------------


def test_turns_are_read_as_they_are_spelled() -> None:
    turns = tried(Simulation(SCOPES["forkserver"]), Calm()).turns
    assert read(spell(turns)) == turns
    assert spell([Turn("client", 0)] * 3 + [Turn("manager"), Turn("nature", 1, 1)]) == "c0x3.m.n1+1"


@pytest.mark.parametrize("word", ["c0..m", "q1", "c0x0", "c-1", "c0x999999", "m x2", "w0+", "c" * 9, "c0x5000000000"])
def test_what_is_no_turn_is_refused(word: str) -> None:
    with pytest.raises(MalformedError):
        read(word)


def test_a_schedule_that_was_copied_badly_is_refused_in_every_letter() -> None:
    word = a_failing_schedule()
    for place in range(len(word)):
        for other in ("", "0", "x"):
            changed = word[:place] + other + word[place + 1 :]
            if changed != word:
                with pytest.raises(MalformedError):
                    Schedule.read(changed)


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("", "the form is v1:SCOPE:TURNS:CHECK"),
        ("v2:two:c0:00000000", "version 'v2'; version 'v1' can be read here"),
        ("v1:nowhere:c0:00000000", "no scope is named 'nowhere'; there are: break"),
        ("v1:two:c0:00000000", "was not copied as it was printed, or scope 'two' has changed"),
        ("v1:two:sesame:00000000", "'sesame' is no turn"),
    ],
)
def test_replay_says_what_is_wrong_with_a_word_and_exits_with_2(word: str, says: str) -> None:
    refused = invoke(replay, word)
    assert refused.exit_code == 2
    assert says in " ".join(refused.output.replace("│", " ").split())


def test_a_turn_that_the_code_does_not_make_any_more_is_refused_with_what_is_possible() -> None:
    schedule = Schedule("two", SCOPES["two"], read("c0.w1"))
    with pytest.raises(NotPossibleError, match=r"turn 2, w1, is not possible.*c0 "):
        rerun(schedule)
    assert invoke(replay, str(schedule)).exit_code == 2


# --- the command line -------------------------------------------------------------------------------------------------


def test_replay_draws_the_run_with_its_actors_and_says_that_nothing_fails(tmp_path: Path) -> None:
    word = a_failing_schedule()
    healthy = invoke(replay, word)
    assert healthy.exit_code == 0
    assert "nothing is wrong" in healthy.output
    with forgetting():
        drawn = invoke(replay, word)
        into = invoke(replay, word, "--draw", "svg", "--out", str(tmp_path / "run.svg"))
    assert drawn.exit_code == into.exit_code == 1
    assert "✗ the check (a future does not end) fails after" in drawn.output
    assert {"client", "manager", "worker"} <= set(drawn.output.split())
    assert (tmp_path / "run.svg").read_text().startswith("<svg")


def test_a_campaign_hands_out_the_word_of_a_run_that_can_be_looked_at() -> None:
    found = invoke(schedules, "--scope", "two", "--runs", "2")
    (line,) = [line for line in found.stdout.splitlines() if line.startswith("one of these runs: ")]
    *_, word = line.split()
    again = invoke(replay, word)
    assert again.exit_code == 0, again.output
    assert "nothing is wrong" in again.output


def test_the_documented_word_can_be_replayed() -> None:
    words = re.findall(r"checkedpool replay (v1:\S+)", (ROOT / "docs" / "testing.md").read_text())
    assert len(words) == 1
    again = invoke(replay, words[0])
    assert again.exit_code == 0, again.output


def test_schedules_reports_as_json_and_exits_as_it_found() -> None:
    words = ("--scope", "two", "--runs", "3", "--json")
    found = invoke(schedules, *words)
    (report,) = json.loads(found.stdout)
    assert found.exit_code == 0
    assert (report["scope"], report["verdict"], report["runs"]) == ("two", "holds", 3)
    assert report["steps_per_second"] > 0
    with mock.patch.object(clients, "wake_up", lambda w: w):
        assert invoke(schedules, "--scope", "renewed", "--strategy", "pct").exit_code == 1
    assert invoke(schedules, "--scope", "two", "--strategy", "preempt", "--worlds", "9").exit_code == 3


def test_schedules_lists_its_scopes_and_refuses_others() -> None:
    assert set(SCOPES) <= set(invoke(schedules, "--list").output.split())
    refused = invoke(schedules, "--scope", "nowhere")
    assert refused.exit_code == 2


def chosen(_: World, found: Sequence[Successor]) -> int:
    return len(found) - 1


def test_a_run_that_takes_too_long_is_not_finished() -> None:
    assert not tried(Simulation(SCOPES["break"]), chosen, longest=3).finished
