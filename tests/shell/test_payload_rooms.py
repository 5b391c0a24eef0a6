"""Each combination of the rooms of the payload carries the same values there and back, as the plain pool does."""

from __future__ import annotations

import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, combinations
from typing import Any

import pytest

from checkedpool._core.tables import LEAVE
from checkedpool._fast.fitting import Room, fitted
from checkedpool._payload.pickling import HEADER, Codec, Kind
from checkedpool._pool.shared import Shared
from checkedpool._pool.worker_channels import WorkerChannels
from checkedpool._worker.worker import Worker
from checkedpool.rooms import ROOMS
from tests import limits

PAYLOAD = [room for room in ROOMS if room.name in ("pack", "memory", "pipes")]
COMBINATIONS = [*chain.from_iterable(combinations(PAYLOAD, count) for count in range(len(PAYLOAD) + 1))]
VALUES: tuple[Any, ...] = (
    None, (1, "two", b"three", 4.0), {"five": [6]}, range(7), b"e" * 300, "n" * 10_000, b"t" * 10_000, b"e" * 150_000,
    b"o" * 3_000_000, bytearray(b"t" * 3_000_000), "w" * 3_000_000, list(range(100_000)),
    [b"t" * 200_000, bytearray(b"f" * 200_000), "f" * 9],
)  # fmt: skip
LIMIT = limits.HANG


def same(value: object) -> object:
    return value


class Sides:
    """A codec, a lane and a worker with these rooms; the worker is a thread."""

    def __init__(self, rooms: tuple[Room, ...]) -> None:
        self.codec = fitted(Codec, rooms)()
        self.lane = fitted(WorkerChannels, rooms)(0, Shared())
        self.make = fitted(Worker, rooms)
        self.thread = threading.Thread(target=self._work)
        self.thread.start()
        assert self.answer() == (Kind.READY, b"")

    def _work(self) -> None:
        """A worker made in the main thread would take the interrupts of this process."""
        self.make(self.lane.worker_ends, (None, ())).work()

    def call(self, value: object) -> Any:
        """Through a call, and back as its result."""
        body = self.codec.pack_call(same, (value,), {})
        self.lane.queue([(HEADER.pack(1, Kind.CALL, len(body)), body)])
        self.lane.put_ticket(1)
        self.lane.write()
        while self.lane.unwritten:
            assert select.select([], [self.lane.call_fd], [], LIMIT)[1]
            self.lane.write()
        kind, packed = self.answer()
        assert kind in (Kind.PLAIN, Kind.VALUE)
        return self.codec.unpack(packed)

    def answer(self) -> tuple[int, Any]:
        """The next one."""
        while True:
            assert select.select([self.lane.result_fd], [], [], LIMIT)[0]
            frames = self.lane.read()
            if frames:
                ((_, kind, packed),) = frames
                return kind, packed

    def end(self) -> None:
        self.lane.put_ticket(LEAVE)
        self.thread.join(LIMIT)
        self.lane.let_go_of_worker_ends()
        self.lane.close()


@contextmanager
def sides(rooms: tuple[Room, ...]) -> Iterator[Sides]:
    made = Sides(rooms)
    try:
        yield made
    finally:
        made.end()


@pytest.mark.parametrize("rooms", COMBINATIONS, ids=lambda rooms: "+".join(room.name for room in rooms) or "plain")
def test_every_value_comes_back_equal_and_of_its_type_twice(rooms: tuple[Room, ...]) -> None:
    """The second time in memory that was used before."""
    with sides(rooms) as both:
        for value in VALUES * 2:
            found = both.call(value)
            is_same = found == value  # apart from the assertion: where `CI` is set pytest shows the whole difference
            assert is_same
            assert type(found) is type(value)
