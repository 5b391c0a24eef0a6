"""What of a table matters. Decides: which conjuncts decide, which fields change, what a sample admits."""

from dataclasses import replace
from typing import NamedTuple

import pytest

from checkedpool_model.checker.coverage import idle_parts
from checkedpool_model.checker.explore import explore
from checkedpool_model.checker.graph import Graph
from checkedpool_model.checker.system import System
from checkedpool_model.checker.touched import Touched, conjuncts, fields, touched
from tests.model.tiny import TOP, Counters, action, counters, may_go_up


class Cell(NamedTuple):
    """A record in a record."""

    number: int = 0
    colour: str = "white"


class Box(NamedTuple):
    """A record of records."""

    cells: tuple[Cell, ...] = (Cell(), Cell())
    letters: tuple[int, ...] = ()
    notes: tuple[Cell, ...] = ()
    lid: Cell = Cell()


def graph_of(system: System[None, Counters]) -> Graph[Counters]:
    graph = explore(system.without_claims(), keep=True).graph
    assert graph is not None
    return graph


def asked(system: System[None, Counters], stride: int = 1) -> Touched:
    return touched(system, graph_of(system), stride=stride)


def is_not_beyond(_k: None, s: Counters, i: int) -> bool:
    return s.at[i] <= TOP


def is_below(_k: None, s: Counters, i: int) -> bool:
    return s.at[i] < TOP


def with_guard(*names: object) -> System[None, Counters]:
    (row,) = counters(2).actions
    return replace(counters(2), actions=(replace(row, guard=names),))  # type: ignore[arg-type]


def test_a_conjunct_that_alone_is_false_decides() -> None:
    assert asked(counters(2)).decisive == {"CounterGoesUp.may_go_up"}


def test_a_conjunct_that_is_always_true_decides_nothing() -> None:
    assert asked(with_guard(may_go_up, is_not_beyond)).decisive == {"CounterGoesUp.may_go_up"}


def test_two_conjuncts_that_are_false_together_decide_nothing() -> None:
    assert asked(with_guard(may_go_up, is_below)).decisive == frozenset()


def test_a_conjunct_that_cannot_be_asked_without_another_is_taken_for_false() -> None:
    def next_is_there(_k: None, s: Counters, i: int) -> bool:
        return s.at[i] < TOP

    def next_is_odd(_k: None, s: Counters, i: int) -> bool:
        return (1, 2, 3)[s.at[i]] > 0

    assert asked(with_guard(next_is_there, next_is_odd)).decisive == frozenset()


def test_an_error_that_is_none_of_presupposing_is_not_swallowed() -> None:
    def asks_too_much(_k: None, s: Counters, _i: int) -> bool:
        return 1 / (s.at[0] - 2) != 0

    system = counters(2)
    broken = replace(system, actions=(*system.actions, action("Other", lambda _k, s, _i: s, asks_too_much)))
    with pytest.raises(ZeroDivisionError):
        touched(broken, graph_of(system))


def test_every_conjunct_is_named_with_its_action() -> None:
    assert conjuncts(with_guard(may_go_up, is_below).actions) == ("CounterGoesUp.may_go_up", "CounterGoesUp.is_below")


def test_the_fields_of_records_are_named_by_their_path() -> None:
    assert fields(Box()) == ("cells[].number", "cells[].colour", "letters", "notes", "lid.number", "lid.colour")


def box_system(*states: Box) -> tuple[System[None, Box], Graph[Box]]:
    """A graph that has these states, whatever leads to them."""
    system = System("boxes", None, Box(), (), {}, lambda _k, _s: True)
    return system, Graph((), (), (Box(), *states), (), (), (), finished=True)


def test_a_field_changes_if_it_does_in_any_record() -> None:
    system, graph = box_system(Box(cells=(Cell(), Cell(number=1))), Box(letters=(3,)))
    assert touched(system, graph).changed == {"cells[].number", "letters"}


def test_records_that_come_and_go_are_changes() -> None:
    system, graph = box_system(Box(notes=(Cell(),)), Box(cells=(Cell(),)))
    assert touched(system, graph).changed == {"notes", "cells[].number", "cells[].colour"}


def test_of_a_large_graph_a_sample_is_asked_and_counted() -> None:
    found = asked(counters(2), stride=7)
    assert (found.asked, found.known) == (3, 16)
    with pytest.raises(ValueError, match="stride of 0"):
        asked(counters(2), stride=0)


def test_what_mattered_in_one_graph_mattered_in_all() -> None:
    together = asked(with_guard(may_go_up, is_below)) | asked(counters(2))
    assert together == Touched(frozenset({"CounterGoesUp.may_go_up"}), frozenset({"at"}), 32, 32)


# --- what becomes of a gap --------------------------------------------------------------------------------------------

MATTERED = Touched(frozenset({"Act.needed"}), frozenset({"moving"}), 10, 10)


def idle(waived: dict[str, str] | None = None, found: Touched = MATTERED) -> list[str]:
    return list(idle_parts(["Act.needed", "Act.idle"], ["moving", "still"], found, waived or {}))


def test_what_does_not_matter_is_a_gap() -> None:
    assert idle() == [
        "the conjunct Act.idle was never the only one that was false, and is not listed with a reason",
        "the field still never changed, and is not listed with a reason",
    ]


def test_a_gap_in_a_sample_says_how_much_was_asked() -> None:
    assert all("in 10 of 1,000 states" in sentence for sentence in idle(found=replace(MATTERED, known=1000)))


def test_a_listed_idle_part_needs_a_reason_and_must_be_one() -> None:
    fine = {"Act.idle": "guards against a change", "still": "a constant of this scope"}
    assert idle(fine) == []
    assert idle({**fine, "still": " "}) == ["still is listed as idle without a reason"]
    assert idle({**fine, "moving": "why not"}) == ["moving is listed as idle, but it matters"]
    assert idle({**fine, "Act.need": "slip"}) == ["Act.need is listed as idle, but there is no such conjunct or field"]
