"""The simulated world as one value: what the parent's threads, the pipes, the processes and the futures are right now.

Decides: what exists and what it means to end a future, to claim a task, to wake. Must not know: who does what when
(``simulation``, ``platform``, ``clients``, ``processes``), or what a run is for.

Every record is a tuple, so that equal worlds are one world. The manager's machine is mutable; here it is held inside a
``Mind``, of which a simulation keeps one object for each distinct state: it is compared by identity.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from checkedpool._core.manager import Manager
from checkedpool._core.messages import Command, Event, Item
from checkedpool._core.tables import Do, Panic, Record, Step
from checkedpool.testing.simulated.simulated_scope import NOBODY, Budget, Scope, Script
from checkedpool_spec.records import quickly_replaced

KILLED, TERMINATED = -9, -15


class Violation(Exception):  # noqa: N818 - a finding, not an error of the program
    """What must not happen did."""


class End(IntEnum):
    """How a future ended."""

    OPEN = 0
    SUCCEEDED = 1
    FAILED = 2
    CANCELLED = 3
    BROKEN = 4
    BLAMED = 5
    """Its worker ended while running it."""
    STOPPED = 6
    """Its caller had it stopped while a worker ran it. For whoever waits it is cancelled."""


class Handed(IntEnum):
    """What became of the submit that makes the future."""

    NOT_YET = 0
    RETURNED = 1
    RAISED = 2
    LOST = 3
    """A signal handler interrupted the caller."""


class Stage(IntEnum):
    """How far a lane has come in the parent."""

    ASKED = 0
    """A start thread is at it."""
    STUCK = 1
    """And will be for ever."""
    MADE = 2
    """The process exists, nobody has been told."""
    POSTED = 3
    """The manager's platform will find it in the inbox."""
    ADOPTED = 4
    CLOSED = 5


class At(IntEnum):
    """Where the manager's thread is."""

    NOT_STARTED = 0
    WORK = 1
    """It performs commands."""
    PUBLISH = 2
    """About to say that it sleeps."""
    LOOK = 3
    """About to look into the inbox once more."""
    SELECT = 4
    WAKE = 5
    """About to ask what is ready, without sleeping."""
    RECALL = 6
    """About to take back the worker that it has lent."""
    INBOX = 7
    READ = 8
    ENDED = 9
    PANIC = 10
    """It has failed, and does what is left to do then."""


class Limit(IntEnum):
    """How far it is with a task's limit in time."""

    NOT_REACHED = 0
    PASSED = 1
    SEEN = 2
    """The manager has posted that the task is to be stopped."""
    GIVEN = 3
    """And has given that job to a user-code thread."""


@quickly_replaced
class Retried(NamedTuple):
    """A call that may be tried again, and what threads share of such calls."""

    attempt: int
    """The last one."""
    open: bool = False
    over: bool = False
    """There was a request stronger than to drain."""
    drains: bool = False
    """There was one to drain."""
    end: End = End.OPEN
    """Of the caller's future."""


class StopAtLimit(Record):
    """A job for a user-code thread: stop the task that has reached its limit. It makes the steps of a client."""

    id: int


@quickly_replaced
class Task(NamedTuple):
    """A task and its future."""

    handed: Handed = Handed.NOT_YET
    body: bytes = b""
    """The pickled call, once it is pickled."""
    unclaimed: bool = False
    deferred: bool = False
    """Not pickled yet."""
    known: bool = False
    """The platform holds the future for the manager."""
    place: Item | None = None
    """(lane, number of the frame)"""
    holder: int = NOBODY
    """Which client is inside the future's lock."""
    end: End = End.OPEN
    notified: End = End.OPEN
    """The end that the manager's side has told it."""
    owed: End | None = None
    """The end that a user-code thread will tell; OPEN: only callbacks are owed."""
    begun: int = 0
    called: int = 0
    """How often its callback ran."""
    unnotified: bool = False
    """It is done, and those who wait for it have not been notified."""
    limit: Limit = Limit.NOT_REACHED


@quickly_replaced
class Lane(NamedTuple):
    """All that belongs to one worker: the parent's ends, what is in the channels, the process."""

    stage: Stage
    at: Do | None = None
    """What its process does; None: there is none, or a dead one."""
    ticket: int = 0
    hand: bytes = b""
    """The call that the worker has read; then what it has still to write of its message."""
    unread: bytes = b""
    """What it has read from the call pipe and not used."""
    begun: int = NOBODY
    """The task whose ticket it has taken and not answered."""
    ready: bool = False
    """It has said that it takes tickets."""
    signal: int = 0
    """What was sent to it and has not reached it."""
    deaf: bool = False
    """It ignores SIGTERM."""
    orphan: bool = False
    """The forkserver that has made it is dead: nobody will say its exit status."""
    call: bytes = b""
    """What is in the call pipe."""
    out: tuple[bytes, ...] = ()
    """Frames that are not wholly in the call pipe; of the first, the rest."""
    tickets: bytes = b""
    """What is in the ticket socket."""
    ticketed: tuple[Item, ...] = ()
    """The parent's record of which ticket is whose."""
    back: bytes = b""
    """What was revoked from the socket and not sorted."""
    returned: tuple[int, ...] = ()
    """What was sorted and not told to the manager."""
    result: bytes = b""
    """What is in the result pipe."""
    heard: bytes = b""
    """The beginning of a message of which the parent has not read the rest."""
    holder: int = NOBODY
    """Which client is inside the lane's lock."""
    held: bool = False
    """A process that a task left behind holds the worker's ends."""
    at_end: bool = False
    """The parent has seen the end of file."""
    gone: bool = False
    """The system says that the process has ended."""
    seen: bool = False
    """The manager was told."""
    status: int | None = None
    reaped: bool = False
    abandoned: bool = False

    @property
    def alive(self) -> bool:
        """There is a process that can still do something."""
        return self.at is not None


@quickly_replaced
class Client(NamedTuple):
    """A thread of the user: what it has still to call, and where it is in the first of that."""

    todo: Script
    step: Step | None = None
    sub: int = 0
    place: Item | None = None


class Mind:
    """The manager's machine with what its loop has in hand: commands to perform, events to tell it."""

    __slots__ = ("after", "commands", "machine", "outs")

    def __init__(self, machine: Manager, commands: tuple[Command, ...], outs: tuple[Event, ...]) -> None:
        self.machine, self.commands, self.outs = machine, commands, outs
        self.after: dict[tuple[Event, ...], Mind] = {}
        """What follows when the first command is done, by what came of that: remembered by the simulation."""


@quickly_replaced
class World(NamedTuple):
    """Everything."""

    tasks: tuple[Task, ...]
    clients: tuple[Client, ...]
    left: Budget
    lanes: tuple[Lane, ...] = ()
    mind: Mind | None = None
    at: At = At.NOT_STARTED
    ready: tuple[int, ...] = ()
    """Why the manager woke up: lanes to read; ``~lane``: its process has ended."""
    heard: tuple[Event, ...] = ()
    inbox: tuple[int | Event, ...] = ()
    """A number is a submitted task."""
    loan: Item | None = None
    """(lane, number of the frame): a client may issue its task to this worker by itself"""
    used: int = NOBODY
    """The task that a client has issued so; it is the first in the inbox."""
    asleep: bool = False
    woken: bool = False
    wakeup: bool = False
    token: bool = True
    """Whoever takes it starts the pool."""
    closed: bool = False
    broken: bool = False
    ended: bool = False
    jobs: tuple[Command | StopAtLimit, ...] = ()
    user_threads: int = 1
    retried: Retried | None = None
    running: tuple[tuple[int, int], ...] = ()
    """(lane, task), as far as the manager's thread has heard that a worker has begun a task with a limit"""
    panic: tuple[tuple[Panic, int], ...] = ()
    """What a manager that has failed has still to do, and to whom."""
    wrong: str = ""
    """What must not happen and did: nothing follows. Left to those who explore; a simulation raises ``Violation``."""

    @property
    def posts(self) -> bool:
        """Something in the inbox waits for the manager."""
        return len(self.inbox) > (self.used != NOBODY)


# --- how a world is changed -------------------------------------------------------------------------------------------

TASKS, CLIENTS, LANES = (World._fields.index(name) for name in ("tasks", "clients", "lanes"))
new = tuple.__new__
"""A third of all changes are of one of these three: by place that takes a third of the time."""


def with_task(w: World, t: int, task: Task) -> World:
    """The world with this task changed."""
    tasks = [*w.tasks]
    tasks[t] = task
    return new(World, (*w[:TASKS], tuple(tasks), *w[TASKS + 1 :]))


def with_lane(w: World, n: int, lane: Lane) -> World:
    """The world with this lane changed."""
    lanes = [*w.lanes]
    lanes[n] = lane
    return new(World, (*w[:LANES], tuple(lanes), *w[LANES + 1 :]))


def with_client(w: World, c: int, client: Client) -> World:
    """The world with this client changed."""
    clients = [*w.clients]
    clients[c] = client
    return new(World, (*w[:CLIENTS], tuple(clients), *w[CLIENTS + 1 :]))


def spent(w: World, field: str) -> World:
    """The world after the environment did something that it may do so often and no more."""
    return w._replace(left=w.left._replace(**{field: getattr(w.left, field) - 1}))


def wake(w: World) -> World:
    """Wake the manager if it sleeps and nobody has yet."""
    return w._replace(wakeup=True, woken=True) if w.asleep and not w.woken else w


def post(w: World, *posts: int | Event) -> World:
    """Put something into the inbox."""
    return w._replace(inbox=w.inbox + posts)


def claim(w: World, t: int) -> tuple[World, bool]:
    """Take the task for oneself, if nobody has."""
    task = w.tasks[t]
    return (with_task(w, t, task._replace(unclaimed=False)), True) if task.unclaimed else (w, False)


def end(w: World, t: int, how: End) -> World:
    """End the future, if it has no end, and notify those who wait; whoever calls is inside its lock."""
    task = w.tasks[t]
    if task.end is not End.OPEN:
        w = with_task(w, t, task._replace(unnotified=False)) if task.unnotified else w
        overtaken = task.end is End.STOPPED or (task.end is how and task.owed is None)  # by who stopped it or wished to
        if how in (End.SUCCEEDED, End.FAILED) and task.begun and not overtaken:
            raise Violation(f"task {t} has an answer and is {task.end.name}")
        return w
    if how is End.CANCELLED and task.begun:
        raise Violation(f"task {t} was begun and is cancelled")
    if how is End.STOPPED and not task.begun:
        raise Violation(f"task {t} is stopped, and nobody has begun it")
    if how is End.SUCCEEDED and not task.begun:
        raise Violation(f"task {t} has a value that nobody computed")
    return with_task(w, t, task._replace(end=how, unclaimed=False, place=None))


def call_back(w: World, t: int, *, callbacks: bool) -> World:
    """Run the future's callback, unless somebody has; what was kept for pickling is let go of."""
    task = w.tasks[t]
    return with_task(w, t, task._replace(called=task.called + left_to_call(task, callbacks=callbacks), deferred=False))


def left_to_call(task: Task, *, callbacks: bool) -> int:
    """How many callbacks are on the future's list: who runs one takes it off before."""
    return int(callbacks and not task.called)


def died(scope: Scope, w: World, n: int, status: int) -> World:
    """The process is gone. What it wrote is still there, and so are the tickets that it did not take."""
    lane = w.lanes[n]
    lane = lane._replace(
        at=None, ticket=0, hand=b"", unread=b"", begun=NOBODY, signal=0, deaf=False,
        status=None if lane.orphan else status, gone=not scope.late_ends,
    )  # fmt: skip
    return with_lane(w, n, lane)
