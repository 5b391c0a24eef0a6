"""The tie between the proof and the model. Decides: that it is whole, and that it refuses what is not tied."""

from dataclasses import replace

import pytest

from checkedpool_model import runs
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.mutants.by_hand import MUTANTS, Mutant
from checkedpool_model.proof.action import Action
from checkedpool_model.proof.mapping import NOT_COVERED, STEPS, STUTTERS
from checkedpool_model.proof.proved import prove
from checkedpool_model.proof.system import ACTIONS
from checkedpool_model.proof.tie import tie_graph, unlisted
from checkedpool_model.protocol.actions import ACTIONS as TABLE
from checkedpool_model.scopes.all import SCOPES, scope_named

LARGE = {"2x2", "2x3", "3x4"}
"""Tied by ``make proof`` only: they take longer than a test may."""

STATED = {run.name: run for run in runs.read().scopes}


@pytest.mark.slow
@pytest.mark.one_in(22, "make proof")
@pytest.mark.parametrize("name", [scope.name for scope in SCOPES if scope.name not in LARGE])
def test_every_step_is_an_action_of_the_proof_and_every_state_satisfies_the_invariant(name: str) -> None:
    report = prove(lambda _: None, conditions=False, scopes=(scope_named(name),))
    (tied,) = report.tied
    assert (tied.wrong, report.problems, report.verdict) == ((), (), Verdict.HOLDS)
    assert (tied.states, tied.transitions) == (STATED[name].states, STATED[name].transitions)
    assert sum(tied.steps.values()) + tied.not_covered == tied.transitions


def test_every_action_of_the_model_is_listed_once() -> None:
    assert unlisted(tuple(action.name for action in TABLE)) == []


def test_an_action_that_is_not_listed_is_refused_before_it_happens() -> None:
    more = (*TABLE, replace(TABLE[0], name="ClientDoesSomethingNew"))
    tied = tie_graph("idle", 0, more)
    assert tied.wrong == ("ClientDoesSomethingNew is an action of the model, and the mapping does not list it",)
    assert tied.states == 0


def test_what_is_listed_and_is_no_action_is_refused() -> None:
    fewer = tuple(action for action in TABLE if action.name != "WorkerStalls")
    assert tie_graph("idle", 0, fewer).wrong == ("the mapping lists WorkerStalls, which is no action of the model",)


def test_each_reason_is_a_reason() -> None:
    assert all(len(reason.split()) > 1 for reason in (*STUTTERS.values(), *NOT_COVERED.values()))
    assert not set(STEPS) & set(STUTTERS)


# --- a proof that is not this model's ---------------------------------------------------------------------------------


def changed(name: str, **fields: object) -> tuple[Action, ...]:
    """The proof's actions, one of them with other fields."""
    return tuple(replace(action, **fields) if action.name == name else action for action in ACTIONS)  # type: ignore[arg-type]


def without_change(name: str, number: int) -> tuple[Action, ...]:
    (action,) = (one for one in ACTIONS if one.name == name)
    return changed(name, changes=(*action.changes[:number], *action.changes[number + 1 :]))


@pytest.mark.parametrize(
    ("name", "number", "scope", "graph"),
    [
        ("ClientRevokesItsTicket", 0, "order", 1),
        ("ClientCloses", 0, "gate", 0),
        ("ManagerRevokesTickets", 1, "idle", 0),
        ("ManagerForgets", 0, "order", 0),
        ("ManagerBlamesTaskAndBreaks", 4, "gate", 0),
        ("WorkerEnds", 0, "gate", 0),
        ("ThreadReadsValue", 1, "user-code", 0),
        ("ManagerEnds", 0, "idle", 0),
    ],
)
def test_an_effect_that_is_left_out_of_the_proof_is_found_by_the_tie(
    name: str, number: int, scope: str, graph: int
) -> None:
    """The solvers find nothing wrong with what does not happen; the model's steps do."""
    wrong = tie_graph(scope, graph, actions=without_change(name, number)).wrong
    assert any("it leads elsewhere" in line for line in wrong), wrong


def test_a_guard_that_asks_more_than_the_model_is_found() -> None:
    (begins,) = (action for action in ACTIONS if action.name == "WorkerBegins")
    (ends,) = (action for action in ACTIONS if action.name == "ManagerEnds")
    more = changed("WorkerBegins", guard=(*begins.guard, ends.guard[1]))
    wrong = tie_graph("interrupted", 0, actions=more).wrong
    assert any(line.endswith("its guard does not hold: inbox_is_empty") for line in wrong), wrong


def test_a_refusal_shows_the_way_and_the_state() -> None:
    wrong = tie_graph("gate", 0, actions=without_change("ClientCloses", 0)).wrong
    assert wrong[0] == "gate: submit 0, drain and wait | cancel 0"
    assert [line.split()[0] for line in wrong[1:-2]] == [str(number) for number in range(1, len(wrong) - 2)]
    assert wrong[-2] == "ClientCloses(0) is not ClientCloses(): it leads elsewhere: closed differ"
    assert wrong[-1].startswith("State(")


# --- a model that is not the proof's ----------------------------------------------------------------------------------

BEYOND = {
    "no_deadlock", "the_end_stays_in_reach", "no_task_waits_beside_an_idle_worker", "one_worker_begins_in_order",
    "what_begins_can_be_pickled", "accepted_task_0_ends", "never_more_workers_than_allowed", "task_limit_is_kept",
    "callback_is_called_once", "who_runs_something_else_is_spared", "who_runs_something_else_is_not_killed",
    "a_worker_is_started_for_a_task", "what_is_to_be_stopped_is_not_blamed", "a_row_of_deaths_breaks_the_pool",
    "a_death_breaks_only_in_its_row", "an_answer_ends_the_row", "who_is_full_begins_nothing",
    "nothing_lower_goes_first", "the_highest_is_issued",
    "who_is_let_go_is_idle", "as_many_stay_as_must", "who_is_let_go_is_not_wanted",
    "no_start_makes_one_too_many", "the_size_is_what_was_asked_for", "who_is_dismissed_is_too_many",
    "who_is_dismissed_is_dealt_nothing", "none_too_many_remains",
}  # fmt: skip
"""Claims of the model of which the proof says nothing: that something happens, in which order, how many, callbacks, why
a worker ends."""


@pytest.mark.slow
@pytest.mark.one_in(5, "make test-all alone")
@pytest.mark.parametrize("mutant", [one for one in MUTANTS if one.killer not in BEYOND], ids=lambda one: one.name)
def test_a_broken_protocol_is_not_tied(mutant: Mutant) -> None:
    assert tie_graph(mutant.scope, mutant.script, mutant.change(TABLE)).wrong
