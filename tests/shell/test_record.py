"""A record is a frozen value with named fields that equals only records of its own class; a name is an enum's member.

The members of a ``Name`` are held against those of an ``Enum`` with the same body.
"""

from __future__ import annotations

import copy
import inspect
import pickle
from enum import Enum, IntEnum

import pytest

from checkedpool._core import messages
from checkedpool._core.tables import Name, Record


class Point(Record):
    x: int
    y: int = 2


class Twin(Record):
    x: int
    y: int = 2


class Empty(Record):
    """Without fields."""


def test_fields_are_given_by_place_by_name_or_by_default() -> None:
    assert Point(1) == Point(1, 2) == Point(1, y=2) == Point(y=2, x=1)
    assert (Point(3, 4).x, Point(3, 4).y) == (3, 4)


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), ((), {"y": 1}), ((1, 2, 3), {}), ((1,), {"x": 1}), ((1, 2), {"y": 2}), ((1,), {"z": 3})],
)
def test_what_does_not_fit_the_fields_is_a_type_error_that_names_them(
    values: tuple[int, ...], named: dict[str, int]
) -> None:
    with pytest.raises(TypeError, match=r"Point takes x, y; it was given"):
        Point(*values, **named)


def test_a_record_without_fields_takes_nothing_and_is_true() -> None:
    assert Empty()
    assert Empty() == Empty()
    with pytest.raises(TypeError, match="Empty takes nothing"):
        Empty(1)


def test_records_of_two_classes_differ_and_so_does_a_tuple() -> None:
    one: object = Point(1, 2)
    assert one != Twin(1, 2)
    assert one != (1, 2)
    assert not one == Twin(1, 2)  # noqa: SIM201 - both operators are written by hand
    assert len({Point(1), Point(1, 2), Twin(1), (1, 2)}) == 3


@pytest.mark.parametrize("name", ["x", "unknown"])
def test_nothing_can_be_set(name: str) -> None:
    with pytest.raises(AttributeError):
        setattr(Point(1), name, 2)


@pytest.mark.parametrize("record", [Empty(), Point(1), messages.Tick(1.0), messages.Revoked(0, (1, 2))])
def test_a_copy_and_a_pickled_one_are_equal(record: Record) -> None:
    for twin in (copy.copy(record), copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert twin == record


def test_a_record_says_its_fields_by_name() -> None:
    assert repr(Point(1)) == "Point(x=1, y=2)"
    assert repr(Empty()) == "Empty()"


def test_match_takes_records_apart_in_the_order_of_their_fields() -> None:
    match Point(5):
        case Point(x, y):
            assert (x, y) == (5, 2)
    match messages.Sent(3, 1):
        case messages.Sent(lane, gone=gone):
            assert (lane, gone) == (3, ())


def test_every_word_is_a_record_that_can_be_a_key() -> None:
    found = [word for _, word in inspect.getmembers(messages, inspect.isclass) if issubclass(word, Record)]
    assert len(found) > 30
    for word in found:
        values = tuple(range(len(word._fields)))
        record = word(*values)
        assert {record: 1}[word(**dict(zip(word._fields, values, strict=True)))] == 1


class Colour(Name):
    """A name."""

    RED = "red"
    GREEN = 2
    _NO_MEMBER = 3


class Reference(Enum):
    """The same as the standard library has it."""

    RED = "red"
    GREEN = 2


class Number(int, Name):
    """A name that is a number."""

    NONE = 0
    TWO = 2


class ReferenceNumber(IntEnum):
    """The same as the standard library has it."""

    NONE = 0
    TWO = 2


@pytest.mark.parametrize(("ours", "standard"), [(Colour, Reference), (Number, ReferenceNumber)])
def test_names_have_the_members_of_an_enum_in_their_order(ours: type[Enum], standard: type[Enum]) -> None:
    assert [(one.name, one.value) for one in ours] == [(one.name, one.value) for one in standard]
    for one in ours:
        assert type(one) is ours
        assert getattr(ours, one.name) is ours[one.name] is ours(one.value) is one
    with pytest.raises(ValueError, match="'blue' is no"):
        ours("blue")
    with pytest.raises(KeyError):
        ours["BLUE"]


def test_a_name_equals_itself_alone_and_a_number_every_equal_one() -> None:
    assert len({*Colour, "red", 2}) == 4
    assert {Number.TWO: "two"}[2] == "two"  # type: ignore[index]  # a number too
    assert Number.TWO + 1 == 3
    assert not Number.NONE


@pytest.mark.parametrize("one", [Colour.GREEN, Number.TWO])
def test_a_name_is_the_same_object_wherever_it_travels(one: Enum) -> None:
    assert copy.copy(one) is copy.deepcopy(one) is pickle.loads(pickle.dumps(one)) is one


def test_a_name_is_shown_by_its_name() -> None:
    assert (str(Colour.RED), repr(Colour.RED)) == ("RED", "Colour.RED")
