"""What every drawing of a counterexample shows. Decides: who does a step to whom, in which words, beside which notes.

Must not know: how a drawing looks (``test_drawing_text`` and its like).
"""

from dataclasses import replace

import pytest

from checkedpool_model.checker.explore import Counterexample, Move, explore
from checkedpool_model.checker.sequence import Diagram, diagram, in_lines, shortened
from checkedpool_model.checker.show import drawing
from checkedpool_model.checker.system import Action, Always, System
from tests.model.tiny import Counters, Jugs, Road, action, counters, goes_up, is_at, jugs, may_go_up, roundabout


def never_two() -> tuple[System[None, Jugs], Counterexample[Jugs]]:
    """Two gallons, after two steps."""
    claim: Always[None, Jugs] = Always("never_two", lambda _k, s: s.big != 2, lambda _k, _s: True)
    system = jugs(claim)
    found = explore(system).counterexample
    assert found is not None
    return system, found


def round_and_round(lasso_from: int = 1) -> tuple[System[None, Road], Counterexample[Road]]:
    """Off the road, then south and north for ever."""
    names = ("WalkerTurnsOff", "WalkerGoesSouth", "WalkerGoesNorth")
    states = tuple(Road(place) for place in ("crossing", "north", "south", "north"))
    moves = tuple(Move(name, "", 0) for name in names)
    return roundabout(), Counterexample("comes_home", moves, states, owed_from=1, lasso_from=lasso_from)


def one_step(row: Action[None, Counters], index: int = 1) -> Diagram:
    """The diagram of a run of one step, in a system of three."""
    system = replace(counters(3), actions=(row,))
    before = Counters((0, 0, 0))
    after = goes_up(None, before, index)
    return diagram(system, Counterexample("claim", (Move(row.name, row.over, index),), (before, after)))


def row(name: str, by: str = "", to: str = "", over: str = "counter") -> Action[None, Counters]:
    return replace(action(name, goes_up, may_go_up, over=over), by=by, to=to)


def test_every_step_is_an_event_with_its_number_and_what_it_changes() -> None:
    made = diagram(*never_two())
    assert made.title == "jugs"
    assert [(event.number, event.notes) for event in made.events] == [
        (1, ("big: 0 -> 5",)),
        (2, ("small: 0 -> 3", "big: 5 -> 2")),
    ]
    assert made.ending == "never_two fails after 2 steps"


def test_actors_stand_in_the_order_in_which_they_appear() -> None:
    made = diagram(*never_two())
    assert made.actors == ("fill", "pour")
    assert [made.actors[event.source] for event in made.events] == ["fill", "pour"]


def test_actors_that_are_given_come_first_whether_they_do_anything_or_not() -> None:
    assert diagram(*never_two(), ["nobody", "pour"]).actors == ("nobody", "pour", "fill")


def test_who_acts_on_whom_is_read_off_the_row() -> None:
    made = one_step(row("ManagerIssuesTicket", by="manager", to="worker {i}"))
    (event,) = made.events
    assert (made.actors[event.source], event.label, made.actors[event.target]) == (
        "manager",
        "issues ticket",
        "worker 1",
    )


def test_an_actor_that_the_name_of_its_action_does_not_begin_with_leaves_the_name_whole() -> None:
    assert one_step(row("WorkerCrashes", by="nature", to="worker {i}")).events[0].label == "worker crashes"


def test_where_the_row_says_nothing_the_first_word_acts_alone() -> None:
    made = one_step(row("CounterGoesUp", over=""), 0)
    (event,) = made.events
    assert made.actors == ("counter",)
    assert event.source == event.target
    assert event.label == "goes up"


def test_a_first_word_that_always_has_the_same_index_set_is_several_actors() -> None:
    assert one_step(row("CounterGoesUp")).actors == ("counter 1",)


def test_a_first_word_with_several_index_sets_is_one_actor_and_its_words_name_the_index() -> None:
    system = replace(counters(2), actions=(row("ManagerIssues"), row("ManagerEnds", over="")))
    states = (Counters((0, 0)), Counters((0, 1)))
    made = diagram(system, Counterexample("claim", (Move("ManagerIssues", "counter", 1),), states))
    assert made.actors == ("manager",)
    assert made.events[0].label == "issues (counter 1)"


@pytest.mark.parametrize(
    ("name", "label"), [("Tick", "tick"), ("tick", "tick"), ("ManagerSeesEOF", "sees EOF"), ("PCFails", "fails")]
)
def test_an_action_is_told_in_words(name: str, label: str) -> None:
    assert one_step(row(name, over=""), 0).events[0].label == label


def test_no_text_has_a_line_break_or_what_cannot_be_printed() -> None:
    made = one_step(row("Manager\nIssues", by="the\tmanager\x1b", to="\n"), 1)
    texts = [made.title, made.claim, *made.actors, *(event.label for event in made.events)]
    assert all(text.isprintable() and text for text in texts)


def test_what_goes_on_for_ever_is_told_apart() -> None:
    made = diagram(*round_and_round())
    assert [event.number for event in made.repeated] == [2, 3]
    assert made.ending == "comes_home fails: steps 2 to 3 go on for ever"
    assert diagram(*round_and_round(2)).ending == "comes_home fails: step 3 goes on for ever"


def test_a_run_after_which_nothing_happens_says_so() -> None:
    made = diagram(*round_and_round(3))
    assert made.repeated == ()
    assert made.ending == "comes_home fails after 3 steps, and nothing happens any more"


def test_a_claim_that_fails_at_once_is_drawn_without_any_step() -> None:
    wrong: Always[None, Road] = Always("never_there", is_at_crossing, lambda _k, _s: True)
    system = replace(roundabout(), always=(wrong,))
    found = explore(system).counterexample
    assert found is not None
    assert "never_there fails after 0 steps" in drawing.text(system, found)


def is_at_crossing(k: None, s: Road) -> bool:
    return not is_at("crossing")(k, s, 0)


def test_too_many_notes_are_counted_instead_of_shown() -> None:
    assert shortened(("a", "b", "c"), 3) == ("a", "b", "c")
    assert shortened(("a", "b", "c", "d"), 3) == ("a", "b", "and 2 more")


def test_what_is_in_brackets_stays_in_one_line_where_it_can() -> None:
    assert in_lines("charges death (lane 0)", 13) == ["charges death", "(lane 0)"]
    assert in_lines("issues (lane 0)", 12) == ["issues", "(lane 0)"]
    assert in_lines("ends (lane 0)", 4) == ["ends", "(lan", "e 0)"]
    assert in_lines("", 4) == [""]
