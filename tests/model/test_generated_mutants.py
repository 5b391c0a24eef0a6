"""The mutants that a machine makes. Decides: which there are, and that none is noticed otherwise than is stated."""

from collections import Counter
from dataclasses import replace

import pytest

from checkedpool_model.checker.system import Action, Fair
from checkedpool_model.mutants import kills
from checkedpool_model.mutants.generated import GeneratedMutant, Sort, mutants, switches, total
from checkedpool_model.mutants.kills import ByHand, Killed, Kills, Same
from checkedpool_model.protocol.actions import ACTIONS, client, manager
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.verify.address import system_at
from checkedpool_model.verify.mutant_check import Report, check
from checkedpool_model.verify.mutant_parts import PARTS, part_of
from checkedpool_model.verify.mutant_run import addresses
from checkedpool_model.verify.mutant_search import from_small_to_large, search

MADE = mutants()
STATED = kills.read()

SMALL = "values#2"


def made(name: str) -> GeneratedMutant:
    return next(mutant for mutant in MADE if mutant.name == name)


def row(name: str) -> Action[Bounds, State]:
    return next(action for action in ACTIONS if action.name == name)


def problems(name: str, stated: Kills) -> tuple[str, ...]:
    return check([made(name)], stated).problems


# --- which there are --------------------------------------------------------------------------------------------------


def test_each_conjunct_of_each_action_is_dropped_once_or_is_a_switch() -> None:
    dropped = Counter(f"{m.action}.{m.conjunct}" for m in MADE if m.sort is Sort.CONJUNCT)
    dropped.update(switches())
    assert dropped == Counter(f"{action.name}.{holds.__name__}" for action in ACTIONS for holds in action.guard)


def test_a_conjunct_that_reads_no_state_is_a_switch() -> None:
    assert "WorkerCrashes.run_has_crashes" in switches()
    assert "WorkerCrashes.crashes_left" not in switches()


def test_no_two_mutants_have_the_same_name() -> None:
    assert len({mutant.name for mutant in MADE}) == len(MADE)


def test_a_mutant_changes_its_own_row_and_no_other() -> None:
    mutant = made("ManagerIssues without has_room")
    changed = [now.name for was, now in zip(ACTIONS, mutant.change(ACTIONS), strict=True) if was is not now]
    assert changed == ["ManagerIssues"]
    assert "has_room" not in {holds.__name__ for holds in mutant.row.guard}


def test_whoever_posts_rings_and_tells_has_a_mutant_for_each() -> None:
    sorts = {mutant.sort for mutant in MADE if mutant.action == "ClientRevokesItsTicket"}
    assert sorts == set(Sort)


def test_who_says_nothing_has_no_mutant_that_says_less() -> None:
    assert {m.sort for m in MADE if m.action == "ManagerIssues"} == {Sort.CONJUNCT, Sort.FAIR}


def test_what_need_never_happen_cannot_be_made_less_fair() -> None:
    unfair = {action.name for action in ACTIONS if action.fair is Fair.NONE}
    assert not unfair & {mutant.action for mutant in MADE if mutant.sort is Sort.FAIR}


def test_a_message_that_is_not_posted_is_the_only_difference() -> None:
    system = system_at("values", 2)
    before = client.passes_the_gate(system.constants, system.initial, 0)
    after = client.posts(system.constants, before, 0)
    assert len(after.inbox) == 1
    assert made("ClientPosts does not post").row.effect(system.constants, before, 0) == after._replace(inbox=())


def test_a_bell_that_rang_before_goes_on_ringing() -> None:
    system = system_at("exit-handlers", 0)
    silent = made("ClientWakesManager does not wake").row.effect
    asleep = system.initial._replace(asleep=True)
    assert client.wakes(system.constants, asleep, 0).wakeup
    assert not silent(system.constants, asleep, 0).wakeup
    assert silent(system.constants, asleep._replace(wakeup=True), 0).wakeup


def test_what_cannot_be_done_is_not_possible() -> None:
    system = system_at("values", 2)
    asks_less = row("ManagerTakesTask").without(manager.next_is_a_task.__name__)
    assert asks_less.enabled(system.constants, system.initial, 0)
    assert not total(asks_less).enabled(system.constants, system.initial, 0)


# --- what is stated ---------------------------------------------------------------------------------------------------


def test_every_mutant_is_stated_once_and_no_other_is() -> None:
    assert Counter(STATED.names) == Counter(mutant.name for mutant in MADE)


@pytest.mark.slow
@pytest.mark.one_in(24, "make verify: generated mutants")
@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_each_mutant_of_an_action_is_noticed_as_stated_or_survives_as_stated(action: Action[Bounds, State]) -> None:
    its = [mutant for mutant in MADE if mutant.action == action.name]
    names = {mutant.name for mutant in its}
    stated = Kills(
        tuple(entry for entry in STATED.killed if entry.name in names),
        tuple(entry for entry in STATED.same if entry.name in names),
        tuple(entry for entry in STATED.harmless if entry.name in names),
        tuple(entry for entry in STATED.open if entry.name in names),
    )
    assert check(its, stated).problems == ()


def test_what_is_written_is_read_back() -> None:
    by_hand = ByHand("C", ("gate#0", "idle#0"), "it says nothing new")
    some = Kills((Killed("A", "no_deadlock", "gate#0", 4, 9),), (Same("B", "idle#0"),), (by_hand,), (by_hand,))
    assert kills.read(kills.write(some)) == some


# --- a check must be able to fail -------------------------------------------------------------------------------------

REFUSED = "ClientIsRefused without sees_it_shut"
NOTICED = Killed(REFUSED, "is_refused_only_if_shut", SMALL, 1)


def test_a_mutant_that_is_noticed_as_stated_is_no_problem() -> None:
    assert problems(REFUSED, Kills((NOTICED,))) == ()


def test_a_mutant_that_is_not_listed_is_named() -> None:
    (problem,) = problems(REFUSED, Kills())
    assert problem.startswith(f"“{REFUSED}” is neither killed nor listed with a reason")


def test_a_listed_mutant_that_is_not_made_is_named() -> None:
    (problem,) = problems(REFUSED, Kills((NOTICED, replace(NOTICED, name="ManagerDreams without sleep"))))
    assert problem == "“ManagerDreams without sleep” is listed in kills.toml, but there is no such mutant"


def test_a_mutant_that_is_listed_as_killed_and_as_the_same_is_named() -> None:
    found = problems(REFUSED, Kills((NOTICED,), (Same(REFUSED, SMALL),)))
    assert f"“{REFUSED}” is listed in kills.toml more than once" in found


def test_a_graph_that_does_not_exist_is_named() -> None:
    (problem,) = problems(REFUSED, Kills((replace(NOTICED, at="values#99"),)))
    assert "there is no graph values#99" in problem


@pytest.mark.parametrize("wrong", [{"by": "no_deadlock"}, {"steps": 2}], ids=str)
def test_a_mutant_that_is_noticed_otherwise_is_a_problem(wrong: dict[str, str | int]) -> None:
    (problem,) = problems(REFUSED, Kills((replace(NOTICED, **wrong),)))  # type: ignore[arg-type]
    assert "but is_refused_only_if_shut fails in 1" in problem


def test_a_mutant_that_is_not_noticed_is_a_problem() -> None:
    never_met = "ManagerReaps does not tell"
    (problem,) = problems(never_met, Kills((Killed(never_met, "ended_future_is_notified", SMALL, 3),)))
    assert "but no claim fails" in problem


def test_a_mutant_that_is_listed_as_the_same_must_not_differ() -> None:
    (problem,) = problems(REFUSED, Kills(same=(Same(REFUSED, SMALL),)))
    assert problem.startswith(f"“{REFUSED}” is listed as the same, but in {SMALL} it does something else")


def test_a_survivor_must_survive() -> None:
    (problem,) = problems(REFUSED, Kills(harmless=(ByHand(REFUSED, (SMALL,), "who cares"),)))
    assert problem.startswith(f"“{REFUSED}” is listed as surviving in {SMALL}, but: is_refused_only_if_shut")


def test_a_survivor_must_differ() -> None:
    never_met = "ManagerReaps does not tell"
    (problem,) = problems(never_met, Kills(harmless=(ByHand(never_met, (SMALL,), "nobody listens"),)))
    assert problem.startswith(f"“{never_met}” survives in {SMALL}, but nothing differs there")


def test_a_survivor_needs_a_sentence() -> None:
    (problem,) = problems(REFUSED, Kills(open=(ByHand(REFUSED, (), " "),)))
    assert "says neither why that is right nor what is missing" in problem


def test_an_action_that_may_be_put_off_for_ever_is_noticed_by_what_must_happen_at_last() -> None:
    unfair = made("WorkerAnswers is not fair")
    found = search([unfair], Kills(), graphs=["live-endless#0", "live-2x2#0"])
    assert [(entry.at, entry.by) for entry in found.killed] == [("live-2x2#0", "accepted_task_0_ends")]
    assert check([unfair], found).problems == ()


# --- looking for it anew ----------------------------------------------------------------------------------------------


def test_a_search_names_the_first_graph_in_which_a_claim_fails() -> None:
    heard: list[str] = []
    found = search([made(REFUSED)], Kills(), heard.append, graphs=["exit-handlers#0", SMALL, "values#0"])
    assert found == Kills((NOTICED,))
    assert f"{SMALL}: {REFUSED}: killed by is_refused_only_if_shut" in heard


def test_small_scopes_are_searched_first_and_every_graph_once() -> None:
    order = from_small_to_large()
    assert Counter(order) == Counter(addresses())
    assert order.index("values#0") < order.index("gate#0") < order.index("live-replace#0")


def test_a_search_keeps_a_kill_that_is_still_as_it_is_listed() -> None:
    found = search([made(REFUSED)], Kills((NOTICED,)), graphs=["exit-handlers#0"])
    assert found == Kills((NOTICED,))


def test_a_search_does_not_keep_a_kill_that_is_otherwise_now() -> None:
    found = search([made(REFUSED)], Kills((replace(NOTICED, steps=9),)), graphs=[SMALL])
    assert found == Kills((NOTICED,))


def test_a_search_sees_that_nothing_differs() -> None:
    name = "ManagerIssues without is_awake"
    assert search([made(name)], Kills(), graphs=[SMALL]) == Kills(same=(Same(name, SMALL),))


def test_a_survivor_of_a_search_keeps_its_sentence() -> None:
    name = "ClientIsOutrun without sees_it_shut"
    reason = "both ways go on alike"
    known = Kills(harmless=(ByHand(name, (), reason),))
    assert search([made(name)], known, graphs=[SMALL]).harmless == (ByHand(name, (SMALL,), reason),)


def test_a_survivor_without_a_sentence_is_open_and_a_problem() -> None:
    name = "ClientIsOutrun without sees_it_shut"
    found = search([made(name)], Kills(), graphs=[SMALL])
    assert found.open == (ByHand(name, (SMALL,), ""),)
    assert check([made(name)], found).problems


def test_a_graph_without_end_shows_that_the_end_is_out_of_reach() -> None:
    name = "ClientCloses without is_closing"
    (killed,) = search([made(name)], Kills(), graphs=[SMALL]).killed
    assert (killed.by, killed.steps) == ("the_end_stays_in_reach", 1)
    assert killed.limit > 0
    assert check([made(name)], Kills((killed,))).problems == ()


def test_a_report_without_problems_holds() -> None:
    assert Report(1, Kills(), (), 0.0).verdict.value == "holds"
    assert Report(1, Kills(), ("something",), 0.0).verdict.value == "violated"


def test_the_parts_together_are_all_mutants_and_what_is_listed_in_one_graph_stays_together() -> None:
    parts = [part_of(part, MADE, STATED) for part in range(PARTS)]
    assert sorted(mutant.name for mine, _ in parts for mutant in mine) == sorted(mutant.name for mutant in MADE)
    assert Counter(name for _, listed in parts for name in listed.names) == Counter(STATED.names)
    graphs = [(entry.at, part) for part, (_, listed) in enumerate(parts) for entry in listed.killed]
    assert len(set(graphs)) == len({at for at, _ in graphs})
