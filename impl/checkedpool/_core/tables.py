"""The tables of the pool: the calls of client threads and the worker; how one is followed; what machines are made of.

A row is a step; its columns are what can come of it; a cell is the next step or the end.  The tables decide
that order and perform nothing.  Must not know: what a task is, how a message travels, what time it is.

Every step of a client is one atomic access to what threads share, or code of the user.  That makes the calls safe
from callbacks, finalizers and signal handlers, and lets a simulated platform interleave other actors between any two of
them.
"""

from __future__ import annotations

from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from enum import Enum
    from typing import ClassVar, TypeAlias, dataclass_transform

MARK = 254
"""A ticket of no task: read all frames up to the next marked one."""
LEAVE = 255
"""Likewise: run the exit handlers and go."""


# --- what tables and messages are made of -----------------------------------------------------------------------------


if TYPE_CHECKING:

    class Name(Enum):
        """What type checkers take it for."""

else:

    class Names(type):
        """The class of enums.  ``Name.__init_subclass__`` makes their members."""

        def __call__(cls, value: object) -> Name:
            """The member of this value."""
            for member in cls:
                if member.value == value:
                    return member
            raise ValueError(f"{value!r} is no {cls.__name__}")

        def __getitem__(cls, name: str) -> Name:
            return cls.members[name]

        def __iter__(cls) -> Iterator[Name]:
            return iter(cls.members.values())

    class Name(metaclass=Names):
        """Base of enums: their members are the attributes whose names have no underscore in front.

        What ``Enum`` gives, at a fifth of its cost when the module is imported; and to look a member up takes no
        longer than any attribute does.
        """

        def __init_subclass__(cls) -> None:
            words = {name: value for name, value in vars(cls).items() if name[0] != "_"}
            cls.members = {name: cls.__new__(cls, value) for name, value in words.items()}
            for name, member in cls.members.items():
                member.name, member.value = name, words[name]
                type.__setattr__(cls, name, member)

        def __new__(cls, _value: object) -> Name:  # noqa: PYI034 - see ``Record``
            """For ``__init_subclass__`` alone."""
            return object.__new__(cls)

        def __reduce__(self) -> tuple[object, ...]:
            return getattr, (type(self), self.name)

        def __repr__(self) -> str:
            return f"{type(self).__name__}.{self.name}"

        def __str__(self) -> str:
            return self.name

    def dataclass_transform(**_: bool) -> object:
        """It speaks to type checkers alone."""
        return lambda cls: cls


FIELDS = tuple([property(itemgetter(place)) for place in range(16)])
"""What reads a record's first field, its second ..."""


@dataclass_transform(frozen_default=True, eq_default=True)
class Record(tuple[object, ...]):
    """Base of frozen records: fields are the annotations, those of a base first; defaults are class attributes.

    What ``dataclass(frozen=True)`` gives, at a hundredth of its cost when the module is imported: forty generated
    dataclasses would be most of the time that importing a pool takes, in every worker too.  A record is a tuple
    underneath, so making one is quick as well; but it equals only records of its own class.
    """

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()
    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, object]] = {}

    def __init_subclass__(cls) -> None:
        fields = (*cls._fields, *cls.__annotations__)
        cls._fields = fields
        cls._defaults = {field: cls.__dict__[field] for field in fields if field in cls.__dict__}
        type.__setattr__(cls, "__match_args__", fields)
        for field, reading in zip(fields, FIELDS, strict=False):
            type.__setattr__(cls, field, reading)

    def __new__(cls, *values: object, **named: object) -> Record:  # noqa: PYI034 - Self would hide the fields from mypy
        if len(values) != len(cls._fields) or named:
            values = cls._complete(values, named)
        return tuple.__new__(cls, values)

    @classmethod
    def _complete(cls, values: tuple[object, ...], named: dict[str, object]) -> tuple[object, ...]:
        """Each field once, by place or by name."""
        given = dict(zip(cls._fields, values, strict=False))
        known = len(given) == len(values) and not given.keys() & named.keys() and named.keys() <= set(cls._fields)
        given = {**cls._defaults, **given, **named}
        if not known or len(given) != len(cls._fields):
            takes = ", ".join(cls._fields) or "nothing"
            raise TypeError(f"{cls.__name__} takes {takes}; it was given {values} and {named}")
        return tuple([given[field] for field in cls._fields])

    def __getnewargs__(self) -> tuple[object, ...]:
        return tuple(self)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set to {value!r}")

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__
    """Of its values alone: two of different classes may have the same, and are not equal."""

    def __repr__(self) -> str:
        fields = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}({fields})"


class IllegalStep(Exception):  # noqa: N818 - the name that the design gives it
    """A machine was told something that cannot happen in its state: a bug of the pool, never of the user."""

    def __init__(self, actor: str, state: object, event: object, story: str) -> None:
        super().__init__(f"{actor} in state {state} was told {event}: {story}")
        self.actor, self.state, self.event, self.story = actor, state, event, story


# --- the calls of client threads --------------------------------------------------------------------------------------


class Step(Name):
    """Steps of a client's call."""

    READ_BROKEN = "is the pool broken?"
    READ_CLOSED = "is it closed?"
    START_ONCE = "start the pool, if nobody has"
    PICKLE = "pickle the call, or keep it if the budget is spent"
    PUBLISH = "make the task claimable and post it to the manager"
    REREAD_BROKEN = "is it broken now?"
    REREAD_CLOSED = "is it closed now?"
    WITHDRAW_BROKEN = "claim the own task, since the pool is broken"
    WITHDRAW_CLOSED = "claim the own task, since the pool is closed"
    ISSUE_ALONE = "with direct dispatch: issue the task to the worker that is lent, if it is the first that was posted"
    WAKE_FOR_TASK = "wake the manager if it sleeps"
    READ_STATE = "is the future done or cancelled?"
    CLAIM = "claim the task"
    FIND_LANE = "to which lane was it sent?"
    REVOKE = "lock the lane, tell the manager, revoke the tickets; can the task be claimed? (None: it has moved)"
    NOTIFY_CLAIMED = "cancel the future and notify its waiters"
    NOTIFY_REVOKED = "cancel the future and notify its waiters; its ticket was revoked"
    POST_WITHDRAWN = "tell the manager that the task is gone"
    POST_REVOKED = "tell the manager that tickets were revoked, and that the task is gone"
    POST_UNCHANGED = "tell the manager that tickets were revoked"
    POST_MOVED = "tell the manager that tickets of a lane were revoked where the task is no more"
    WAKE_DONE = "wake the manager; the task is cancelled"
    WAKE_BEGUN = "wake the manager; the task has begun"
    POST_STOP = "tell the manager to stop the task"
    WAKE_FOR_STOP = "wake the manager; it is to stop the task"
    NOTIFY_STOPPED = "cancel the future, though its task has begun, and notify its waiters"
    CLOSE = "close the pool for submissions"
    NEVER_STARTED = "take the start away, if nobody has started"
    POST_REQUEST = "post the request to the manager"
    WAKE_FOR_REQUEST = "wake the manager"
    OWN_THREAD = "is the caller to wait, and is it none of the pool's threads?"
    WAIT = "wait until the pool has ended"
    PUBLISH_AGAIN = "make a further attempt claimable and post it to the manager"
    LOOK_AGAIN = "would it still be taken in now?"
    WITHDRAW_AGAIN = "claim the further attempt, since it would not"
    NOTE_DRAIN = "note that the pool is to drain"
    CALLS_ARE_OPEN = "is a call open that may be tried again?"
    LEAVE_OPEN = "the call is open no more"
    DRAIN_IS_OWED = "is the pool to drain, and no call open?"


class End(Name):
    """How a call ends."""

    RETURN = "returns"
    TRUE = "returns True"
    FALSE = "returns False"
    RAISE = "raises what came out of starting"
    BROKEN = "raises BrokenProcessPool"
    CLOSED = "raises RuntimeError: closed"


Result: TypeAlias = bool | None
Table: TypeAlias = "Mapping[Step, Mapping[Result, Step | End]]"

SUBMIT: Table = {
    Step.READ_BROKEN: {True: End.BROKEN, False: Step.READ_CLOSED},
    Step.READ_CLOSED: {True: End.CLOSED, False: Step.PICKLE},
    Step.PICKLE: {True: Step.PUBLISH, False: End.RETURN},  # False: the error is in the future
    Step.PUBLISH: {None: Step.START_ONCE},
    Step.START_ONCE: {True: Step.REREAD_BROKEN, False: End.RAISE},
    Step.REREAD_BROKEN: {True: Step.WITHDRAW_BROKEN, False: Step.REREAD_CLOSED},
    Step.REREAD_CLOSED: {True: Step.WITHDRAW_CLOSED, False: Step.WAKE_FOR_TASK},
    Step.WITHDRAW_BROKEN: {True: End.BROKEN, False: Step.WAKE_FOR_TASK},  # False: the manager was faster, it is done
    Step.WITHDRAW_CLOSED: {True: End.CLOSED, False: Step.WAKE_FOR_TASK},
    Step.WAKE_FOR_TASK: {None: End.RETURN},
}
"""``submit``.  The second look is what lets the manager end: whatever it no longer sees, its submitter withdraws.

Publishing comes before starting, and the second look after it: so a task whose submitter saw another thread at the
start is seen by that thread if the start fails, and one whose submitter saw the start taken away by a shutdown is
withdrawn.
"""

CANCEL: Table = {
    Step.READ_STATE: {None: Step.CLAIM, True: End.TRUE, False: End.FALSE},  # True: cancelled already, False: done
    Step.CLAIM: {True: Step.NOTIFY_CLAIMED, False: Step.FIND_LANE},
    Step.NOTIFY_CLAIMED: {None: Step.POST_WITHDRAWN},
    Step.POST_WITHDRAWN: {None: Step.WAKE_DONE},
    Step.FIND_LANE: {True: Step.REVOKE, False: Step.NOTIFY_CLAIMED},  # False: never sent, whoever claimed it is late
    Step.REVOKE: {True: Step.NOTIFY_REVOKED, False: Step.POST_UNCHANGED, None: Step.POST_MOVED},
    Step.POST_MOVED: {None: Step.CLAIM},
    Step.NOTIFY_REVOKED: {None: Step.POST_REVOKED},
    Step.POST_REVOKED: {None: Step.WAKE_DONE},
    Step.POST_UNCHANGED: {None: Step.WAKE_BEGUN},
    Step.WAKE_DONE: {None: End.TRUE},
    Step.WAKE_BEGUN: {None: End.FALSE},
}
"""``Future.cancel``: it succeeds if and only if no worker has begun the task, and the pool has not ended it meanwhile.

Every step is made under the future's re-entrant lock, except REVOKE, which takes the lane's: nobody waits for a
lane's lock with a future's in his hands, since a finalizer of the user may run under the lane's and want the future's.
So between REVOKE and NOTIFY_REVOKED others may end the future, and what it became is what the call returns.

The manager is told of a revoking before it happens, under the lane's lock, so that an interrupted call loses no
ticket; and after it, since the manager does not wait for that lock.
"""

SHUTDOWN: Table = {
    Step.CLOSE: {None: Step.NEVER_STARTED},
    Step.NEVER_STARTED: {True: End.RETURN, False: Step.POST_REQUEST},
    Step.POST_REQUEST: {None: Step.WAKE_FOR_REQUEST},
    Step.WAKE_FOR_REQUEST: {None: Step.OWN_THREAD},
    Step.OWN_THREAD: {True: Step.WAIT, False: End.RETURN},
    Step.WAIT: {None: End.RETURN},
}
"""``shutdown``, ``terminate_workers``, ``kill_workers``: they differ in the level that they post."""


def follow(table: Table, perform: Callable[[Step], Result]) -> End:
    """Make the call: perform the steps in the table's order until its end."""
    at: Step | End = next(iter(table))
    while isinstance(at, Step):
        at = table[at][perform(at)]
    return at


# --- the worker -------------------------------------------------------------------------------------------------------


class Do(Name):
    """Steps of a worker; also its states: it is always in the middle of exactly one."""

    INITIALIZE = "run the initializer"
    SAY_READY = "write: ready"
    SAY_FAILED = "write: the initializer failed"
    TAKE_TICKET = "wait for a ticket"
    READ_FRAME = "read the next frame"
    RUN = "run the call"
    ANSWER = "write the whole answer"
    LEAVE = "run exit handlers and end, exit code 0"
    ABORT = "end, exit code 1"


class Came(Name):
    """What can come of a worker's step."""

    DONE = "done"
    FAILED = "it raised"
    TICKET = "a ticket for a frame"
    LEAVE = "the ticket to leave, or end of file"
    MATCH = "the frame of the ticket"
    STALE = "a frame whose ticket was revoked"
    LOST = "the channel is closed"


WORKER: Mapping[Do, Mapping[Came, Do]] = {
    Do.INITIALIZE: {Came.DONE: Do.SAY_READY, Came.FAILED: Do.SAY_FAILED},
    Do.SAY_READY: {Came.DONE: Do.TAKE_TICKET, Came.LOST: Do.ABORT},
    Do.SAY_FAILED: {Came.DONE: Do.ABORT, Came.LOST: Do.ABORT},
    Do.TAKE_TICKET: {Came.TICKET: Do.READ_FRAME, Came.LEAVE: Do.LEAVE},
    Do.READ_FRAME: {Came.MATCH: Do.RUN, Came.STALE: Do.READ_FRAME, Came.LOST: Do.ABORT},
    Do.RUN: {Came.DONE: Do.ANSWER},  # whatever the call raises is its answer
    Do.ANSWER: {Came.DONE: Do.TAKE_TICKET, Came.LOST: Do.ABORT},
    Do.LEAVE: {},
    Do.ABORT: {},
}
"""State -> what came of it -> next state.  The two dead ends are ends of the process."""


class WorkerMachine:
    """One worker; ``key`` and ``copy`` serve exploration."""

    __slots__ = ("at", "ticket")

    def __init__(self) -> None:
        self.at = Do.INITIALIZE
        self.ticket = 0

    def key(self) -> tuple[Do, int]:
        """All of the state as a hashable value."""
        return self.at, self.ticket

    def copy(self) -> WorkerMachine:
        """An independent copy."""
        twin = WorkerMachine()
        twin.at, twin.ticket = self.at, self.ticket
        return twin

    def took(self, ticket: int) -> Came:
        if ticket == LEAVE:  # so does the end of file say
            return Came.LEAVE
        self.ticket = ticket
        return Came.TICKET

    def read(self, seq: int) -> Came:
        return Came.MATCH if seq == self.ticket else Came.STALE

    def step(self, came: Came) -> Do:
        """Go on; IllegalStep for what the table does not have for this state, and nothing is changed."""
        following = WORKER[self.at].get(came)
        if following is None:
            raise IllegalStep("worker", self.at.name, came.name, f"ticket {self.ticket}")
        self.at = following
        return following


# --- the manager itself fails -----------------------------------------------------------------------------------------


class Panic(Name):
    """One thing to do."""

    REFUSE = "refuse submissions: the pool is broken"
    END_WORKERS = "kill every worker and reap it"
    TELL = "tell every future that has no end; one whose lock is held is told by a user-code thread"
    CALL_BACK = "have the callbacks of all these called: when all are told, since one may wait for another"
    LET_GO = "give up the starts that are under way, and let the user-code threads go when they have done their jobs"
    CLOSE = "close what belonged to the workers"


PANIC = (Panic.REFUSE, Panic.END_WORKERS, Panic.TELL, Panic.CALL_BACK, Panic.LET_GO, Panic.CLOSE)
"""What is done when the manager itself has failed, and in which order.

No machine takes part: what it knew may be what is wrong.  Whoever performs this asks his own books instead: which
workers there are, which futures have no end or owe callbacks, what nobody has taken out of the inbox.

The order matters three times.  Submissions are refused before the inbox is looked into: who has posted before that is
notified, who posts later looks at the gate again and withdraws.  Workers are ended before futures: nobody begins what
is done.  And their channels are closed when all have an end: a canceller may be at one, and finds the ticket that
nobody took; and a client that issues its task to a worker that was lent finds its post in the inbox no more.
"""
