"""Pipes hold more once large frames are on their way, in the first lanes of a pool: a user's pipes are bounded."""

from __future__ import annotations

import sys
from contextlib import closing

import pytest

from checkedpool._fast.parents_side import WIDTH
from checkedpool._os import system
from checkedpool._payload.pickling import READ_SIZE, Kind, header
from tests.shell.lanes import LaneAndWorker

if system.PORTABLE or sys.platform != "linux":
    pytest.skip("no pipes that can be widened", allow_module_level=True)

import fcntl

NARROW, BIG = 1 << 16, 300_000


@pytest.mark.parametrize(("number", "size"), [(0, WIDTH), (7, WIDTH), (8, NARROW)])
@pytest.mark.parametrize("way", ["call", "result"])
def test_the_first_lanes_get_wider_pipes_when_a_large_frame_comes_and_not_before(
    number: int, size: int, way: str
) -> None:
    with closing(LaneAndWorker(number)) as both:
        pipes = both.lane.call_end, both.lane._result
        small = header(1, Kind.VALUE, b"s") + b"s"
        both.lane.queue([(b"", small)])
        both.lane.write()
        both.say(small)
        assert both.lane.read() == [(1, Kind.VALUE, b"s")]
        assert [fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ) for pipe in pipes] == [NARROW] * 2
        body = bytes(BIG)
        if way == "call":
            both.lane.queue([(header(2, Kind.CALL, body), body)])
            both.lane.write()
        else:
            both.say((header(2, Kind.VALUE, body) + body)[:NARROW])
            assert both.lane.read() == []
        assert [fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ) for pipe in pipes] == [size] * 2


@pytest.mark.parametrize(("number", "size"), [(0, WIDTH), (8, READ_SIZE)])
def test_only_of_a_wider_pipe_is_more_read_at_once(number: int, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    with closing(LaneAndWorker(number)) as both:
        get = both.lane._get

        def noting(most: int) -> bytes:
            asked.append(most)
            return get(most)

        monkeypatch.setattr(both.lane, "_get", noting)
        assert both.lane.read() is None
        body = bytes(BIG)
        both.lane.queue([(header(2, Kind.CALL, body), body)])
        both.lane.write()
        assert both.lane.read() is None
    assert asked == [READ_SIZE, size]
