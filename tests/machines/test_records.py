"""Records, of which the words between machine and platform are made: frozen, comparable, told apart by their kind."""

from __future__ import annotations

import copy
import pickle

import pytest

from checkedpool._core.record import Record
from checkedpool._core.words import JobDone, Leave, Signal, Submitted, TakeBack


class Point(Record):
    """With a default."""

    x: int
    y: int = 7


def test_fields_come_in_their_order_by_place_or_by_name() -> None:
    assert (Point(1).x, Point(1).y) == (1, 7)
    assert Point(1, 2) == Point(y=2, x=1)
    assert Submitted((1, 2)).kept is False


@pytest.mark.parametrize(
    ("values", "named"), [((), {}), ((1, 2, 3), {}), ((1,), {"x": 2}), ((1,), {"z": 2}), ((), {"y": 2})]
)
def test_each_field_is_given_once(values: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="Point takes x, y"):
        Point(*values, **named)


def test_a_record_does_not_change() -> None:
    for name in ("x", "z"):
        with pytest.raises(AttributeError):
            setattr(Point(1), name, 2)


def test_records_of_different_kinds_are_different_whatever_is_in_them() -> None:
    assert TakeBack(0) != Leave(0)
    assert TakeBack(0) != (0,)
    assert hash(TakeBack(0)) == hash(TakeBack(0))
    assert len({TakeBack(0), Leave(0), TakeBack(0)}) == 2


def test_a_record_without_fields_is_true_and_equals_its_like() -> None:
    assert JobDone()
    assert JobDone() == JobDone()


def test_a_record_shows_its_fields() -> None:
    assert repr(Signal(3, force=True)) == "Signal(lane=3, force=True)"


def test_a_record_can_be_matched() -> None:
    match Point(1, 2):
        case Point(x, y=2):
            assert x == 1
        case _:
            raise AssertionError


def test_a_record_can_be_copied_and_pickled() -> None:
    record = Signal(3, force=True)
    assert copy.deepcopy(record) == record
    assert pickle.loads(pickle.dumps(record)) == record
