"""What each state of the model is in the proof's terms.

Decides: which relations hold in a state, and of which states the proof does not speak. Must not know: what any of
them is good for; ``tie`` asks that.
"""

from collections.abc import Callable, Mapping

from checkedpool_model.proof import system as p
from checkedpool_model.proof.concrete import NUMBER, Sizes, World, bit_of
from checkedpool_model.proof.logic import Relation
from checkedpool_model.proof.system import RELATIONS
from checkedpool_model.protocol.actions.manager import CANCEL as TO_CANCEL
from checkedpool_model.protocol.actions.manager import DRAIN
from checkedpool_model.protocol.bounds import Bounds, Submit
from checkedpool_model.protocol.state import (
    Client,
    End,
    Handed,
    Job,
    Lane,
    Manager,
    Mark,
    Note,
    Slot,
    State,
    Step,
    Task,
    gone,
)

__all__ = ["Reading", "UnmappableError", "is_covered", "submitted_by"]


class UnmappableError(ValueError):
    """The state has what no world of the proof can have: a claim of the model has failed."""


def sizes_of(k: Bounds) -> Sizes:
    """How many of everything the run has."""
    return Sizes(k.tasks, k.lanes, len(k.script))


def is_covered(s: State) -> bool:
    """Whether the proof speaks of the state: not when the parent is dead, since nobody can be told anything then."""
    return s.manager != Manager.DEAD


OF_A_TASK: Mapping[Relation, Callable[[Task], bool]] = {
    p.used: lambda task: task.handed != Handed.NOT_YET,
    p.accepted: lambda task: task.handed == Handed.RETURNED,
    p.raised: lambda task: task.handed == Handed.RAISED,
    p.unclaimed: lambda task: task.unclaimed,
    p.pending: lambda task: task.pending,
    p.deferred: lambda task: task.job == Job.PICKLE,
    p.rebuilding: lambda task: task.job == Job.READ,
    p.begun: lambda task: bool(task.begun),
    p.answered: lambda task: task.answered,
    p.succeeded: lambda task: task.end == End.SUCCEEDED,
    p.failed: lambda task: task.end == End.FAILED,
    p.cancelled: lambda task: task.end == End.CANCELLED,
    p.broken_off: lambda task: task.end == End.BROKEN,
    p.blamed: lambda task: task.end == End.BLAMED,
    p.stopped: lambda task: task.end == End.STOPPED,
}
"""Beside what is read off the clients: a task that is being submitted is used, and accepted when its client wakes."""

OF_A_LANE: Mapping[Relation, Callable[[Lane], tuple[int, ...]]] = {
    p.ticket: lambda lane: lane.tickets,
    p.returned: lambda lane: lane.returned,
    p.booked: lambda lane: lane.book,
    p.running: lambda lane: (lane.running,),
    p.unread: lambda lane: lane.answers,
}
"""The tasks among these: a mark (an order to leave, a torn answer) is none."""

OF_A_LANE_ALONE: Mapping[Relation, Callable[[Lane], bool]] = {
    p.manned: lambda lane: lane.slot != Slot.EMPTY,
    p.dead: gone,
}

OF_THE_POOL: Mapping[Relation, Callable[[State], bool]] = {
    p.shut: lambda s: s.closed,
    p.broken: lambda s: s.broken,
    p.asked: lambda s: bool(s.asked),
    p.asked_to_cancel: lambda s: s.asked >= TO_CANCEL,
    p.drain: lambda s: s.level >= DRAIN,
    p.cancel: lambda s: s.level >= TO_CANCEL,
    p.over: lambda s: s.manager == Manager.ENDED,
}

Bits = list[tuple[int, int]]
"""Relations by number, with their true atoms."""


class Reading:
    """The states of a run, read as worlds. What is read off equal parts is read once."""

    def __init__(self, k: Bounds) -> None:
        self.k = k
        self.sizes = sizes_of(k)
        self.worlds: dict[tuple[object, ...], World] = {}
        self.of_tasks: dict[tuple[Task, ...], Bits] = {}
        self.of_lanes: dict[tuple[Lane, ...], Bits] = {}

    def world(self, s: State) -> World:
        """What the state is."""
        key = (s.tasks, s.lanes, s.clients, s.inbox, s.closed, s.broken, s.asked, s.level, s.manager)
        found = self.worlds.get(key)
        if found is None:
            found = self.worlds[key] = self._read(s)
        return found

    def _read(self, s: State) -> World:
        if s.tasks not in self.of_tasks:
            self.of_tasks[s.tasks] = self._tasks(s.tasks)
        if s.lanes not in self.of_lanes:
            self.of_lanes[s.lanes] = self._lanes(s.lanes)
        world = [0] * len(RELATIONS)
        for number, bits in (*self.of_tasks[s.tasks], *self.of_lanes[s.lanes]):
            world[number] = bits
        for relation, read in OF_THE_POOL.items():
            world[NUMBER[relation]] = int(read(s))
        self._add_inbox(world, s)
        for c, client in enumerate(s.clients):
            self._add_client(world, c, client)
        return tuple(world)

    def _tasks(self, tasks: tuple[Task, ...]) -> Bits:
        for t, task in enumerate(tasks):
            if task.end == End.TWICE or task.begun > 1 or task.notified != (task.end != End.OPEN):
                raise UnmappableError(f"task {t} has ended twice, or begun twice, or nobody was told: {task}")
        return [
            (NUMBER[relation], sum(self._bit(relation, t) for t, task in enumerate(tasks) if read(task)))
            for relation, read in OF_A_TASK.items()
        ]

    def _lanes(self, lanes: tuple[Lane, ...]) -> Bits:
        bits = [
            (NUMBER[relation], sum(self._bit(relation, number) for number, lane in enumerate(lanes) if read(lane)))
            for relation, read in OF_A_LANE_ALONE.items()
        ]
        for relation, read in OF_A_LANE.items():
            there = [(number, t) for number, lane in enumerate(lanes) for t in read(lane) if t >= 0]
            if len(there) > len(set(there)):
                raise UnmappableError(f"a task is twice in what a lane has {relation.name}: {lanes}")
            bits.append((NUMBER[relation], sum(self._bit(relation, *places) for places in there)))
        return bits

    def _add_inbox(self, world: list[int], s: State) -> None:
        """The tasks in the inbox, and which of them stand behind a request."""
        is_late = s.level >= DRAIN
        for message in s.inbox:
            is_late = is_late or message.note == Note.REQUESTED
            if message.note == Note.POSTED:
                world[NUMBER[p.inbox]] |= self._bit(p.inbox, message.number)
                world[NUMBER[p.late]] |= is_late * self._bit(p.late, message.number)

    def _add_client(self, world: list[int], c: int, client: Client) -> None:
        """What is known of the task that the client is submitting."""
        t = submitted_by(self.k, c, client)
        if t == Mark.NOBODY or client.step == Step.SUBMITTING:
            return
        world[NUMBER[p.used]] |= self._bit(p.used, t)
        for relation, step in ((p.gated, Step.GATED), (p.posted, Step.POSTED)):
            world[NUMBER[relation]] |= (client.step == step) * self._bit(relation, c, t)
        world[NUMBER[p.accepted]] |= (client.step == Step.WAKING) * self._bit(p.accepted, t)

    def _bit(self, relation: Relation, *places: int) -> int:
        return bit_of(relation, places, self.sizes)


def submitted_by(k: Bounds, c: int, client: Client) -> int:
    """The task of the submit() that the client is in, or NOBODY."""
    call = k.script[c][client.call] if client.call < len(k.script[c]) else None
    return call.task if isinstance(call, Submit) else Mark.NOBODY
