"""Tasks dealt by rounds go where they go if each is dealt by itself to the lane that has least."""

from __future__ import annotations

from collections import OrderedDict

import hypothesis.strategies as st
from hypothesis import given, settings

from checkedpool._fast.quick_rules import Hand, deal

LANES = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 12)), max_size=5)


def one_by_one(count: int, lanes: list[tuple[int, int]]) -> list[list[int]]:
    """The rule itself."""
    dealt: list[list[int]] = [[] for _ in lanes]
    for task in range(count):
        open_ = [
            (has + len(ids), number) for number, ((has, room), ids) in enumerate(zip(lanes, dealt, strict=True))
            if len(ids) < room
        ]  # fmt: skip
        if not open_:
            break
        dealt[min(open_)[1]].append(task)
    return dealt


def by_rounds(count: int, lanes: list[tuple[int, int]]) -> tuple[list[list[int]], list[int]]:
    """What is dealt, and what is left."""
    pending: OrderedDict[int, None] = OrderedDict.fromkeys(range(count))
    hands = [Hand(number, has, room) for number, (has, room) in enumerate(lanes)]
    deal(pending, hands)
    return [hand.ids for hand in hands], list(pending)


@given(count=st.integers(0, 40), lanes=LANES)
@settings(deadline=None, max_examples=300)
def test_dealing_by_rounds_is_dealing_one_by_one(count: int, lanes: list[tuple[int, int]]) -> None:
    dealt, left = by_rounds(count, lanes)
    assert dealt == one_by_one(count, lanes)
    assert left == list(range(sum(map(len, dealt)), count))


def test_lanes_that_have_less_are_filled_up_first_and_the_first_of_equals_is_first() -> None:
    assert by_rounds(7, [(2, 9), (0, 9), (2, 1)])[0] == [[2, 5], [0, 1, 3, 6], [4]]
