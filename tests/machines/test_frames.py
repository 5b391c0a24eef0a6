"""Frames are the same however the stream of bytes is cut, and nothing is made up when it ends in the middle."""

from __future__ import annotations

from itertools import pairwise

import hypothesis.strategies as st
from hypothesis import given, settings

from checkedpool._shell.frames import HEADER, Assembler, Kind, header

Frame = tuple[int, int, bytes]
frames = st.lists(st.tuples(st.integers(0, 255), st.sampled_from([int(kind) for kind in Kind]), st.binary(max_size=40)))


def stream_of(messages: list[Frame]) -> bytes:
    return b"".join(header(seq, Kind(kind), body) + body for seq, kind, body in messages)


def fed(stream: bytes, cuts: list[int]) -> list[Frame]:
    assembler, found = Assembler(), []
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for start, stop in pairwise(edges):
        found += assembler.feed(stream[start:stop])
    return found


@given(messages=frames, cuts=st.lists(st.integers(0, 10_000), max_size=12))
@settings(derandomize=True, database=None, deadline=None)
def test_any_cut_of_the_stream_gives_the_same_frames(messages: list[Frame], cuts: list[int]) -> None:
    assert fed(stream_of(messages), cuts) == messages


@given(messages=frames)
@settings(derandomize=True, database=None, deadline=None, max_examples=30)
def test_the_stream_may_come_byte_by_byte(messages: list[Frame]) -> None:
    stream = stream_of(messages)
    assert fed(stream, list(range(len(stream)))) == messages


@given(messages=frames, kept=st.integers(0, 10_000))
@settings(derandomize=True, database=None, deadline=None)
def test_a_stream_that_ends_in_the_middle_gives_the_frames_before(messages: list[Frame], kept: int) -> None:
    stream = stream_of(messages)
    found = fed(stream[: kept % (len(stream) + 1)], [])
    assert found == messages[: len(found)]
    assert len(found) <= len(messages)


def test_a_frame_is_given_out_as_soon_as_it_is_whole() -> None:
    assembler = Assembler()
    stream = stream_of([(1, Kind.PLAIN, b"abc"), (2, Kind.VALUE, b"")])
    first = HEADER.size + 3
    assert assembler.feed(stream[: first - 1]) == []
    assert assembler.feed(stream[first - 1 : first]) == [(1, Kind.PLAIN, b"abc")]
    assert assembler.feed(stream[first:]) == [(2, Kind.VALUE, b"")]


def test_an_empty_body_is_a_frame() -> None:
    assert Assembler().feed(header(9, Kind.READY, b"")) == [(9, Kind.READY, b"")]


def test_nothing_is_kept_of_frames_that_were_given_out() -> None:
    assembler = Assembler()
    assembler.feed(stream_of([(1, Kind.CALL, b"x" * 1000)] * 50))
    assert not assembler._data


def test_a_body_is_a_value_of_its_own() -> None:
    """It must not change when more bytes come."""
    assembler = Assembler()
    ((_, _, body),) = assembler.feed(stream_of([(1, Kind.CALL, b"first")]))
    assembler.feed(stream_of([(2, Kind.CALL, b"other")]))
    assert type(body) is bytes
    assert body == b"first"


def test_a_number_and_a_length_have_room_in_the_header() -> None:
    assert header(255, Kind.CALL, b"")[0] == 255
    assert HEADER.unpack(HEADER.pack(255, 5, 1 << 40)) == (255, 5, 1 << 40)
