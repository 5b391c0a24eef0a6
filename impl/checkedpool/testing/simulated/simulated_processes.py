"""Worker processes, and the environment: what a process does next, what may befall it.

Decides: what one step of a worker does to its channels; when it can be killed, torn, deafened, robbed of its
status. Must not know: the manager; which step follows (the worker's machine says). A killed process is never
scheduled again: what it wrote stays written, whole or torn, and what it held stays held.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from checkedpool._core import messages, tables
from checkedpool._core.tables import LEAVE, Came, Do, WorkerMachine
from checkedpool.testing.simulated import payload, pipes, scheduler_rules
from checkedpool.testing.simulated.atomic_steps import is_fine
from checkedpool.testing.simulated.simulated_scope import NOBODY, Scope
from checkedpool.testing.simulated.world import (
    KILLED,
    TERMINATED,
    Lane,
    Stage,
    World,
    died,
    post,
    spent,
    wake,
    with_lane,
)

__all__ = ["Label", "Successor", "process", "server"]


class Label(NamedTuple):
    """Who does what: the name of a step."""

    who: str
    number: int
    what: object

    def __str__(self) -> str:
        number = "" if self.number == NOBODY else f" {self.number}"
        return f"{self.who}{number}: {getattr(self.what, 'name', None) or self.what}"


Successor = tuple[Label, World]


def process(scope: Scope, w: World, n: int) -> Iterator[Successor]:
    """What a worker process does, and what happens to it."""
    lane = w.lanes[n]
    if not lane.alive:
        yield from _after_its_end(w, n)
        return
    yield from _befalls(scope, w, n)
    at, after = lane.at, _work(scope, w, n)
    if after is not None:
        while after.lanes[n].alive and _is_local(scope, after.lanes[n]):
            after = _work(scope, after, n) or after
        yield Label("worker", n, at), after


def server(w: World) -> Iterator[Successor]:
    """The forkserver dies: starts under way fail, and of what it has made nobody learns the exit status."""
    if not w.left.servers or w.ended:
        return
    after = spent(w, "servers")
    for n, lane in enumerate(w.lanes):
        if lane.stage is Stage.ASKED and not lane.abandoned:
            after = with_lane(after, n, Lane(Stage.CLOSED, reaped=True))
            after = wake(post(after, messages.StartFailed(n, None)))
        elif Stage.MADE <= lane.stage < Stage.CLOSED and not lane.reaped:
            after = with_lane(after, n, lane._replace(orphan=True, status=None))
    yield Label("nature", NOBODY, "the forkserver dies"), after


# --- the environment --------------------------------------------------------------------------------------------------


def _befalls(scope: Scope, w: World, n: int) -> Iterator[Successor]:
    """What may happen to a living process."""
    lane, left = w.lanes[n], w.left
    if lane.signal == KILLED or (lane.signal == TERMINATED and not lane.deaf):
        yield Label("system", n, "the signal ends it"), died(scope, w, n, lane.signal)
    if lane.signal == TERMINATED and not lane.deaf and left.deaf:
        yield Label("nature", n, "it ignores SIGTERM"), spent(with_lane(w, n, lane._replace(deaf=True)), "deaf")
    if left.kills and not lane.abandoned:
        yield Label("nature", n, "kills it"), spent(died(scope, w, n, KILLED), "kills")
        if lane.at in (Do.SAY_READY, Do.ANSWER):
            yield (
                Label("nature", n, "kills it within a write"),
                spent(died(scope, _torn(scope, w, n), n, KILLED), "kills"),
            )
    if left.bad_starts and lane.at is Do.INITIALIZE:
        failed = lane._replace(at=tables.WORKER[Do.INITIALIZE][Came.FAILED])
        yield Label("nature", n, "its initializer raises"), spent(with_lane(w, n, failed), "bad_starts")
    if left.fills and lane.at is Do.ANSWER and lane.begun != NOBODY and not lane.hand.startswith(payload.FILLED):
        full = with_lane(w, n, lane._replace(hand=payload.FILLED + lane.hand))
        yield Label("nature", n, "its memory is over the limit"), spent(full, "fills")
    if left.grandchildren and lane.at is Do.ANSWER and not lane.held:
        yield (
            Label("nature", n, "its task leaves a process behind"),
            spent(with_lane(w, n, lane._replace(held=True)), "grandchildren"),
        )


def _torn(scope: Scope, w: World, n: int) -> World:
    """It was in the middle of a write: half of what it had still to say is in the pipe."""
    lane = w.lanes[n]
    said = _to_say(lane)
    result, _ = pipes.put(lane.result, said[: len(said) // 2], scope.result_pipe)
    return with_lane(w, n, lane._replace(result=result))


def _after_its_end(w: World, n: int) -> Iterator[Successor]:
    """What may happen to a process that has ended and is not reaped."""
    lane = w.lanes[n]
    if lane.stage is Stage.CLOSED or lane.stage < Stage.MADE or lane.reaped:
        return
    if not lane.gone:
        yield Label("system", n, "says that it has ended"), with_lane(w, n, lane._replace(gone=True))
    if w.left.thefts and lane.status is not None:
        yield Label("nature", n, "its status is stolen"), spent(with_lane(w, n, lane._replace(status=None)), "thefts")


# --- the worker's own steps --------------------------------------------------------------------------------------


def _is_local(scope: Scope, lane: Lane) -> bool:
    """Whether nobody else can see this step; who begins a task with a limit says so."""
    at = lane.at
    if is_fine(scope) or (at is Do.RUN and lane.begun in scope.limited):
        return False
    return at in (Do.INITIALIZE, Do.RUN, Do.LEAVE, Do.ABORT) or (
        at is Do.READ_FRAME and scope.call_pipe is None and scope.chunk is None
    )


def _to_say(lane: Lane) -> bytes:
    """What it is about to write, or the rest of it."""
    if lane.hand:
        return lane.hand
    return payload.READY if lane.at is Do.SAY_READY else payload.failed()


def _work(scope: Scope, w: World, n: int) -> World | None:  # noqa: PLR0911 - a case a step
    """One step; None: it must wait."""
    lane = w.lanes[n]
    match lane.at:
        case Do.LEAVE | Do.ABORT:
            return died(scope, w, n, 0 if lane.at is Do.LEAVE else 1)
        case Do.TAKE_TICKET:
            return _take_ticket(scope, w, n)
        case Do.READ_FRAME:
            return _read_frame(scope, w, n)
        case Do.RUN:
            said = payload.begun(lane.ticket) if lane.begun in scope.limited else b""
            lane = lane._replace(hand=payload.answer(lane.ticket, lane.hand), result=lane.result + said)
            return _on(w, n, lane, Came.DONE)
        case Do.SAY_READY | Do.SAY_FAILED | Do.ANSWER:
            result, rest = pipes.put(lane.result, _to_say(lane), scope.result_pipe)
            if result == lane.result:
                return None
            lane = lane._replace(result=result, hand=rest)
            if rest:
                return with_lane(w, n, lane)
            ready = lane.ready or lane.at is Do.SAY_READY
            return _on(w, n, lane._replace(begun=NOBODY, ready=ready), Came.DONE)
        case _:
            return _on(w, n, lane, Came.DONE)


def _on(w: World, n: int, lane: Lane, came: Came) -> World:
    """The machine goes on."""
    machine = _machine_of(lane)
    machine.step(came)
    ticket = machine.ticket if machine.at in (Do.READ_FRAME, Do.RUN, Do.ANSWER) else 0
    return with_lane(w, n, lane._replace(at=machine.at, ticket=ticket))


def _machine_of(lane: Lane) -> WorkerMachine:
    machine = WorkerMachine()
    if lane.at is not None:
        machine.at, machine.ticket = lane.at, lane.ticket
    return machine


def _take_ticket(scope: Scope, w: World, n: int) -> World | None:
    lane = w.lanes[n]
    if not lane.tickets:
        return None
    seq = lane.tickets[0]
    machine = _machine_of(lane)
    came = machine.took(seq)
    t = NOBODY if seq == LEAVE else dict(lane.ticketed).get(seq, NOBODY)
    if t != NOBODY:
        w = scheduler_rules.begin(scope, w, t)
    lane = lane._replace(tickets=lane.tickets[1:], begun=t, ticket=machine.ticket)
    return _on(w, n, lane, came)


def _read_frame(scope: Scope, w: World, n: int) -> World | None:
    """Use the next frame; read on if there is none. Where pipes have no bound it does not matter where frames wait."""
    lane = w.lanes[n]
    whole, _ = payload.frames(lane.unread)
    if not whole:
        if not lane.call:
            return None
        data, rest = pipes.take(lane.call, scope.chunk)
        lane = lane._replace(unread=lane.unread + data, call=rest)
        whole, _ = payload.frames(lane.unread)
        if not whole or is_fine(scope):
            return with_lane(w, n, lane)
    seq, _, body = whole[0]
    unread, call = lane.unread[len(payload.frame(seq, body)) :], lane.call
    if scope.call_pipe is None and scope.chunk is None:
        unread, call = b"", unread + call
    came = _machine_of(lane).read(seq)
    return _on(w, n, lane._replace(unread=unread, call=call, hand=body if came is Came.MATCH else b""), came)
