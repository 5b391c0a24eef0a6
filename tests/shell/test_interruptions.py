"""A canceller that a signal throws out while it reads tickets back loses none: the next to come finds them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from types import FrameType, FunctionType
from typing import Any

import pytest

from checkedpool._shell import channels
from checkedpool._shell.lane import LaneChannels
from tests.shell.lanes import LaneAndWorker


def interrupted_at(line: int, function: Callable[[], object]) -> bool:
    """Call; a KeyboardInterrupt comes at so many lines of the lane's private methods. False: it ended before that."""
    left = line
    watched = [
        member.__code__
        for name, member in vars(LaneChannels).items()
        if name.startswith("_") and isinstance(member, FunctionType)
    ]

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        if frame.f_code not in watched:
            return None
        if event == "line":
            left -= 1
            if not left:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


def test_a_cancel_interrupted_at_any_line_of_the_read_back_loses_no_ticket_and_no_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("checkedpool._shell.lane.TICKETS", 4)  # fewer lines to go through
    line = 1
    interrupted = True
    while interrupted:
        with closing(LaneAndWorker()) as both:
            future = both.send(2, 11)
            both.offer(10, 12)
            both.lane.issue(((1, 10), (2, 11), (3, 12)))
            interrupted = interrupted_at(line, future.cancel)
            assert interrupted or future.cancelled()
            seqs = both.lane.take_back()
            assert seqs is not None
            assert set(seqs) == {1, 2, 3}, line
            assert set(both.shared.unclaimed) == ({10, 11, 12} if interrupted else {10, 12}), line
            assert both.lane.take_back() == ()
        line += 1
    assert line > 20


def test_a_cancel_interrupted_after_it_has_told_the_waiters_calls_the_callbacks(both: LaneAndWorker) -> None:
    def ring() -> None:
        raise KeyboardInterrupt

    future = both.send(2, 11)
    called: list[object] = []
    future.add_done_callback(called.append)
    both.shared.ring = ring  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        future.cancel()
    assert future.cancelled()
    assert called == [future]


def test_leftovers_of_an_interrupted_read_back_come_back_wherever_they_lie(both: LaneAndWorker) -> None:
    both.offer(10, 11)
    both.lane.issue(((5, 10), (6, 11)))
    channels.take_waiting(both.lane._tickets, both.lane._back)
    both.lane._back[:2] = b"\x00\x00"
    both.lane._back[7], both.lane._back[200] = 6, 5
    assert both.lane.take_back() == (6, 5)
    assert set(both.shared.unclaimed) == {10, 11}


def test_leftovers_of_an_interrupted_read_back_do_not_hide_tickets_that_are_still_out(both: LaneAndWorker) -> None:
    both.offer(10)
    future = both.send(6, 11)
    both.lane.issue(((5, 10), (6, 11)))
    channels.take_waiting(both.lane._tickets, both.lane._back)
    both.lane._back[1] = 0  # as if only the first had been read
    both.lane._issue.send(bytes((6,)))
    assert future.cancel()
    assert both.lane.take_back() == (5, 6)


def test_no_ticket_goes_out_before_those_that_were_read_back_have_been_taken(both: LaneAndWorker) -> None:
    both.offer(10, 11)
    both.lane.issue(((5, 10),))
    channels.take_waiting(both.lane._tickets, both.lane._back)
    assert both.lane.issue(((6, 11),)) is None
    assert both.lane.take_back() == (5,)
    assert both.lane.issue(((6, 11),)) == []
