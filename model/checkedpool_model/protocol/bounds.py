"""What is fixed during one run of the model: how much of everything there is, and what the clients do.

Decides: which choices a scope can make. Must not know: which choices are worth making (``scopes``), what the protocol
does with them (``actions``). No number that bounds a run stands anywhere else.
"""

from dataclasses import dataclass, field
from enum import IntEnum

from checkedpool_model.protocol.state import Budget, Client, Handed, Lane, Mark, Slot, State, Step, Task, Worker
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

__all__ = [
    "LATE",
    "REBUILT",
    "Bounds",
    "Call",
    "Cancel",
    "Kind",
    "Resize",
    "Script",
    "Shutdown",
    "Start",
    "Stop",
    "Submit",
    "first_step",
    "initial",
    "spell",
]


class Kind(IntEnum):
    """What is special about a task's values."""

    PLAIN = 0
    """It returns a value."""
    BAD_ARGUMENT = 1
    """Its arguments cannot be pickled: found in submit()."""
    BAD_RESULT = 2
    """It raises, or its arguments or its result are lost to pickling in the worker: the answer is an error."""
    ENDLESS = 3
    """It never ends by itself."""
    LATE = 4
    """Its arguments are kept at submit() and pickled later by a user-code thread."""
    LATE_BAD = 5
    """As LATE, and they cannot be pickled."""
    REBUILT = 6
    """Its value has to be rebuilt by code of the user: a user-code thread does it."""
    NOT_REBUILT = 7
    """As REBUILT, and that fails."""
    LATE_REBUILT = 8
    """As LATE and as REBUILT."""
    LATE_NOT_REBUILT = 9
    """As LATE and as NOT_REBUILT."""


LATE = (Kind.LATE, Kind.LATE_BAD, Kind.LATE_REBUILT, Kind.LATE_NOT_REBUILT)
"""The kinds whose arguments a user-code thread pickles."""
REBUILT = (Kind.REBUILT, Kind.NOT_REBUILT, Kind.LATE_REBUILT, Kind.LATE_NOT_REBUILT)
"""The kinds whose value a user-code thread rebuilds."""


class Start(IntEnum):
    """How workers come into being."""

    WARM = 0
    """All that are allowed are there and ready at the beginning, none is ever added: fork, after its first submit."""
    COLD = 1
    """As WARM, but their initializers have not run yet."""
    ON_DEMAND = 2
    """The manager has them started when there is work: spawn, forkserver."""


@dataclass(frozen=True, slots=True)
class Submit:
    """submit(), or one chunk of map()."""

    task: int


@dataclass(frozen=True, slots=True)
class Cancel:
    """cancel() on the future of a task, by whoever has it as soon as it is handed out."""

    task: int


@dataclass(frozen=True, slots=True)
class Stop:
    """terminate() or kill() on the future of a task: cancel() that does not end where the task has begun."""

    task: int


@dataclass(frozen=True, slots=True)
class Shutdown:
    """shutdown(), terminate_workers(), kill_workers(); collection (drain, no wait); interpreter exit (drain, wait)."""

    level: ShutdownLevel
    wait: bool = False


@dataclass(frozen=True, slots=True)
class Resize:
    """resize(): another max_workers."""

    workers: int


Call = Submit | Cancel | Stop | Shutdown | Resize

Script = tuple[tuple[Call, ...], ...]
"""What each client thread calls, in order. One thread a row."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """One run's constants."""

    script: Script = ()
    """What each client thread calls, in order; one thread a row."""
    allowed: int = 1
    """max_workers."""
    tasks: int = 1
    """How many there are."""
    kinds: tuple[Kind, ...] = ()
    """The kind of each task; PLAIN where the tuple ends."""
    priorities: tuple[int, ...] = ()
    """The priority of each task; 0 where the tuple ends."""
    given: int = 0
    """How many of the tasks, the first ones, the manager has on its list when the run begins, their futures handed out:
    smaller graphs, for what does not depend on how a task comes in."""
    window: int = 2
    """How many tasks a lane may have at a time: what runs, and what was sent ahead."""
    callbacks: tuple[int, ...] = ()
    """The tasks whose futures have a callback."""
    blocking: tuple[int, ...] = ()
    """Of these, the ones whose callback waits until all other futures are done."""
    inside: tuple[int, ...] = ()
    """For each row of the script the task in whose callback its calls are made; NOBODY, and where the tuple ends: they
    are made in a thread of the client's own."""
    policy: DeathPolicy = DeathPolicy.BREAK
    start: Start = Start.WARM
    restarts: int | None = None
    """max_worker_restarts."""
    task_limit: int | None = None
    """max_tasks_per_child."""
    min_workers: int = 0
    """min_workers, where idle workers leave (``Budget.idles``)."""
    patience: int = 2
    """How many starts in a row may come to nothing before the pool breaks."""
    sleeps: bool = True
    """False: the manager never sleeps. It may then act at any moment, so every order of actions that a sleeping manager
    allows is still there, and states are fewer; what is not there is a lost wake-up."""
    budget: Budget = field(default_factory=Budget)

    @property
    def lanes(self) -> int:
        """How many lanes the state has: where lanes are added one more than allowed, so that one too many shows."""
        return self.most + (self.start == Start.ON_DEMAND)

    @property
    def most(self) -> int:
        """How many workers are ever allowed."""
        return max((self.allowed, *self.sizes))

    @property
    def sizes(self) -> tuple[int, ...]:
        """What a client wants max_workers to be, in no order."""
        return tuple(call.workers for calls in self.script for call in calls if isinstance(call, Resize))

    @property
    def threads(self) -> int:
        """How many user-code threads there can be: one, and one more beside each callback that blocks."""
        return 1 + len(self.blocking) if self.has_user_code else 0

    def kind(self, task: int) -> Kind:
        """The kind of a task."""
        return self.kinds[task] if task < len(self.kinds) else Kind.PLAIN

    def priority(self, task: int) -> int:
        """The priority of a task."""
        return self.priorities[task] if task < len(self.priorities) else 0

    def is_late(self, task: int) -> bool:
        """Whether its arguments are pickled by a user-code thread, after submit()."""
        return self.kind(task) in LATE

    def submitter(self, task: int) -> int:
        """The client that submits the task; NOBODY for what is given: one client has submitted that before."""
        return next((c for c, calls in enumerate(self.script) if Submit(task) in calls), int(Mark.NOBODY))

    def callback_of(self, client: int) -> int:
        """The task in whose callback the client makes its calls, or NOBODY."""
        return self.inside[client] if client < len(self.inside) else Mark.NOBODY

    @property
    def stops(self) -> bool:
        """Whether a client has a begun task stopped."""
        return any(isinstance(call, Stop) for calls in self.script for call in calls)

    @property
    def has_user_code(self) -> bool:
        """Whether user-code threads have anything to do."""
        return bool(self.callbacks) or any(kind >= Kind.LATE for kind in self.kinds)


def first_step(call: Call | None) -> Step:
    """Where a client is when it begins this call; None: it has made all its calls."""
    match call:
        case Submit():
            return Step.SUBMITTING
        case Cancel() | Stop():
            return Step.CANCELLING
        case Shutdown():
            return Step.CLOSING
        case Resize():
            return Step.RESIZING
        case None:
            return Step.FINISHED


GIVEN = Task(handed=Handed.RETURNED, pending=True, unclaimed=True)


def initial(k: Bounds) -> State:
    """The state in which a run begins: nothing called yet but what is given, the manager awake."""
    if k.start == Start.ON_DEMAND:
        lane = Lane()
    elif k.start == Start.COLD:
        lane = Lane(slot=Slot.UP, worker=Worker.BOOTING)
    else:
        lane = Lane(slot=Slot.READY, worker=Worker.WAITING)
    return State(
        clients=tuple(Client(0, first_step(calls[0] if calls else None)) for calls in k.script),
        tasks=tuple((GIVEN if t < k.given else Task())._replace(has_callback=t in k.callbacks) for t in range(k.tasks)),
        threads=(Mark.NOBODY,) if k.has_user_code else (),
        lanes=(lane,) * k.lanes,
        budget=k.budget,
        size=k.allowed,
    )


def spell(script: Script) -> str:
    """A script in one line: ``submit 0, cancel 0 | terminate``."""
    return " | ".join(", ".join(_spell(call) for call in calls) for calls in script)


def _spell(call: Call) -> str:
    match call:
        case Submit(task):
            return f"submit {task}"
        case Cancel(task):
            return f"cancel {task}"
        case Stop(task):
            return f"stop {task}"
        case Resize(workers):
            return f"resize {workers}"
        case Shutdown(level, wait):
            return f"{level.name.lower()}{' and wait' if wait else ''}"
