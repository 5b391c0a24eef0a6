"""A bounded pool's gate in every short story, every way in which a wait for a place can end, every shape of a handler.

Decides: what can happen to a gate, and what is right then, from a set and a number. Must not know: how it is done.
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial, wraps
from itertools import product
from typing import Any

import pytest

from checkedpool._pool import bounded
from checkedpool._pool.bounded import BoundedShared, Gate, Slot
from tests.behaviour.gates import Aside, eventually

SLOTS = range(3)


@pytest.mark.every("story of five steps in which three tasks take places and give them back")
def test_a_gate_has_as_many_places_as_were_said_in_every_story() -> None:
    """C-119."""
    steps = [*product(("take", "give_back"), SLOTS)]
    for most, story in product((1, 2), product(steps, repeat=5)):
        gate, slots = Gate(most, block=True), [Slot() for _ in SLOTS]
        inside: set[int] = set()
        for step, which in story:
            if step == "take":
                fits = which in inside or len(inside) < most
                assert gate.take(slots[which]) == fits, (most, story)
                inside |= {which} if fits else set()
            else:
                gate.give_back(slots[which])
                inside.discard(which)


# --- ends of a wait ---------------------------------------------------------------------------------------------------


def gives_back(shared: BoundedShared, gate: Gate, slot: Slot) -> None:
    gate.give_back(slot)


def closes(shared: BoundedShared, gate: Gate, slot: Slot) -> None:
    shared.closed = LookupError


def breaks(shared: BoundedShared, gate: Gate, slot: Slot) -> None:
    shared.broken = LookupError


WAYS = gives_back, closes, breaks


class Meanwhile(deque[Any]):
    """Those who sleep; something happens when one has come, before it looks once more."""

    happens: Callable[[], object] = staticmethod(int)

    def append(self, sleeper: Any, /) -> None:
        super().append(sleeper)
        self.happens()


@pytest.mark.every("way in which a wait for a place can end, before it, in it, and between its look and its sleep")
def test_a_wait_ends_whenever_that_comes() -> None:
    """C-121."""
    for way, when in product(WAYS, ("before", "between", "in it")):
        shared, slot, sleepers = BoundedShared(), Slot(), Meanwhile()
        gate = shared.gate = Gate(1, block=True)
        assert gate.take(slot)
        gate._sleepers = sleepers
        happens = partial(way, shared, gate, slot)
        if when == "before":
            happens()
        elif when == "between":
            sleepers.happens = happens
        waiting = Aside(gate.wait, shared.refuses)
        if when == "in it":
            eventually(partial(len, sleepers), "it waits")
            happens()
        waiting.result(2.0)
        assert shared.refuses() or gate.take(Slot()), (way, when)


# --- who may not wait -------------------------------------------------------------------------------------------------

seen: list[bool] = []


def handles(*_: object) -> None:
    seen.append(bounded.interrupts())


class Handles:
    def method(self, *_: object) -> None:
        handles()

    def __call__(self, *_: object) -> None:
        handles()

    @classmethod
    def of_class(cls, *_: object) -> None:
        handles()


@wraps(handles)
def wrapped(*_: object) -> None:
    handles()


HANDLERS: tuple[Callable[..., object], ...] = (
    handles, lambda *_: handles(), Handles().method, Handles(), Handles.of_class, wrapped, partial(handles, 1),
    partial(partial(Handles().method, 1), 2),
)  # fmt: skip


@pytest.fixture
def handler_as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGUSR1)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("handler_as_before")
@pytest.mark.every("shape of a signal handler that is written in Python")
def test_a_signal_handler_is_known_in_every_shape() -> None:
    """C-120."""
    assert not bounded.interrupts()
    for handler in HANDLERS:
        signal.signal(signal.SIGUSR1, handler)
        seen.clear()
        signal.raise_signal(signal.SIGUSR1)
        assert seen == [True], handler
        elsewhere = Aside(handles)
        elsewhere.result()
        assert seen == [True, False], "another thread is in no handler"
        assert threading.current_thread() is threading.main_thread()
