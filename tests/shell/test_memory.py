"""Anonymous memory: private to each receiver, never written again while anybody reads it, nothing left of it."""

from __future__ import annotations

import errno
import gc
import mmap
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from pickle import PickleBuffer
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from checkedpool._fast import memory
from checkedpool._fast import memory_files as files
from checkedpool._fast.memory import Layout, Memory, MemoryCodec
from checkedpool._os import system
from checkedpool._os.system import File
from checkedpool._payload.pickling import HEADER, Kind
from tests import leaks
from tests.shell import usercode
from tests.shell.carriers import BIG, Block, Carrier, fast_codec
from tests.shell.interruptions import interrupted_after

pytestmark = pytest.mark.usefixtures("counted_process")


# --- what arrives -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        bytes(range(256)) * 4096,
        bytearray(b"x" * BIG),
        "s" * BIG,
        [b"a" * BIG, {"b": bytearray(b"c" * BIG)}, "d" * BIG],
        list(range(100_000)),
        (1, b"small"),
    ],
    ids=["bytes", "bytearray", "str", "nested", "no large part", "small"],
)
def test_what_arrives_is_equal_and_of_the_same_types(carrier: Carrier, value: object) -> None:
    found = carrier.round(value)
    assert (type(found), found) == (type(value), value)


def test_a_stream_that_is_longer_than_its_buffer_arrives_whole(carrier: Carrier) -> None:
    numbers, block = list(range(BIG)), Block(b"1" * (BIG // 3))
    assert carrier.round([numbers, block]) == [numbers, block]


def test_a_small_buffer_is_written_where_it_stands(carrier: Carrier) -> None:
    blocks = [Block(b"12"), Block(b"3" * BIG)]
    assert carrier.round(blocks) == blocks
    assert carrier.round(blocks[:1]) == blocks[:1]


def test_a_pickle_that_is_made_already_lies_in_memory_if_that_can_be_had(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pickle.dumps(b"1" * BIG)
    put = carrier.codec.put(made)
    assert isinstance(put, Memory)
    assert carrier.unpack(carrier.carry(put)) == b"1" * BIG
    monkeypatch.setattr(carrier.store, "hold", lambda *_: None)
    assert carrier.codec.put(made) is made


def test_a_buffer_arrives_writable_and_one_that_is_read_only_stays_so(carrier: Carrier) -> None:
    first, second = carrier.round([Block(b"x" * BIG), PickleBuffer(b"y" * BIG)])
    first[0] = 1
    assert not first.readonly
    assert bytes(first[1:]) == b"x" * (BIG - 1)
    assert memoryview(second).readonly
    assert bytes(second) == b"y" * BIG


@given(sizes=st.lists(st.integers(1, 1 << 20), min_size=1, max_size=6))
@settings(deadline=None, max_examples=50)
def test_a_layout_is_read_as_it_was_written_and_its_parts_do_not_overlap(sizes: list[int]) -> None:
    layout = Layout(sizes)
    found, at = Layout.load(layout.dump() + b"rest")
    assert (found.sizes, found.buffers, found.size) == (layout.sizes, layout.buffers, layout.size)
    assert layout.dump() + b"rest" == layout.dump()[:at] + b"rest"
    end = sizes[0]
    for start, size in layout.buffers:
        assert start >= end
        end = start + size
    assert layout.size == end


def test_a_bytearray_that_changes_its_size_meanwhile_is_pickled_once_more(carrier: Carrier) -> None:
    changing = bytearray(b"x" * BIG)

    class Changes:
        def __reduce__(self) -> tuple[Any, ...]:
            changing.append(1)
            return int, ()

    found = carrier.round([changing, Changes()])
    assert found == [bytearray(b"x" * BIG) + b"\x01", 0]


# --- private ----------------------------------------------------------------------------------------------------------


def two_views(carrier: Carrier) -> tuple[memoryview, memoryview]:
    """One pickle, received twice."""
    packed = carrier.pack(Block(b"x" * BIG))
    return carrier.unpack(carrier.carry(packed)), carrier.unpack(carrier.carry(packed))


def check_that_it_is_private(carrier: Carrier) -> None:
    first, second = two_views(carrier)
    first[:5] = b"wrote"
    assert bytes(second[:5]) == b"xxxxx"


def test_what_one_receiver_writes_the_other_does_not_see(carrier: Carrier) -> None:
    check_that_it_is_private(carrier)


def test_a_shared_mapping_would_be_found(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    def shared(file: File, start: int, size: int) -> memoryview:
        return memoryview(mmap.mmap(file.fileno(), size, mmap.MAP_SHARED, offset=start))

    monkeypatch.setattr(files, "private_view", shared)
    check_that_it_is_private(carrier)  # the receiver's file is for reading only, and cannot be mapped so
    monkeypatch.setattr(files, "new_reader", lambda file: iter([File(os.dup(file.fileno()), "r+b")]))
    with pytest.raises(AssertionError):
        check_that_it_is_private(carrier)


# --- where it cannot be had -------------------------------------------------------------------------------------------


def test_more_than_may_be_in_use_is_pickled_as_bytes(carrier: Carrier) -> None:
    waiting = [carrier.pack(Block(bytes(BIG))) for _ in range(20)]
    assert [isinstance(packed, Memory) for packed in waiting] == [True] * 16 + [False] * 4
    del waiting[0]
    assert isinstance(carrier.pack(Block(bytes(BIG))), Memory)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOSPC, errno.ENOMEM])
@pytest.mark.parametrize("where", ["new_memory", "new_reader", "locked"])
def test_an_error_of_the_system_makes_it_bytes(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch, number: int, where: str
) -> None:
    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files, where, fails)
    assert carrier.round(Block(b"x" * BIG)) == b"x" * BIG


def test_a_descriptor_that_cannot_be_sent_goes_as_all_the_bytes_through_the_pipe(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(errno.ETOOMANYREFS, "too many on their way")

    monkeypatch.setattr(files, "send_descriptor", fails)
    first, second = carrier.round([Block(b"x" * BIG), b"y" * BIG])
    first[0] = 1
    assert second == b"y" * BIG


def test_so_it_does_if_there_is_no_room_for_a_mapping_either(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "too many open files")

    packed = carrier.pack([Block(b"x" * BIG), b"y" * BIG])
    monkeypatch.setattr(files, "send_descriptor", fails)
    monkeypatch.setattr(mmap, "mmap", fails)
    assert carrier.unpack(carrier.carry(packed)) == [b"x" * BIG, b"y" * BIG]


def test_a_socket_that_takes_no_more_makes_it_bytes_without_waiting(carrier: Carrier) -> None:
    carrier.ours.settimeout(0)
    packed = carrier.pack(Block(b"x" * BIG))
    assert isinstance(packed, Memory)
    head = HEADER.pack(7, Kind.VALUE, len(packed))
    for _ in range(10_000):
        if len(memory.sent(carrier.ours, head, packed)) > 1:
            return
    pytest.fail("a socket without a bound")


def test_a_descriptor_for_which_there_is_no_room_costs_its_own_task(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    packed = carrier.pack(Block(b"x" * BIG))
    monkeypatch.setattr(files, "SPACE", 0)
    body = carrier.carry(packed)
    with pytest.raises(OSError, match="ulimit"):
        carrier.unpack(body)


def check_rounds_of_many_sizes(carrier: Carrier) -> None:
    """Memory that is written again is larger, smaller, and larger than it ever was."""
    for number, size in enumerate((BIG, BIG // 2, 3 * BIG, BIG, 4 * BIG)):
        first, second = carrier.round([Block(bytes([number]) * size), Block(bytes([number + 1]) * BIG)])
        assert bytes(first) == bytes([number]) * size
        first[0] = second[0] = 99
        assert bytes(second[1:]) == bytes([number + 1]) * (BIG - 1)


def test_where_nothing_can_be_mapped_it_is_written_and_read(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "can_map", lambda *, look: look is None)
    check_rounds_of_many_sizes(carrier)
    assert len(carrier.store._kept) == 1


def test_a_mapping_that_the_kernel_refuses_is_read(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.ENOMEM, "65,530 of them")

    monkeypatch.setattr(files, "private_view", refused)
    check_rounds_of_many_sizes(carrier)


def test_what_can_be_had_neither_way_at_once_waits_in_its_file(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    packed = carrier.pack(Block(b"x" * BIG))
    with monkeypatch.context() as patched:
        patched.setattr(memory, "FILES", 0)
        patched.setattr(memory, "_content", full)
        body = carrier.carry(packed)
    assert carrier.unpack(body) == b"x" * BIG


before_313 = pytest.mark.skipif(sys.version_info >= (3, 13), reason="a mapping needs no ctypes from 3.13 on")


@before_313
def test_ctypes_is_looked_for_where_it_may_be_imported_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_over", [])
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "ctypes", None)
        assert not files.can_map(look=False)
        assert files._over == []
        assert not files.can_map(look=True)
        assert files._over == [None]
    assert not files.can_map(look=True)


@before_313
@pytest.mark.parametrize("error", [RecursionError, MemoryError])
def test_a_stack_that_is_too_deep_to_look_for_it_is_so_for_once(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    monkeypatch.setattr(files, "_over", [])
    with monkeypatch.context() as patched:
        patched.setattr(files, "_map_over", lambda: usercode.raise_it(error()))
        assert not files.can_map(look=True)
    assert files.can_map(look=True)
    assert files.can_map(look=False)


def test_memory_of_another_frame_is_refused(carrier: Carrier) -> None:
    packed = carrier.pack(Block(b"x" * BIG))
    assert isinstance(packed, Memory)
    (part,) = memory.sent(carrier.ours, HEADER.pack(8, Kind.VALUE, 0), packed)
    with pytest.raises(RuntimeError, match="frame 9 came with the memory of frame 8"):
        carrier.assembler().feed(bytes((9,)) + bytes(part[1:]))


def test_a_temporary_file_that_is_unlinked_serves_as_well(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MEMFD", None)
    before = leaks.take()
    check_that_it_is_private(carrier)
    packed = carrier.pack(Block(b"x" * BIG))
    assert isinstance(packed, Memory)
    assert "(deleted)" in str(Path(f"/proc/self/fd/{packed.fileno()}").readlink())
    assert not carrier.store._kept
    del packed
    gc.collect()
    assert leaks.differences(before, leaks.take()) == []


def test_the_portable_kind_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "PORTABLE", True)
    assert MemoryCodec().store is None
    assert files.sockets() is None


# --- nothing is left --------------------------------------------------------------------------------------------------


def test_a_submitter_interrupted_anywhere_leaves_no_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever Ctrl-C comes while a call is put into memory, or its memory is given back."""
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)  # pytest's keeps what it hears of, and all in its frames
    codec = fast_codec(16)
    value = Block(b"x" * BIG)
    codec.pack(value)
    before = leaks.take()

    def run(count: int, function: Callable[[], object]) -> bool:
        with suppress(KeyboardInterrupt):
            return interrupted_after(count, function)
        return True

    count = 1
    while run(count, lambda: codec.pack(value)):
        gc.collect()
        count += 1
    codec.close()
    gc.collect()
    assert leaks.differences(before, leaks.take()) == []
    assert not codec.store._in_use
    assert count > 50
