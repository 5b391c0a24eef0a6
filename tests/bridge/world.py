"""The simulated world as one value: what the parent's threads, the pipes, the processes and the futures are right now.

Decides: what exists and what it means to end a future, to claim a task, to ring. Must not know: who does what when
(``simulation``, ``platform``, ``clients``), or what is explored (``explorer``, ``scopes``).

Every record is a tuple, so that equal worlds are one world. The manager's machine is mutable; here it is held inside a
``Mind``, of which there is one object for each distinct state: it is compared by identity.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from checkedpool._core.client import Step
from checkedpool._core.manager import Manager
from checkedpool._core.words import Item, Op, Outcome, Verdict
from checkedpool._core.worker import Do
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

NOBODY = -1
KILLED, TERMINATED = -9, -15


class Violation(Exception):  # noqa: N818 - a finding, not an error of the program
    """What must not happen did."""


class End(IntEnum):
    """How a future ended."""

    OPEN = 0
    VALUE = 1
    CANCELLED = 2
    BROKEN = 3


class Handed(IntEnum):
    """What became of the submit that makes the future."""

    NOT_YET = 0
    RETURNED = 1
    RAISED = 2
    LOST = 3  # a signal handler threw the caller out


class Stage(IntEnum):
    """How far a lane has come in the parent."""

    ASKED = 0  # a start thread is at it
    MADE = 1  # the process exists, nobody has been told
    POSTED = 2  # the manager's platform will find it in the inbox
    ADOPTED = 3
    CLOSED = 4


class At(IntEnum):
    """Where the manager's thread is."""

    NOT_STARTED = 0
    WORK = 1  # it performs operations
    PUBLISH = 2  # about to say that it sleeps
    LOOK = 3  # about to look into the inbox once more
    SELECT = 4
    WAKE = 5  # about to ask what is ready, without sleeping
    INBOX = 6
    READ = 7
    ENDED = 8


class Task(NamedTuple):
    """A task and its future."""

    handed: Handed = Handed.NOT_YET
    unclaimed: bool = False
    kept: bool = False  # not pickled yet
    known: bool = False  # the platform holds the future for the manager
    place: Item | None = None  # (lane, number of the frame)
    holder: int = NOBODY  # which client is inside the future's lock
    end: End = End.OPEN
    told: End = End.OPEN  # the end that the manager's side has told it
    owed: End | None = None  # the end that a user-code thread will tell; OPEN: only callbacks are owed
    begun: int = 0
    called: bool = False  # its callback ran


class Lane(NamedTuple):
    """All that belongs to one worker: the parent's ends, the pipes, the process."""

    stage: Stage
    at: Do | None = None  # None: no process, or a dead one
    ticket: int = 0
    body: int = NOBODY  # the task whose frame the worker has read
    begun: int = NOBODY  # the task whose ticket it has taken and not answered
    status: int | None = None
    signal: int = 0
    pipe: tuple[Item, ...] = ()
    out: tuple[Item, ...] = ()  # frames that wait for room
    tickets: tuple[Item, ...] = ()
    results: tuple[object, ...] = ()
    holder: int = NOBODY  # which client is inside the lane's lock
    back: tuple[Item, ...] = ()  # what it has read back and not sorted
    returned: tuple[int, ...] = ()
    seen: bool = False  # its death was reported
    reaped: bool = False
    abandoned: bool = False

    @property
    def alive(self) -> bool:
        """There is a process."""
        return self.at is not None


class Client(NamedTuple):
    """A thread of the user, somewhere in its script."""

    call: int = 0
    step: Step | None = None
    sub: int = 0
    place: Item | None = None


class Mind:
    """The manager's machine with what its loop has in hand: operations to perform, outcomes to tell it."""

    __slots__ = ("machine", "ops", "outs")

    def __init__(self, machine: Manager, ops: tuple[Op, ...], outs: tuple[Outcome, ...]) -> None:
        self.machine, self.ops, self.outs = machine, ops, outs


class World(NamedTuple):
    """Everything."""

    tasks: tuple[Task, ...]
    clients: tuple[Client, ...]
    lanes: tuple[Lane, ...] = ()
    mind: Mind | None = None
    at: At = At.NOT_STARTED
    ready: tuple[int, ...] = ()  # why it woke up: lanes to read; ``~lane``: its process has ended
    heard: tuple[Outcome, ...] = ()
    inbox: tuple[int | Outcome, ...] = ()  # a number is a submitted task
    asleep: bool = False
    rung: bool = False
    bell: bool = False
    token: bool = True  # whoever takes it starts the pool
    closed: bool = False
    broken: bool = False
    ended: bool = False
    jobs: tuple[Op, ...] = ()
    helpers: int = 1
    kills: int = 0
    bad_starts: int = 0
    haste: int = 0


class Call(NamedTuple):
    """One call of a client: submit or cancel a task, or shut down."""

    what: str
    task: int = NOBODY
    level: ShutdownLevel = ShutdownLevel.DRAIN
    wait: bool = False
    keep: bool = False  # the budget is spent: a user-code thread pickles it


@dataclass(frozen=True, slots=True)
class Scope:
    """The bounds of one exploration."""

    scripts: tuple[tuple[Call, ...], ...]
    workers: int = 1
    policy: DeathPolicy = DeathPolicy.BREAK
    on_demand: bool = False
    window: int = 64
    task_limit: int | None = None
    pipe: int | None = None  # how many frames a call pipe holds
    kills: int = 0
    bad_starts: int = 0  # how many starts, or initializers, may fail
    haste: int = 0  # how often a limit may run out although something else could still happen
    interrupts: bool = False  # signal handlers may throw clients out of their calls
    stubborn: bool = False  # workers ignore SIGTERM
    callbacks: bool = False
    verdict: Verdict = Verdict.PLAIN
    numbers: tuple[int, int] | None = None  # frame numbers go up to this, and so many frames may be unread
    fine: bool = False  # do not fuse what nobody else can see

    @property
    def calls(self) -> tuple[Call, ...]:
        """All calls of all clients."""
        return tuple(call for script in self.scripts for call in script)

    @property
    def tasks(self) -> int:
        """How many tasks the scripts submit."""
        return sum(call.what == "submit" for call in self.calls)

    @property
    def in_order(self) -> bool:
        """One client submits all tasks, in their order; nothing is pickled later, or claimed by a call thrown out."""
        submitters = sum(any(call.what == "submit" for call in script) for script in self.scripts)
        return submitters == 1 and not self.interrupts and not any(call.keep for call in self.calls)

    @property
    def strongest(self) -> ShutdownLevel:
        """The strongest request."""
        return max((call.level for call in self.calls if call.what == "shutdown"), default=ShutdownLevel.OPEN)

    def may_end(self, t: int) -> set[End]:
        """The ends that a task can have in this scope for a reason that the user could name."""
        ends = {End.VALUE}
        if self.strongest >= ShutdownLevel.CANCEL or any((c.what, c.task) == ("cancel", t) for c in self.calls):
            ends.add(End.CANCELLED)
        if self.strongest >= ShutdownLevel.TERMINATE or self.kills or self.bad_starts:
            ends.add(End.BROKEN)
        return ends


def with_task(w: World, t: int, task: Task) -> World:
    """The world with this task changed."""
    return w._replace(tasks=(*w.tasks[:t], task, *w.tasks[t + 1 :]))


def with_lane(w: World, n: int, lane: Lane) -> World:
    """The world with this lane changed."""
    return w._replace(lanes=(*w.lanes[:n], lane, *w.lanes[n + 1 :]))


def with_client(w: World, c: int, client: Client) -> World:
    """The world with this client changed."""
    return w._replace(clients=(*w.clients[:c], client, *w.clients[c + 1 :]))


def ring(w: World) -> World:
    """Wake the manager if it sleeps and nobody has yet."""
    return w._replace(bell=True, rung=True) if w.asleep and not w.rung else w


def post(w: World, *posts: int | Outcome) -> World:
    """Put something into the inbox."""
    return w._replace(inbox=w.inbox + posts)


def claim(w: World, t: int) -> tuple[World, bool]:
    """Take the task for oneself, if nobody has."""
    task = w.tasks[t]
    return (with_task(w, t, task._replace(unclaimed=False)), True) if task.unclaimed else (w, False)


def end(w: World, t: int, how: End) -> World:
    """End the future, if it has no end; whoever calls is inside its lock."""
    task = w.tasks[t]
    if task.end is not End.OPEN:
        if how is End.VALUE:
            msg = f"task {t} has a value and is {task.end.name}"
            raise Violation(msg)
        return w
    if how is End.CANCELLED and task.begun:
        msg = f"task {t} was begun and is cancelled"
        raise Violation(msg)
    if how is End.VALUE and not task.begun:
        msg = f"task {t} has a value that nobody computed"
        raise Violation(msg)
    return with_task(w, t, task._replace(end=how, unclaimed=False, place=None))


def call_back(w: World, t: int) -> World:
    """Run the future's callback, unless somebody has; what was kept for pickling is let go of."""
    task = w.tasks[t]
    if task.called and not task.kept:
        return w
    return with_task(w, t, task._replace(called=True, kept=False))


def died(lane: Lane, status: int) -> Lane:
    """The process is gone; what it wrote whole is still there, and so are the tickets that it did not take."""
    return lane._replace(at=None, ticket=0, body=NOBODY, begun=NOBODY, status=status, signal=0, pipe=())
