"""Copies of records. Decides: that a quick copy is the copy that a named tuple makes; what a wrong name comes to."""

from typing import NamedTuple

import pytest

from checkedpool_spec.records import quickly_replaced


class Slow(NamedTuple):
    """As the standard library makes it."""

    one: int = 1
    other: tuple[int, ...] = ()


@quickly_replaced
class Quick(NamedTuple):
    """The same."""

    one: int = 1
    other: tuple[int, ...] = ()


def test_a_quick_copy_is_a_record_of_its_class_with_these_fields_changed_and_no_other() -> None:
    record = Quick(2, (3,))
    for changed in (record._replace(), record._replace(one=4), record._replace(other=(), one=5)):
        assert type(changed) is Quick
    assert record._replace(one=4) == tuple(Slow(2, (3,))._replace(one=4)) == (4, (3,))
    assert record._replace(other=(), one=5) == (5, ())
    assert record == (2, (3,))


def test_a_name_that_is_no_field_is_refused() -> None:
    with pytest.raises(KeyError, match="third"):
        Quick()._replace(third=3)  # type: ignore[call-arg]
