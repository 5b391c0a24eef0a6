"""A worker's rounds beside the parent that sends, issues, takes back and lets it leave, and beside its death."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

from checkedpool._core.tables import LEAVE
from checkedpool._fast.fitting import Room
from checkedpool._payload.pickling import Kind, header
from tests.checks.interleavings.actors import EVERYTHING
from tests.checks.interleavings.explore import Make, World
from tests.checks.interleavings.scope import Scope
from tests.checks.interleavings.shared import stage
from tests.checks.interleavings.world import announcing_pool
from tests.checks.size import Size

Part = Callable[[Any], object]


def ran_here(number: int) -> int:
    """The task."""
    stage().touch(f"runs task {number}", 0, 0, system=True)
    stage().system.ran.append(number)
    return number


def sends(number: int, lane: Any) -> None:
    """A frame, whole; and the task can be claimed."""
    body = pickle.dumps((ran_here, (number,), {}))
    lane.shared.unclaimed[number] = None
    lane.queue([(header(number, Kind.CALL, body), body)])
    lane.write()


def issues(number: int, lane: Any) -> object:
    gone = lane.issue(((number, number),))
    return gone if gone is None else tuple(gone)


def revokes(lane: Any) -> object:
    return lane.revoke()


def lets_leave(lane: Any) -> None:
    lane.put_ticket(LEAVE)


def ends(lane: Any) -> None:
    """The parent's end of the tickets and of the frames, as a process that has ended leaves them."""
    stage().touch("ends", 0, EVERYTHING, system=True)
    lane.ticket_end.pipe.closed = lane.call_end.pipe.closed = True


def dies(lane: Any) -> None:
    """SIGKILL, whatever it is about to do."""
    stage().touch("kills the worker", 0, EVERYTHING, system=True)
    (worker,) = (actor for actor in stage().actors if actor.name == "worker")
    if not worker.over:
        stage().kill(worker)
        lane.worker_ends.result.pipe.closed = lane.worker_ends.call.pipe.deaf = True


def deaf(lane: Any) -> None:
    """Nobody reads answers any more."""
    stage().touch("reads no more", 0, EVERYTHING, system=True)
    lane._result.pipe.deaf = True


def parent(*parts: Part, beside: Sequence[Part] = ()) -> Callable[[tuple[Room, ...]], Make]:
    """One who does these things one after the other; and others, who do one each."""

    def world(rooms: tuple[Room, ...]) -> Make:
        kind = announcing_pool(rooms)

        def make() -> World:
            shared: Any = kind.shared_type()
            lane: Any = kind.starter_type.channels_type(0, shared)
            said: list[object] = []
            ran: list[int] = stage().system.ran

            def worker() -> int:
                code = kind.starter_type.worker_type(lane.worker_ends, (None, ())).work()
                stage().touch("ends", 0, EVERYTHING, system=True)
                lane.worker_ends.result.pipe.closed = lane.worker_ends.call.pipe.deaf = True
                return code

            def does() -> tuple[object, ...]:
                return tuple([part(lane) for part in parts])

            def left() -> Hashable:
                while frames := lane.read():
                    said.extend((seq, int(kind), bytes(body)) for seq, kind, body in frames)
                return tuple(ran), tuple(said), bytes(lane.ticket_end.pipe.data), tuple(shared.unclaimed)

            others = [(part.__name__, partial(part, lane)) for part in beside]
            return World([("parent", does), ("worker", worker), *others], left)

        return make

    return world


BOTH = partial(sends, 1), partial(sends, 2), partial(issues, 1), partial(issues, 2)
ONE = partial(sends, 1), partial(issues, 1)
WORLDS = {
    "two tasks, then it leaves": (parent(*BOTH, lets_leave), Size.QUICK),
    "two tasks are revoked, one is issued again": (parent(*BOTH, revokes, partial(issues, 2), lets_leave), Size.QUICK),
    "the parent ends": (parent(*ONE, ends), Size.QUICK),
    "it dies at any moment of a task": (parent(*ONE, beside=(dies,)), Size.QUICK),
    "it dies while tickets are revoked": (parent(*BOTH, revokes, beside=(dies,)), Size.QUICK),
    "nobody reads its answers": (parent(*ONE, lets_leave, beside=(deaf,)), Size.QUICK),
    "it dies at any moment of two tasks": (parent(*BOTH, lets_leave, beside=(dies,)), Size.LONG),
}
SCOPES = tuple(Scope(name, "worker", ("worker",), world, size) for name, (world, size) in WORLDS.items())
