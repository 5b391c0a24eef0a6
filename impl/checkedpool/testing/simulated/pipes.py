"""The channels of a lane: bounded pipes with partial reads and writes, the ticket socket, what a death leaves in them.

Decides: what fits, what is read at once, what a reader makes of the end of file. Must not know: who reads or writes
why. A call pipe's reading end is the parent's too, so writing to a dead worker is no error: the pipe just stays full.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from checkedpool._core import messages
from checkedpool._core.messages import Event
from checkedpool.testing.simulated import limits, payload
from checkedpool.testing.simulated.simulated_scope import NOBODY
from checkedpool.testing.simulated.world import Lane, Stage, World, with_lane, with_task

if TYPE_CHECKING:
    from checkedpool.testing.simulated.simulated_scope import Scope

__all__ = ["adopted", "has_room", "is_readable", "put", "read", "read_tickets", "sort_back", "take", "write"]


def adopted(w: World, n: int) -> Lane:
    """The lane, if the platform has it."""
    if n >= len(w.lanes) or w.lanes[n].stage is not Stage.ADOPTED:
        raise KeyError(n)
    return w.lanes[n]


def put(pipe: bytes, data: bytes, size: int | None) -> tuple[bytes, bytes]:
    """Write: what is in the pipe then, and what did not fit."""
    room = len(data) if size is None else max(0, size - len(pipe))
    return pipe + data[:room], data[room:]


def take(pipe: bytes, chunk: int | None) -> tuple[bytes, bytes]:
    """Read once: what comes, and what stays."""
    return (pipe, b"") if chunk is None else (pipe[:chunk], pipe[chunk:])


# --- the parent's ends ------------------------------------------------------------------------------------------------


def write(scope: Scope, w: World, n: int) -> tuple[World, int]:
    """Write as much of what waits as the call pipe takes; how many frames are not wholly in it."""
    lane = w.lanes[n]
    call, out = lane.call, lane.out
    while out:
        call, rest = put(call, out[0], scope.call_pipe)
        if rest:
            out = (rest, *out[1:])
            break
        out = out[1:]
    return with_lane(w, n, lane._replace(call=call, out=out)), len(out)


def has_room(scope: Scope, lane: Lane) -> bool:
    """Whether frames wait and the pipe takes more."""
    return bool(lane.out) and (scope.call_pipe is None or len(lane.call) < scope.call_pipe)


def is_readable(lane: Lane) -> bool:
    """Whether the result pipe has something, the end of file included; a grandchild keeps that one away."""
    return bool(lane.result) or (not lane.alive and not lane.held and not lane.at_end)


def read(scope: Scope, w: World, n: int) -> tuple[World, tuple[Event, ...], bool]:
    """Read once; what the messages are that are whole now; whether there may be more."""
    lane = adopted(w, n)
    data, rest = take(lane.result, scope.chunk)
    if not data:
        return with_lane(w, n, lane._replace(at_end=not lane.alive and not lane.held)), (), False
    said, heard = payload.messages(n, lane.heard + data)
    outs = tuple([out for out in said if not isinstance(out, payload.Begun)])
    if len(outs) < len(said):
        w = limits.hear(w, n, said)
    return with_lane(w, n, lane._replace(result=rest, heard=heard)), outs, True


# --- tickets ----------------------------------------------------------------------------------------------------------


def read_tickets(w: World, n: int) -> World:
    """Under the lane's lock: read all tickets; an interrupted reader may have left some that are not sorted."""
    lane = w.lanes[n]
    if lane.stage is Stage.CLOSED:
        return w
    return with_lane(w, n, lane._replace(back=lane.back + lane.tickets, tickets=b""))


def sort_back(w: World, n: int) -> World:
    """Under the lane's lock: what was read back can be claimed again, and the manager will be told."""
    lane = w.lanes[n]
    ticketed = dict(lane.ticketed)
    for seq in lane.back:
        t = ticketed.pop(seq, NOBODY)
        if t != NOBODY:
            w = with_task(w, t, w.tasks[t]._replace(unclaimed=True))
    seqs = () if lane.stage is Stage.CLOSED else tuple(lane.back)
    return with_lane(w, n, lane._replace(back=b"", returned=lane.returned + seqs, ticketed=tuple(ticketed.items())))


def forget_tickets(lane: Lane, outs: tuple[Event, ...]) -> Lane:
    """What was answered has used up its ticket."""
    answered = {answer.seq for out in outs if isinstance(out, messages.Answered) for answer in out.answers}
    return lane._replace(ticketed=tuple(item for item in lane.ticketed if item[0] not in answered))
