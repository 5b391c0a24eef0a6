"""The points of a worker's life at which it is killed, in five phases, and what a death there may cost.

Decides: which points there are, what has to be submitted so that a worker comes to them, which future a death there is
blamed on. Must not know: how a run is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from checkedpool._trace.fault_points import AFTER, BEFORE, EXIT, HALF, INSIDE, START, UNWRITTEN


class Phase(Enum):
    """The parts of a worker's life."""

    STARTING = "start"
    TAKING = "take"
    RUNNING = "run"
    ANSWERING = "answer"
    EXITING = "exit"


class Cost(Enum):
    """What a death costs beside what the policy says."""

    START = "a start that failed: no task had begun"
    NOTHING = "no task: none had begun, or its answer was whole"
    ONE = "the task that had begun"
    NO_DEATH = "nothing: it had been told to leave"
    POOL = "the pool: the initializer has failed, in the victim or in the next worker"


class Work(Enum):
    """What the victim is given."""

    SMALL = "small tasks"
    WAITING = "no task, once it has had one"
    WIDE_CALL = "a call larger than the pipe"
    WIDE_ANSWER = "an answer larger than the pipe"
    LARGE_CALL = "a call that lies in memory, of which the pipe tells"
    LARGE_ANSWER = "an answer that lies in memory, of which the pipe tells"
    UNREAD_ANSWER = "an answer that the parent reads in small pieces"
    LONG = "a task that does not end"
    FINALIZER = "a task whose argument takes its time to be destroyed"
    SLOW_START = "an initializer that takes its time"
    BAD_START = "an initializer that fails"


class Loop(Enum):
    """Which loop of a worker is killed, by the name that its trace has of it."""

    FAST = "QuickWorker.work"
    PLAIN = "Worker.work"


@dataclass(frozen=True, slots=True)
class Point:
    """Where a worker dies."""

    phase: Phase
    op: str
    when: str
    cost: Cost
    work: Work = Work.SMALL

    def __str__(self) -> str:
        return f"{self.when} {self.op}"


POINTS: tuple[Point, ...] = (
    Point(Phase.STARTING, START, BEFORE, Cost.START),
    Point(Phase.STARTING, "INITIALIZE", BEFORE, Cost.START),
    Point(Phase.STARTING, "INITIALIZE", INSIDE, Cost.START, Work.SLOW_START),
    Point(Phase.STARTING, "INITIALIZE", AFTER, Cost.START),
    Point(Phase.STARTING, "SAY_READY", BEFORE, Cost.START),
    Point(Phase.STARTING, "SAY_READY", HALF, Cost.START),
    Point(Phase.STARTING, "SAY_READY", AFTER, Cost.NOTHING),
    Point(Phase.STARTING, "SAY_FAILED", BEFORE, Cost.POOL, Work.BAD_START),
    Point(Phase.STARTING, "SAY_FAILED", HALF, Cost.POOL, Work.BAD_START),
    Point(Phase.STARTING, "SAY_FAILED", AFTER, Cost.POOL, Work.BAD_START),
    Point(Phase.TAKING, "TAKE_TICKET", BEFORE, Cost.NOTHING),
    Point(Phase.TAKING, "TAKE_TICKET", BEFORE, Cost.NOTHING, Work.LARGE_CALL),
    Point(Phase.TAKING, "TAKE_TICKET", INSIDE, Cost.NOTHING, Work.WAITING),
    Point(Phase.TAKING, "TAKE_TICKET", INSIDE, Cost.NOTHING, Work.FINALIZER),
    Point(Phase.TAKING, "TAKE_TICKET", AFTER, Cost.ONE),
    Point(Phase.TAKING, "READ_FRAME", BEFORE, Cost.ONE),
    Point(Phase.TAKING, "READ_FRAME", BEFORE, Cost.ONE, Work.LARGE_CALL),
    Point(Phase.TAKING, "READ_FRAME", INSIDE, Cost.ONE, Work.WIDE_CALL),
    Point(Phase.TAKING, "READ_FRAME", AFTER, Cost.ONE, Work.LARGE_CALL),
    Point(Phase.TAKING, "READ_FRAME", AFTER, Cost.ONE),
    Point(Phase.RUNNING, "RUN", BEFORE, Cost.ONE),
    Point(Phase.RUNNING, "RUN", INSIDE, Cost.ONE, Work.LONG),
    Point(Phase.RUNNING, "RUN", AFTER, Cost.ONE),
    Point(Phase.ANSWERING, "ANSWER", BEFORE, Cost.ONE),
    Point(Phase.ANSWERING, "ANSWER", UNWRITTEN, Cost.ONE, Work.LARGE_ANSWER),
    Point(Phase.ANSWERING, "ANSWER", HALF, Cost.ONE),
    Point(Phase.ANSWERING, "ANSWER", HALF, Cost.ONE, Work.LARGE_ANSWER),
    Point(Phase.ANSWERING, "ANSWER", INSIDE, Cost.ONE, Work.WIDE_ANSWER),
    Point(Phase.ANSWERING, "ANSWER", AFTER, Cost.NOTHING),
    Point(Phase.ANSWERING, "ANSWER", AFTER, Cost.NOTHING, Work.LARGE_ANSWER),
    Point(Phase.ANSWERING, "ANSWER", AFTER, Cost.NOTHING, Work.UNREAD_ANSWER),
    Point(Phase.EXITING, "LEAVE", BEFORE, Cost.NO_DEATH),
    Point(Phase.EXITING, EXIT, BEFORE, Cost.NO_DEATH),
    Point(Phase.EXITING, EXIT, AFTER, Cost.NO_DEATH),
)
"""Every step of the worker's machine, but the one that ends it when its parent is gone, at each of its moments."""
