"""Frames come out whole and in order, however the bytes of the stream were cut."""

from __future__ import annotations

import io
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from checkedpool._fast.pipes import WIDE, WIDEST, FillingAssembler
from checkedpool._payload.pickling import HEADER, Assembler, Kind, header

FRAMES = st.lists(st.tuples(st.integers(0, 255), st.sampled_from(tuple(Kind)), st.binary(max_size=40)), max_size=8)


BOTH = pytest.mark.parametrize("kind_of", [Assembler, FillingAssembler])


def on_the_wire(frames: list[tuple[int, Kind, bytes]]) -> bytes:
    return b"".join(header(seq, kind, body) + body for seq, kind, body in frames)


@BOTH
@given(frames=FRAMES, data=st.data())
@settings(deadline=None, max_examples=50)
def test_any_cut_of_the_stream_gives_the_same_frames(
    kind_of: type[Assembler], frames: list[tuple[int, Kind, bytes]], data: st.DataObject
) -> None:
    stream = on_the_wire(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    assembler = kind_of()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += assembler.feed(stream[start:end])
    assert found == frames


@BOTH
@given(frames=FRAMES)
@settings(deadline=None, max_examples=50)
def test_a_frame_is_given_with_its_last_byte_and_not_before(
    kind_of: type[Assembler], frames: list[tuple[int, Kind, bytes]]
) -> None:
    assembler = kind_of()
    ends = []
    for at, byte in enumerate(on_the_wire(frames), 1):
        ends += [at] * len(assembler.feed(bytes([byte])))
    sizes = [HEADER.size + len(body) for _, _, body in frames]
    assert ends == [sum(sizes[: count + 1]) for count in range(len(sizes))]


@BOTH
def test_what_was_given_is_not_kept(kind_of: type[Assembler]) -> None:
    assembler: Any = kind_of()
    body = b"x" * 1000
    assembler.feed(header(1, Kind.VALUE, body) + body + b"\x02")
    kept = b"".join(assembler._parts) if kind_of is FillingAssembler else assembler._data
    assert kept == b"\x02"


@BOTH
def test_nothing_fed_is_nothing_given(kind_of: type[Assembler]) -> None:
    assert kind_of().feed(b"") == []


@BOTH
def test_a_length_beyond_four_bytes_can_be_said(kind_of: type[Assembler]) -> None:
    assembler = kind_of()
    length = 1 << 40
    assert assembler.feed(HEADER.pack(9, Kind.VALUE, length) + b"begin") == []
    assert HEADER.unpack(HEADER.pack(9, Kind.VALUE, length)) == (9, Kind.VALUE, length)


@pytest.mark.parametrize("size", [WIDE - 1, WIDE, WIDE + 1, 3 * WIDE])
@pytest.mark.parametrize("fed", [HEADER.size - 1, HEADER.size, HEADER.size + 1, WIDE])
@pytest.mark.parametrize("step", [1000, WIDE, 4 * WIDE])
def test_a_wide_frame_may_be_read_into_its_place(size: int, fed: int, step: int) -> None:
    frames = [(1, Kind.VALUE, b"a" * size), (2, Kind.CALL, b"b" * size), (3, Kind.READY, b"")]
    stream, assembler, found = on_the_wire(frames), FillingAssembler(), list[tuple[int, int, Any]]()
    reads = io.BytesIO(stream)
    while True:
        room = assembler.room
        if room is None:
            data = reads.read(fed)
            if not data:
                break
            found += assembler.feed(data)
        else:
            found += assembler.filled(reads.readinto(room[:step]))
    assert [(seq, kind, bytes(body)) for seq, kind, body in found] == frames


def test_what_is_fed_where_there_is_room_goes_there_and_no_further() -> None:
    frames = [(1, Kind.VALUE, b"a" * 2 * WIDE), (2, Kind.CALL, b"b" * 2 * WIDE), (3, Kind.READY, b"")]
    stream, assembler = on_the_wire(frames), FillingAssembler()
    assert assembler.feed(stream[:WIDE]) == []
    assert assembler.room is not None
    assert assembler.feed(stream[WIDE:]) == frames
    assert assembler.room is None


def test_no_room_is_taken_for_what_only_a_header_says_is_huge() -> None:
    assembler = FillingAssembler()
    assembler.feed(HEADER.pack(9, Kind.VALUE, WIDEST + WIDE) + b"begin")
    assert assembler.room is None
