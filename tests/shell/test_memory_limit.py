"""What a worker whose memory is limited does around a call, in this process."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from checkedpool._core.tables import MARK
from checkedpool._os import resident_memory
from checkedpool._payload.pickling import Kind
from checkedpool._worker import memory_limit, worker

LITTLE, MUCH = 1, 1 << 50


class FakeWorker:
    """What of a worker is looked at."""

    def __init__(self, ticket: int = 1) -> None:
        self.machine = SimpleNamespace(ticket=ticket)
        self.does = {"at": "work"}
        self.interrupts = SimpleNamespace(open=True)
        self.message: tuple[Kind, bytes] = Kind.PLAIN, b""
        self.said: list[tuple[Kind, bool]] = []

    def answer_to(self, *call: Any) -> Any:
        assert self.interrupts.open
        if call == ("raise",):
            raise LookupError
        return call

    def _say(self) -> None:
        self.said.append((self.message[0], self.interrupts.open))


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> Any:
    one = FakeWorker()
    monkeypatch.setattr(worker, "at_work", [one])
    return one


def test_it_says_that_it_has_too_much_after_the_call_and_no_interruption_reaches_that(one: Any) -> None:
    """C-151."""
    memory_limit.limit_memory(LITTLE)
    assert one.answer_to("call", 2) == ("call", 2)
    assert one.said == [(Kind.FILLED, False)]


def test_it_says_so_whatever_came_of_the_call(one: Any) -> None:
    """C-151."""
    memory_limit.limit_memory(LITTLE)
    with pytest.raises(LookupError):
        one.answer_to("raise")
    assert one.said == [(Kind.FILLED, False)]


def test_it_says_nothing_of_less(one: Any) -> None:
    """C-151."""
    memory_limit.limit_memory(MUCH)
    assert one.answer_to("call") == ("call",)
    assert one.said == []


def test_neither_a_child_of_a_task_nor_a_marked_frame_says_anything(one: Any) -> None:
    """C-151, C-01."""
    memory_limit.limit_memory(LITTLE)
    one.machine.ticket = MARK
    one.answer_to("call")
    one.machine.ticket = 1
    one.interrupts.open = True
    one.does.clear()
    one.answer_to("call")
    assert one.said == []


@pytest.mark.parametrize("error", [OSError, MemoryError])
def test_who_cannot_look_stays(one: Any, error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    """C-151: and the task has its own outcome."""

    def fail() -> int:
        raise error

    monkeypatch.setattr(resident_memory, "resident_memory", fail)
    memory_limit.limit_memory(LITTLE)
    assert one.answer_to("call") == ("call",)
    assert one.said == []
