"""The exploration of the real code itself: that fusing loses nothing, that outcomes differ, that the lists are right.

Decides: what must be so in the small. What holds in the families of scopes: ``make verify``; what must be found:
``tests/checks/mutants``.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import pytest

from checkedpool._core import messages
from checkedpool._core.tables import Do
from checkedpool.testing import NOBODY, Budget, Client, End, Handed, Lane, Scope, Stage, Task, World, cancel, submit
from checkedpool.testing.simulated import simulated_platform
from checkedpool.testing.simulated.world import Violation, with_client, with_lane, with_task
from checkedpool_model.checker.compile import successors_by_the_table
from checkedpool_model.checker.explore import Verdict, explore
from checkedpool_model.checker.graph import Graph
from checkedpool_spec.contract import Contract
from tests.checks.conformance import counts
from tests.checks.conformance.bisimilar import are_stutter_bisimilar, are_stutter_similar
from tests.checks.conformance.check import check
from tests.checks.conformance.contract import as_contract
from tests.checks.conformance.coverage import everything
from tests.checks.conformance.gaps import NOT_TOUCHED
from tests.checks.conformance.scopes import (
    BREAKING,
    EXIT,
    FAMILIES,
    FORKED,
    KILL,
    REPLACING,
    THE_LAST,
    THE_REST,
    Case,
    Family,
    closed,
    pairs,
    parts,
    singles,
    submits,
)
from tests.checks.conformance.system import system_of
from tests.checks.size import Size


def worlds_of(scope: Scope) -> Sequence[World]:
    explored = explore(system_of(scope), keep=True)
    assert explored.verdict is Verdict.HOLDS
    return explored.kept.states


def images(scope: Scope, worlds: Sequence[World]) -> set[Contract]:
    constants = system_of(scope).constants
    return {as_contract(constants, w) for w in worlds}


def last(worlds: Sequence[World]) -> list[World]:
    return [w for w in worlds if w.ended and not any(client.todo for client in w.clients)]


FUSED = [
    replace(FORKED, scripts=((*submits(2), EXIT),), budget=KILL),
    replace(FORKED, scripts=((*submits(2), cancel(0), EXIT),)),
    replace(FORKED, scripts=((submit(0), cancel(0), EXIT),), budget=KILL, callbacks=True),
    replace(REPLACING, scripts=((submit(0), EXIT),), budget=KILL),
    replace(BREAKING, scripts=((submit(0), EXIT), (cancel(0),))),
    replace(FORKED, scripts=((submit(0), cancel(0), EXIT),), budget=Budget(throws=2)),
    replace(FORKED, scripts=((submit(0), cancel(0), cancel(0), EXIT),), budget=Budget(throws=1)),
]


Alike = Callable[[Sequence[Graph[World]], Sequence[Sequence[Hashable]]], bool]


def views(c: Contract) -> tuple[Hashable, ...]:
    """What a caller may look at, one thing at a time: each future beside the end, each submit, the gate."""
    ends = ((future.state, c.over) for future in c.futures)
    return (*ends, *(future.asked for future in c.futures), (c.closed, c.level, c.broken))


def are_fused_alike(scope: Scope, are_alike: Alike = are_stutter_bisimilar) -> bool:
    """Whether the graph with fused steps and the one without are alike in each view.

    In all at once they are not: a fused step may end two futures, or come back from one call and begin the next.
    """
    systems = (system_of(scope), system_of(replace(scope, fine=True)))
    graphs = [explore(system.without_claims(), keep=True).kept for system in systems]
    seen = [[views(as_contract(s.constants, w)) for w in g.states] for s, g in zip(systems, graphs, strict=True)]
    return all(are_alike(graphs, [[view[n] for view in one] for one in seen]) for n in range(len(seen[0][0])))


@pytest.mark.slow
@pytest.mark.one_in(8, "make test-all alone")
@pytest.mark.parametrize("scope", FUSED, ids=str)
def test_fusing_loses_nothing_that_a_caller_could_tell(scope: Scope) -> None:
    """At one worker and up to two tasks: the same ends, and nothing that is not in the graph without reduced steps."""
    fused, fine = worlds_of(scope), worlds_of(replace(scope, fine=True))
    assert len(fine) > len(fused)
    assert images(scope, last(fused)) == images(scope, last(fine))
    assert images(scope, fused) <= images(scope, fine)


@pytest.mark.slow
@pytest.mark.one_in(5, "make test-all alone")
@pytest.mark.parametrize("scope", [*FUSED[3:], FUSED[1]], ids=str)
def test_fusing_decides_nothing_earlier_or_later(scope: Scope) -> None:
    """Weak bisimulation says more than equal sets of states. The other two scopes have a test of their own."""
    assert are_fused_alike(scope)


@pytest.mark.slow
@pytest.mark.one_in(2, "make test-all alone")
@pytest.mark.parametrize("scope", [FUSED[0], FUSED[2]], ids=str)
def test_where_a_crash_breaks_the_pool_fused_steps_show_what_accesses_show(scope: Scope) -> None:
    """An access that has seen the pool unbroken has decided, before the call says so; a fused step does both at once.

    Without fusing there is a moment in which it is decided and not said. So they are similar, and not bisimilar.
    """
    assert are_fused_alike(scope, are_stutter_similar)


def test_who_decides_earlier_is_told_from_who_decides_later() -> None:
    """Both come to b or to c; but one of them knows which before anybody sees it."""
    late, early = tiny_graph([[1, 2], [], []]), tiny_graph([[1, 2], [3], [4], [], []])
    assert are_stutter_bisimilar([late, late], ["abc", "abc"])
    assert are_stutter_bisimilar([tiny_graph([[1], [2], []]), tiny_graph([[1], []])], ["aab", "ab"])
    assert not are_stutter_bisimilar([late, early], ["abc", "aaabc"])


def test_who_decides_before_it_is_seen_shows_the_same_and_who_has_no_choice_does_not() -> None:
    """A moment in which it is decided and not seen makes no difference to what is seen."""
    at_once, decides = tiny_graph([[1, 2], [], []]), tiny_graph([[1, 2], [3], [4], [], []])
    assert not are_stutter_bisimilar([at_once, decides], ["abc", "aaabc"])
    assert are_stutter_similar([at_once, decides], ["abc", "aaabc"])
    assert not are_stutter_similar([at_once, tiny_graph([[1], []])], ["abc", "ab"])


def tiny_graph(targets: list[list[int]]) -> Graph[int]:
    """A graph with these edges, of which nothing else matters."""
    enabled = [tuple(range(len(out))) for out in targets]
    return Graph((), (), range(len(targets)), [], enabled, targets, finished=True)


def test_a_client_who_is_thrown_out_of_making_up_too_loses_callbacks_and_nothing_else() -> None:
    """What ``docs/limits.md`` says of it; that those who wait are notified all the same is asked of a family."""
    twice = replace(FORKED, scripts=((submit(0), cancel(0), EXIT),), budget=Budget(throws=2))
    assert check(Case(twice)).verdict is Verdict.HOLDS
    found = check(Case(replace(twice, callbacks=True)))
    assert found.story[0] == "no_deadlock: a callback is not called"
    assert sum("throws client out" in step for step in found.story) == 2
    assert check(Case(replace(twice, callbacks=True, budget=Budget(throws=1)))).verdict is Verdict.HOLDS


def test_a_worker_that_dies_after_its_answer_and_before_its_next_ticket_costs_no_result() -> None:
    """There it destroys what the task was given (C-103); it is where the machine is between two commands."""
    system = system_of(replace(FORKED, scripts=((submit(0), EXIT),), budget=KILL))
    deaths = {
        after
        for w in explore(system, keep=True).kept.states
        for label, after in system.constants.simulation.successors(w)
        if label.what == "kills it" and w.lanes[0].at is Do.TAKE_TICKET and w.tasks[0].begun
    }
    assert deaths
    for w in deaths:
        assert w.lanes[0].begun == NOBODY
        worlds = last(explore(replace(system, initial=w), keep=True).kept.states)
        assert {world.tasks[0].end for world in worlds} == {End.SUCCEEDED}


def test_outcomes_differ_with_the_schedule() -> None:
    worlds = last(worlds_of(replace(BREAKING, scripts=((submit(0), cancel(0), EXIT),), budget=KILL)))
    ends = {w.tasks[0].end for w in worlds if w.tasks[0].handed is Handed.RETURNED}
    assert ends == {End.SUCCEEDED, End.CANCELLED, End.BROKEN, End.BLAMED}


def test_the_table_of_named_steps_says_what_the_simulation_says() -> None:
    system = system_of(replace(FORKED, scripts=((submit(0), cancel(0), EXIT),)))
    by_the_table = successors_by_the_table(system)
    for world in explore(system, keep=True).kept.states[::7]:
        assert by_the_table(world) == sorted(system.constants.steps(world), key=lambda step: step[0])


def test_a_wrong_step_is_found_where_it_is_made() -> None:
    scope = replace(FORKED, scripts=((submit(0), EXIT),))
    system = system_of(scope)
    twice = system.initial._replace(tasks=(system.initial.tasks[0]._replace(begun=1, handed=Handed.RAISED),))
    found = explore(replace(system, initial=twice))
    assert found.counterexample is not None
    assert found.counterexample.states[-1].wrong.startswith("Violation: ")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_every_family_has_its_counts(family: Family) -> None:
    (count,) = (count for count in counts.read() if count.name == family.name)
    assert count.graphs == len(family.cases)


def test_pairs_with_two_workers_and_single_calls_with_two_tasks_are_explored() -> None:
    """What is asked for at least; a pair with submit first is a single call after two tasks, so they are one graph."""
    explored = {case.scope for family in FAMILIES for case in family.cases}
    two = replace(FORKED, workers=2, budget=KILL)
    assert len({case.scope for case in pairs(two, 1)}) == 36
    assert {case.scope for case in (*pairs(two, 1), *singles(two, 2))} <= explored


def test_what_nobody_is_to_wait_for_is_a_family_of_its_own_and_no_graph_is_lost() -> None:
    soon, late, last = (
        Case(replace(mode, scripts=((EXIT,),)), size=size)
        for mode, size in zip((FORKED, BREAKING, REPLACING), Size, strict=True)
    )
    first, rest, end = parts(Family("some", "of a kind", (soon, late, last)))
    assert (first.name, first.cases, first.size) == ("some", (soon,), Size.QUICK)
    assert (rest.name, rest.cases, rest.size) == ("some, the rest", (late,), Size.LONG)
    assert (end.name, end.cases, end.size) == ("some, the last", (last,), Size.ALL)
    assert parts(first) == (first,)


def test_a_family_that_takes_long_has_no_graph_for_which_everybody_waits() -> None:
    soon, last = (Case(replace(FORKED, scripts=((EXIT,),)), size=size) for size in (Size.QUICK, Size.ALL))
    first, end = parts(Family("long", "of a kind", (soon, last), Size.LONG))
    assert (first.name, first.cases, first.size) == ("long", (soon,), Size.LONG)
    assert (end.name, end.cases, end.size) == ("long, the last", (last,), Size.ALL)


def test_no_graph_is_in_two_families() -> None:
    cases = [(case.scope, case.numbers) for family in FAMILIES for case in family.cases]
    assert len(set(cases)) == len(cases)


def test_an_issue_while_somebody_cancels_is_seen_where_steps_are_fused_too() -> None:
    """Where each access is a step that is a graph of 44,000 states."""
    scope = replace(FORKED, scripts=((submit(0), submit(1), cancel(0), EXIT),), window=1)
    touched = check(Case(scope)).covered
    assert "Issue -> Busy" in touched
    assert "Issue -> Busy" in everything()
    assert "Revoke -> Busy" not in touched


@pytest.mark.parametrize("fine", [False, True])
def test_what_goes_wrong_in_a_command_of_the_manager_is_told_as_a_story(
    fine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform = simulated_platform.perform

    def broken(scope: Scope, w: World, op: messages.Command) -> tuple[World, tuple[messages.Event, ...]]:
        if isinstance(op, messages.Issue):
            raise Violation("nothing may be issued")
        return perform(scope, w, op)

    monkeypatch.setattr(simulated_platform, "perform", broken)
    found = check(Case(replace(FORKED, scripts=(closed(submits(1)),), fine=fine)))
    assert found.verdict is Verdict.VIOLATED
    assert "nothing may be issued" in "\n".join(found.story)


def test_of_every_family_that_is_shared_a_smaller_verification_has_a_graph() -> None:
    sizes = {family.name: family.size for family in FAMILIES}
    for end, smaller in (THE_REST, [Size.QUICK]), (THE_LAST, [Size.QUICK, Size.LONG]):
        shared = {name.removesuffix(end) for name in sizes if name.endswith(end)}
        assert shared
        assert {sizes[name] for name in shared} <= set(smaller)


def test_three_workers_two_crashes_and_triples_of_calls_are_in_the_middle_verification() -> None:
    sizes = {family.name: family.size for family in FAMILIES}
    assert {sizes[name] for name in ("three workers", "two crashes", "triples, fork")} == {Size.LONG}


def test_what_is_listed_as_not_touched_exists() -> None:
    assert set(NOT_TOUCHED) <= everything()


def test_a_world_that_is_changed_by_place_is_the_one_that_is_changed_by_name() -> None:
    w = system_of(replace(FORKED, scripts=((submit(0), submit(1), EXIT), (EXIT,)))).initial
    w = w._replace(lanes=(Lane(Stage.ADOPTED), Lane(Stage.CLOSED)), closed=True)
    task, lane, client = Task(begun=1), Lane(Stage.STUCK), Client(())
    assert with_task(w, 1, task) == w._replace(tasks=(w.tasks[0], task))
    assert with_lane(w, 0, lane) == w._replace(lanes=(lane, w.lanes[1]))
    assert with_client(w, 1, client) == w._replace(clients=(w.clients[0], client))
    assert type(with_task(w, 1, task)) is World
