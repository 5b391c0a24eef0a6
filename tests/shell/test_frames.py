"""Frames come out whole and in order, however the bytes of the stream were cut."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given, settings

from checkedpool._shell.frames import HEADER, Assembler, Kind, header

FRAMES = st.lists(st.tuples(st.integers(0, 255), st.sampled_from(Kind), st.binary(max_size=40)), max_size=8)


def on_the_wire(frames: list[tuple[int, Kind, bytes]]) -> bytes:
    return b"".join(header(seq, kind, body) + body for seq, kind, body in frames)


@given(frames=FRAMES, data=st.data())
@settings(deadline=None, max_examples=50)
def test_any_cut_of_the_stream_gives_the_same_frames(
    frames: list[tuple[int, Kind, bytes]], data: st.DataObject
) -> None:
    stream = on_the_wire(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    assembler = Assembler()
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += assembler.feed(stream[start:end])
    assert found == frames


@given(frames=FRAMES)
@settings(deadline=None, max_examples=50)
def test_a_frame_is_given_with_its_last_byte_and_not_before(frames: list[tuple[int, Kind, bytes]]) -> None:
    assembler = Assembler()
    ends = []
    for at, byte in enumerate(on_the_wire(frames), 1):
        ends += [at] * len(assembler.feed(bytes([byte])))
    sizes = [HEADER.size + len(body) for _, _, body in frames]
    assert ends == [sum(sizes[: count + 1]) for count in range(len(sizes))]


def test_what_was_given_is_not_kept() -> None:
    assembler = Assembler()
    body = b"x" * 1000
    assembler.feed(header(1, Kind.VALUE, body) + body + b"\x02")
    assert assembler._parts == [b"\x02"]


def test_nothing_fed_is_nothing_given() -> None:
    assert Assembler().feed(b"") == []


def test_a_length_beyond_four_bytes_can_be_said() -> None:
    assembler = Assembler()
    length = 1 << 40
    assert assembler.feed(HEADER.pack(9, Kind.VALUE, length) + b"begin") == []
    assert HEADER.unpack(HEADER.pack(9, Kind.VALUE, length)) == (9, Kind.VALUE, length)
