"""Claims about fair runs, on maps with known answers. Decides: what must be found, told, refused and admitted."""

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest

from checkedpool_model.checker.components import components
from checkedpool_model.checker.coverage import gaps
from checkedpool_model.checker.explore import Verdict, explore
from checkedpool_model.checker.liveness import NoFairnessError, check_leads_to
from checkedpool_model.checker.story import lines
from checkedpool_model.checker.system import Always, Fair, LeadsTo, System
from tests.model.lassos import NONE, STRONG, WEAK, Way, faults, places, roads
from tests.model.tiny import TOP, Counters, Road, action, counters, in_order

HOLDS, VIOLATED = Verdict.HOLDS, Verdict.VIOLATED


def ask(system: System[None, Road]) -> tuple[Verdict, tuple[str, str]]:
    """The verdict, and stem and cycle of the run that was told, which is gone over step by step."""
    found = check_leads_to(system)
    for told in found.counterexamples:
        assert list(faults(system, told)) == []
    return found.verdict, places(found.counterexample) if found.counterexample else ("", "")


# --- a run that stops -------------------------------------------------------------------------------------------------


def test_what_need_never_happen_may_be_waited_for_for_ever() -> None:
    assert ask(roads([("Go", "a", "b", NONE)], "ab")) == (VIOLATED, ("a", ""))


def test_what_happens_if_it_stays_possible_is_not_waited_for_in_vain() -> None:
    assert ask(roads([("Go", "a", "b", WEAK)], "ab")) == (HOLDS, ("", ""))


def test_a_run_that_ends_in_another_place_owes_for_ever() -> None:
    ways = [("Go", "a", "b", WEAK), ("Miss", "a", "c", NONE)]
    assert ask(roads(ways, "ab")) == (VIOLATED, ("ac", ""))


def test_a_system_that_claims_a_stop_to_be_right_still_owes() -> None:
    system = replace(roads([("Go", "a", "c", WEAK)], "ab"), terminal=lambda _k, s: s.place == "c")
    assert ask(system) == (VIOLATED, ("ac", ""))


def test_who_is_there_already_owes_nothing() -> None:
    assert ask(roads([("Go", "a", "b", NONE)], "aa", "ba")) == (VIOLATED, ("ab", ""))
    assert check_leads_to(roads([("Go", "a", "b", NONE)], "aa")).verdict is HOLDS


def test_what_is_paid_is_paid_even_if_the_run_goes_on_elsewhere() -> None:
    ways = [("Go", "a", "b", WEAK), ("Leave", "b", "c", WEAK), ("Round", "c", "c", WEAK)]
    assert ask(roads(ways, "ab")) == (HOLDS, ("", ""))


# --- weak and strong --------------------------------------------------------------------------------------------------


def test_to_dawdle_for_ever_is_not_fair_to_what_stays_possible() -> None:
    ways = [("Dawdle", "a", "a", WEAK), ("Go", "a", "b", WEAK)]
    assert ask(roads(ways, "ab")) == (HOLDS, ("", ""))


def test_without_its_tag_the_same_action_may_be_put_off_for_ever() -> None:
    ways = [("Dawdle", "a", "a", WEAK), ("Go", "a", "b", NONE)]
    assert ask(roads(ways, "ab")) == (VIOLATED, ("a", "a"))


def test_what_is_possible_now_and_then_needs_strong_fairness() -> None:
    def to_and_fro(leave: Fair) -> System[None, Road]:
        return roads([("To", "a", "b", WEAK), ("Fro", "b", "a", WEAK), ("Leave", "b", "c", leave)], "ac")

    assert ask(to_and_fro(WEAK)) == (VIOLATED, ("a", "ba"))
    assert ask(to_and_fro(STRONG)) == (HOLDS, ("", ""))


def test_the_cycle_takes_what_stays_possible_in_it() -> None:
    ways: list[Way] = [
        ("To", "a", "b", WEAK),
        ("Fro", "b", "a", WEAK),
        ("Visit", "ab", "c", WEAK),
        ("Return", "c", "a", WEAK),
        ("Leave", "b", "d", NONE),
    ]
    verdict, (stem, cycle) = ask(roads(ways, "ad"))
    assert (verdict, stem) == (VIOLATED, "a")
    assert "c" in cycle


def test_the_cycle_takes_what_is_strong_and_possible_in_it() -> None:
    ways = [("To", "a", "b", WEAK), ("Fro", "b", "a", WEAK), ("Visit", "b", "c", STRONG), ("Return", "c", "a", WEAK)]
    assert ask(roads(ways, "ad")) == (VIOLATED, ("a", "bca"))


def test_a_smaller_circle_that_avoids_the_strong_way_is_found() -> None:
    ways: list[Way] = [
        ("To", "a", "b", WEAK),
        ("Fro", "b", "a", WEAK),
        ("Far", "b", "c", NONE),
        ("Back", "c", "b", WEAK),
        ("Leave", "c", "d", STRONG),
    ]
    assert ask(roads(ways, "bd")) == (VIOLATED, ("ab", "ab"))
    nearer = [*ways[:4], ("Leave", "ac", "d", STRONG)]
    assert ask(roads(nearer, "bd")) == (HOLDS, ("", ""))


def test_the_circle_within_the_circle_within_the_circle_is_found() -> None:
    ways: list[Way] = [
        ("East", "a", "b", WEAK), ("West", "b", "a", WEAK),
        ("FarEast", "b", "c", NONE), ("FarWest", "c", "b", WEAK),
        ("FarthestEast", "c", "d", NONE), ("FarthestWest", "d", "c", WEAK),
        ("LeaveThere", "d", "e", STRONG), ("LeaveHere", "cd", "e", STRONG),
    ]  # fmt: skip
    assert ask(roads(ways, "de", start="d"))[0] is VIOLATED
    assert ask(roads(ways, "de", start="d"))[1][1] in ("ab", "ba")


# --- fair to each index -----------------------------------------------------------------------------------------------


def wake(*, fair: Fair) -> System[None, Counters]:
    """Counters that begin again when they are at the top, and the claim that the last one gets there."""
    up = action("CounterGoesUp", lambda _k, s, i: Counters((*s.at[:i], (s.at[i] + 1) % (TOP + 1), *s.at[i + 1 :])))
    claim: LeadsTo[None, Counters] = LeadsTo("last_gets_up", lambda _k, _s: True, lambda _k, s: s.at[-1] == TOP)
    actions = (replace(up, over="counter", fair=fair),)
    return System("wake", None, Counters((0, 0)), actions, {"counter": 2}, lambda _k, _s: False, leads_to=(claim,))


def test_an_action_is_fair_to_each_index_and_not_to_one_for_all() -> None:
    assert check_leads_to(wake(fair=WEAK)).verdict is HOLDS
    found = check_leads_to(wake(fair=NONE))
    assert found.verdict is VIOLATED


# --- what is admitted and refused -------------------------------------------------------------------------------------


def test_a_claim_about_nothing_is_vacuous_and_a_gap() -> None:
    found = check_leads_to(roads([("Go", "a", "b", WEAK)], "ab", "xb"))
    assert found.verdict is HOLDS
    assert (set(found.seen), found.vacuous) == ({"a_leads_to_b"}, ("x_leads_to_b",))
    (gap,) = gaps([], {}, ["a_leads_to_b", "x_leads_to_b"], found.seen, {})
    assert "x_leads_to_b was never about anything" in gap


def test_each_claim_that_fails_has_a_run_of_its_own() -> None:
    found = check_leads_to(roads([("Go", "a", "b", WEAK)], "ac", "ab", "bc"))
    assert [told.claim for told in found.counterexamples] == ["a_leads_to_c", "b_leads_to_c"]
    assert found.counterexample == found.counterexamples[0]


def long_way(**claims: tuple[LeadsTo[None, Counters], ...]) -> System[None, Counters]:
    return replace(counters(3), **claims)  # type: ignore[arg-type]


TOP_OF_FIRST: LeadsTo[None, Counters] = LeadsTo("first_up", lambda _k, _s: True, lambda _k, s: s.at[0] == TOP)
BEYOND: LeadsTo[None, Counters] = LeadsTo("beyond", lambda _k, _s: True, lambda _k, s: s.at[0] > TOP)


def test_a_graph_that_is_not_explored_to_its_end_cannot_show_that_it_holds() -> None:
    assert check_leads_to(long_way(leads_to=(TOP_OF_FIRST,)), limit=20).verdict is Verdict.NOT_FINISHED
    assert check_leads_to(long_way(leads_to=(TOP_OF_FIRST,))).verdict is HOLDS


def test_the_edge_of_what_was_explored_is_not_taken_for_a_stop() -> None:
    found = check_leads_to(long_way(leads_to=(BEYOND,)), limit=20)
    assert (found.verdict, found.counterexample) == (Verdict.NOT_FINISHED, None)
    assert check_leads_to(long_way(leads_to=(BEYOND,))).verdict is VIOLATED


def test_a_fair_run_within_what_was_explored_is_a_violation() -> None:
    ways = [("Dawdle", "a", "a", WEAK), ("Go", "a", "b", NONE), ("On", "b", "c", NONE), ("Off", "c", "d", NONE)]
    assert check_leads_to(roads(ways, "ab"), limit=2).verdict is VIOLATED


def test_states_that_stand_for_others_are_refused_and_the_reason_is_said() -> None:
    system = replace(counters(2, canonical=in_order), leads_to=(TOP_OF_FIRST,))
    with pytest.raises(NoFairnessError, match=r"asked of each index, .*canonical=None"):
        check_leads_to(system)
    with pytest.raises(NoFairnessError, match="asked of each index"):
        check_leads_to(replace(system, canonical=None), graph=explore(system, keep=True).graph)


def test_a_system_that_promises_nothing_is_refused() -> None:
    with pytest.raises(NoFairnessError, match="leads_to is empty"):
        check_leads_to(counters(2))


def test_other_claims_that_fail_do_not_shorten_the_graph() -> None:
    never: Always[None, Road] = Always("stays_home", lambda _k, s: s.place == "a", lambda _k, _s: True)
    system = replace(roads([("Go", "a", "b", WEAK)], "bc"), always=(never,), terminal=lambda _k, _s: False)
    assert explore(system).verdict is VIOLATED
    assert ask(system) == (VIOLATED, ("ab", ""))


def test_a_graph_that_was_kept_is_asked_instead_of_another() -> None:
    system = roads([("Go", "a", "b", WEAK)], "bc")
    kept = explore(system, keep=True)
    assert kept.graph is not None
    assert explore(system).graph is None
    assert check_leads_to(system, graph=kept.graph).counterexamples == check_leads_to(system).counterexamples
    assert (kept.graph.states, kept.graph.finished, list(kept.graph.edges(0))) == (
        [Road("a"), Road("b")],
        True,
        [(0, 1)],
    )


def test_progress_names_the_claim() -> None:
    said: list[str] = []
    check_leads_to(roads([("Go", "a", "b", WEAK)], "ab"), progress=said.append)
    assert said[-1] == "roads: a_leads_to_b, 2 states"


# --- how it is told ---------------------------------------------------------------------------------------------------


def test_a_lasso_is_told_with_what_is_repeated() -> None:
    ways = [("Begin", "a", "b", WEAK), ("To", "b", "c", WEAK), ("Fro", "c", "b", WEAK)]
    found = check_leads_to(roads(ways, "bd")).counterexample
    assert found is not None
    assert list(lines(found)) == [
        "b_leads_to_d fails in a run without end:",
        "  1. Begin",
        "       place: a -> b",
        "from here on it is owed:",
        "then for ever:",
        "  2. To",
        "       place: b -> c",
        "  3. Fro",
        "       place: c -> b",
    ]


def test_a_stop_is_told_as_one() -> None:
    found = check_leads_to(roads([("Go", "a", "b", NONE)], "bc")).counterexample
    assert found is not None
    assert list(lines(found))[-3:] == ["from here on it is owed:", "then for ever:", "  nothing happens"]


# --- against a plainer reading ----------------------------------------------------------------------------------------


def test_components_are_those_that_reach_each_other() -> None:
    part = {0: [(0, 1)], 1: [(0, 2)], 2: [(0, 1), (0, 3)], 3: [(0, 9)], 4: [(0, 0), (0, 4)]}
    assert sorted(sorted(component) for component in components(part)) == [[0], [1, 2], [3], [4]]


def test_a_chain_longer_than_the_stack_is_no_difficulty() -> None:
    length = 50_000
    assert len(list(components({at: [(0, (at + 1) % length)] for at in range(length)}))) == 1


def somewhere_for_ever(ways: list[Way], start: str, then: str) -> bool:
    """Whether a fair run from ``start`` avoids ``then``: every set of ways that could be those taken for ever."""
    open_ways = [(name, source, to, fair) for name, source, to, fair in ways if then not in (source, to)]
    near = {start}
    while more := {to for _, source, to, _ in open_ways if source in near} - near:
        near |= more
    if any(not any(source == at and fair is not NONE for _, source, _, fair in ways) for at in near):
        return True
    kept = [way for way in open_ways if way[1] in near]
    return any(_fair_for_ever(ways, rounds) for size in range(1, len(kept) + 1) for rounds in combinations(kept, size))


def _fair_for_ever(ways: list[Way], rounds: tuple[Way, ...]) -> bool:
    visited = {place for _, source, to, _ in rounds for place in (source, to)}
    for start in visited:
        near = {start}
        while more := {to for _, source, to, _ in rounds if source in near} - near:
            near |= more
        if near != visited:
            return False
    for name, fair in {(name, fair) for name, _, _, fair in ways}:
        possible = [any((w[0], w[1]) == (name, at) for w in ways) for at in visited]
        if name not in {w[0] for w in rounds} and {NONE: False, WEAK: all(possible), STRONG: any(possible)}[fair]:
            return False
    return True


def any_way(chance: Random, name: str) -> Way:
    return name, chance.choice("abcd"), chance.choice("abcd"), chance.choice((NONE, WEAK, STRONG))


@pytest.mark.parametrize("seed", range(6))
def test_random_maps_are_judged_as_by_trying_every_set_of_ways(seed: int) -> None:
    chance, verdicts = Random(seed), []
    for _ in range(100):
        ways = [any_way(chance, f"Way{number}") for number in range(chance.randint(1, 8))]
        verdict, _told = ask(roads(ways, "ad"))
        expected = somewhere_for_ever(ways, "a", "d")
        verdicts.append(verdict)
        assert (verdict is VIOLATED) == expected, ways
    assert set(verdicts) == {HOLDS, VIOLATED}


def test_where_one_will_do_the_first_that_fails_is_told_and_the_others_are_not_asked() -> None:
    system = roads([("Go", "a", "b", NONE)], "bc", "ab")
    (first, *others), found = check_leads_to(system).counterexamples, check_leads_to(system, one_will_do=True)
    assert found.counterexamples == (first,)
    assert others


def test_a_graph_where_something_else_is_fair_turns_where_it_did_and_rests_elsewhere() -> None:
    graph = explore(roads([("Go", "a", "b", WEAK), ("Back", "b", "a", NONE)], "ab").without_claims(), keep=True).kept
    lazy = graph.with_fairness((NONE,) * len(graph.fair))
    assert lazy.turning == replace(lazy).turning == graph.turning
    assert graph.resting < lazy.resting == set(range(graph.expanded))
