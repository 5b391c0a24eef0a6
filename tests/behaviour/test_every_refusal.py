"""The system refuses what a trace or memory needs, the first time, the second time and so on: no task minds.

Decides: which calls of the system there are, when they are refused. Must not know: what is done instead.
"""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool._fast import memory_files
from checkedpool._trace import trace_log
from tests.behaviour import tasks
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import methods, not_portable, ours_only, with_room

if TYPE_CHECKING:
    from tests.behaviour.conftest import Pools

SIZE = 1 << 20
TIMES = 4
"""Calls of each kind that memory needs in each process in these runs are fewer."""


class Refused:
    """A call of the system that is refused once, at its so manieth time in each process."""

    def __init__(self, call: Callable[..., Any], at: int, instead: Callable[..., Any]) -> None:
        self.call, self.left, self.instead = call, at, instead

    def __call__(self, *args: Any, **named: Any) -> Any:
        self.left -= 1
        return (self.instead if self.left == -1 else self.call)(*args, **named)


def refuses(*_: object, **__: object) -> Any:
    """There is no room."""
    raise OSError(errno.ENOSPC, "no room")


def writes_half(file: int, data: bytes) -> int:
    """There is room for some of it."""
    return os.write(file, data[: len(data) // 2])


HOW: dict[str, tuple[str, Callable[..., Any]]] = {
    "write": ("write", refuses),
    "half a write": ("write", writes_half),
    "open": ("open", refuses),
}


@methods("fork")
@ours_only("new: a trace")
@pytest.mark.every("call of the system by which a trace is written")
@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("how", HOW)
def test_each_call_that_writes_a_trace_may_be_refused_and_no_task_minds(
    pools: Pools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """C-100."""
    name, instead = HOW[how]
    for at in itertools.count(
        how != "half a write"
    ):  # who makes the first call is the executor: its caller hears of it
        refused = Refused(getattr(os, name), at, instead)
        monkeypatch.setattr(trace_log, "os", SimpleNamespace(**{**vars(os), name: refused}))
        with pools.kind.make(1, trace=tmp_path / f"{how} {at}") as pool:
            futures = [pool.submit(tasks.double, number) for number in range(2)]
            assert [future.result(LIMIT) for future in futures] == [0, 2], at
            assert isinstance(pool.submit(tasks.raise_it, KeyError(1)).exception(LIMIT), KeyError)
        if refused.left >= 0:  # each call of the parent was refused once; its worker makes fewer
            break


@methods("fork")
@not_portable("large values take the channels")
@with_room("memory", "large values take the pipes")
@ours_only("new: large buffers travel in anonymous memory")
@pytest.mark.every("call of the system by which memory is had")
@pytest.mark.parametrize("name", ["MEMFD", "new_reader", "locked", "is_unread", "shared_view", "private_view"])
def test_each_call_that_gets_memory_may_be_refused_and_no_task_minds(
    pools: Pools, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """C-102."""
    values: list[Any] = [bytes(SIZE), bytearray(b"x" * SIZE), [bytearray(SIZE)], bytes(SIZE)]
    for at in range(TIMES):
        monkeypatch.setattr(memory_files, name, Refused(getattr(memory_files, name), at, refuses))
        with pools.kind.make(1) as pool:
            for value in values:
                assert pool.submit(tasks.identity, value).result(LIMIT) == value
        monkeypatch.undo()
