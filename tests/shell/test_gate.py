"""The places of a bounded pool: given out once each, given back once each, and nobody sleeps beside a free one.

Decides: what happens between two steps of a thread that waits. Must not know: pools.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from checkedpool._pool.bounded import Gate, Slot


def test_there_are_as_many_places_as_were_said_whoever_comes_back_how_often() -> None:
    gate = Gate(3, block=True)
    slots = [Slot() for _ in range(5)]
    assert [gate.take(slot) for slot in slots] == [True, True, True, False, False]
    assert gate.take(slots[0])  # it has one, and takes no second
    for _ in range(2):
        gate.give_back(slots[0])
        gate.give_back(slots[4])  # it had none
        gate.give_back(None)
    assert [gate.take(slot) for slot in slots[3:]] == [True, False]


class Meanwhile(deque[Any]):
    """Those who sleep; something happens right after one has come, before it looks once more."""

    happens: Callable[[], object]

    def append(self, sleeper: Any, /) -> None:
        super().append(sleeper)
        self.happens()


@pytest.mark.timeout(10)
@pytest.mark.parametrize("what", ["a place is given back", "it is over"])
def test_what_happens_between_the_look_and_the_sleep_is_not_slept_through(what: str) -> None:
    gate, slot, over = Gate(1, block=True), Slot(), list[bool]()
    assert gate.take(slot)
    sleepers = gate._sleepers = Meanwhile()
    sleepers.happens = (
        (lambda: gate.give_back(slot)) if what == "a place is given back" else (lambda: over.append(True))
    )
    gate.wait(lambda: over)
    assert not sleepers


@pytest.mark.timeout(10)
def test_whoever_wakes_wakes_all() -> None:
    gate = Gate(1, block=True)
    awake: list[str] = []

    class Sleeper:
        def release(self) -> None:
            awake.append("woken")

    gate._sleepers.extend([Sleeper(), Sleeper()])
    gate.wake()
    assert awake == ["woken", "woken"]
    assert not gate._sleepers
