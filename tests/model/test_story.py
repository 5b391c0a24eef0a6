"""Counterexamples as people read them. Decides: what is printed of a step."""

from checkedpool_model.checker.explore import Move, explore
from checkedpool_model.checker.story import changes, label, lines, show
from checkedpool_model.checker.system import Always
from checkedpool_model.protocol.state import End, Lane, Mark, Message, Note, Slot, Task
from tests.model.tiny import Jugs, jugs


def test_a_story_numbers_its_steps_and_shows_only_what_changed() -> None:
    claim: Always[None, Jugs] = Always("never_two", lambda _k, s: s.big != 2, lambda _k, _s: True)
    found = explore(jugs(claim)).counterexample
    assert found is not None
    assert list(lines(found)) == [
        "never_two fails after 2 steps:",
        "  1. FillBig",
        "       big: 0 -> 5",
        "  2. PourBig",
        "       small: 0 -> 3",
        "       big: 5 -> 2",
    ]


def test_a_change_deep_inside_is_named_by_its_path() -> None:
    before = (Task(), Task())
    after = (Task(), Task(end=End.CANCELLED, notified=True))
    assert list(changes(before, after, "tasks")) == [
        "tasks[1].end: OPEN -> CANCELLED",
        "tasks[1].notified: False -> True",
    ]


def test_tuples_of_plain_values_change_as_a_whole() -> None:
    assert list(changes(Lane(tickets=(0,)), Lane(tickets=(0, Mark.LEAVE)))) == ["tickets: [0] -> [0, LEAVE]"]


def test_a_tuple_that_grows_by_a_record_is_shown_whole() -> None:
    assert list(changes((), (Message(Note.POSTED, 2),), "inbox")) == ["inbox: [] -> [POSTED 2]"]


def test_nothing_is_said_of_what_stays() -> None:
    assert list(changes(Lane(), Lane())) == []


def test_enums_are_shown_by_their_names() -> None:
    assert show(Slot.READY) == "READY"


def test_an_action_is_named_with_what_it_is_about() -> None:
    assert label(Move("ManagerIssues", "lane", 1)) == "ManagerIssues lane 1"
    assert label(Move("ManagerEnds", "", 0)) == "ManagerEnds"
