"""Anonymous memory is used again: never while anybody waits for it or reads it, never too much, the last first."""

from __future__ import annotations

import mmap
import os
import stat
from collections import deque
from pickle import PickleBuffer
from typing import Any

import pytest

from checkedpool._fast import memory, payload
from checkedpool._fast import memory_files as files
from checkedpool._fast.memory import Memory, Piece, Store
from checkedpool._fast.payload import LARGE
from checkedpool._os import system
from tests.shell.carriers import BIG, Block, Carrier

pytestmark = pytest.mark.usefixtures("counted_process")


def check_that_what_is_read_is_not_written(carrier: Carrier) -> None:
    value = b"1" * BIG
    kept = carrier.unpack(carrier.carry(carrier.pack(Block(value))))
    for number in range(2, 6):
        carrier.pack(Block(str(number).encode() * BIG))
    unchanged = bytes(kept) == value  # apart from the assertion: where `CI` is set pytest shows the whole difference
    assert unchanged
    waiting = carrier.pack(Block(b"6" * BIG))
    carrier.pack(Block(b"7" * BIG))
    unchanged = bytes(carrier.unpack(carrier.carry(waiting))) == b"6" * BIG
    assert unchanged


def test_memory_is_not_written_while_anybody_waits_for_it_or_has_an_object_in_it(carrier: Carrier) -> None:
    check_that_what_is_read_is_not_written(carrier)


def test_memory_that_is_written_too_early_would_be_found(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "is_unread", lambda _: True)
    with pytest.raises(AssertionError):
        check_that_what_is_read_is_not_written(carrier)


def test_memory_that_nobody_reads_is_used_again(carrier: Carrier) -> None:
    kept = carrier.round(Block(b"1" * BIG))
    (piece,) = carrier.store._kept
    assert not files.is_unread(piece.file)
    del kept
    assert files.is_unread(piece.file)
    for number, size in ((2, BIG), (3, BIG // 2), (4, BIG), (5, 3 * BIG), (6, 2 * BIG)):  # written over, and grown
        assert carrier.round([bytes([number]) * 9, Block(bytes([number]) * size)])[1] == bytes([number]) * size
        assert list(carrier.store._kept) == [piece]
    assert piece.size > 3 * BIG


def test_what_is_there_is_written_over_through_a_mapping(carrier: Carrier) -> None:
    for number in 1, 2:
        carrier.round(Block(bytes([number]) * BIG))
    (piece,) = carrier.store._kept
    assert (piece._view is not None) == files.can_map(look=True)


def test_what_was_used_last_is_used_first_and_what_is_read_stays_where_it_is(carrier: Carrier) -> None:
    """Its pages may be in the caches still."""
    store, objects = carrier.store, [carrier.round(Block(bytes([number]) * BIG)) for number in range(4)]
    first, second, third, fourth = store._kept
    objects[1] = objects[2] = None
    assert carrier.round(Block(b"5" * BIG)) == b"5" * BIG
    assert list(store._kept) == [first, second, fourth, third]
    assert [bytes(kept[:1]) for kept in (objects[0], objects[3])] == [b"\x00", b"\x03"]


def test_buffers_that_are_read_arrive_as_mapped_ones_do_and_their_memory_is_free_at_once(carrier: Carrier) -> None:
    carrier.copied = 4 * BIG
    packed = carrier.pack([Block(b"x" * BIG), b"small", Block(b"y" * LARGE), PickleBuffer(b"z" * BIG)])
    first, second = (carrier.unpack(carrier.carry(packed)) for _ in range(2))
    assert [memoryview(value).readonly for value in first] == [False, True, False, True]
    first[0][:5] = b"wrote"
    assert all(map(bytes.__eq__, map(bytes, second), (b"x" * BIG, b"small", b"y" * LARGE, b"z" * BIG)))
    del packed
    assert files.is_unread(carrier.store._kept[0].file) is (memory.FILES > 0)  # else they are mapped all the same


def test_more_than_that_is_mapped(carrier: Carrier) -> None:
    carrier.copied = BIG
    kept = carrier.round(Block(b"x" * BIG))
    assert (kept[0], files.is_unread(carrier.store._kept[0].file)) == (120, False)


def test_memory_that_is_too_short_costs_its_own_task(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    carrier.copied = 4 * BIG
    monkeypatch.setattr(memory, "FILES", 64)
    body = carrier.carry(carrier.pack(Block(b"x" * BIG)))
    os.ftruncate(carrier.store._kept[0].fileno(), BIG)
    with pytest.raises(OSError, match="short"):
        carrier.unpack(body)


def test_a_megabyte_in_memory_counts_eight_times_among_what_waits(carrier: Carrier) -> None:
    packed = carrier.pack(Block(b"x" * BIG))
    assert carrier.codec.weight(packed) == 8 * len(packed)


def test_an_object_in_a_process_that_was_forked_and_killed_holds_memory_as_long_as_that_lives(carrier: Carrier) -> None:
    kept = carrier.round(Block(b"1" * BIG))
    (piece,) = carrier.store._kept
    file = piece.file
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    del kept
    held = not files.is_unread(file)
    os.close(writer)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    assert held
    assert files.is_unread(file)


def test_no_more_is_kept_than_may_be_and_nothing_once_it_is_closed(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "KEPT", 2 * (BIG + mmap.PAGESIZE) + 100)
    waiting = [carrier.pack(Block(bytes(BIG))) for _ in range(4)]
    assert all(isinstance(packed, Memory) for packed in waiting)
    assert not carrier.store._kept  # what waits is not looked at
    pieces = [packed._piece for packed in waiting if isinstance(packed, Memory)]
    while waiting:
        del waiting[0]
    assert list(carrier.store._kept) == pieces[2:]  # those used last
    del pieces
    carrier.store.close()
    assert isinstance(carrier.pack(Block(bytes(BIG))), Memory)
    assert not carrier.store._kept


class Overtaken(deque[Any]):
    """Another thread takes all of it, just before this one takes something off its end."""

    def popleft(self) -> Any:
        self.clear()
        return super().popleft()


def test_memory_may_be_taken_for_the_next_call_while_another_thread_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "KEPT", BIG + mmap.PAGESIZE)
    store = Store(4)
    store._kept = Overtaken()
    for piece in (Piece(files.memory()[0]) for _ in range(2)):
        piece.size = BIG
        store._keep(piece)  # from a finalizer, which must not raise
    assert not store._kept


def test_memory_that_lies_at_a_path_for_a_moment_is_its_owners_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MEMFD", None)
    both = files.memory()
    try:
        assert stat.S_IMODE(os.fstat(both[0].fileno()).st_mode) == 0o600
    finally:
        system.close(both)


def test_pages_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(payload, "_asked", [0])
    monkeypatch.setattr(payload, "bytes", asked.append, raising=False)
    for _ in range(2):
        payload.keep_pages(payload.MOST_KEPT)
    assert asked == [payload.MOST_KEPT]
