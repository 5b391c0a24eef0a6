"""What a round has shown: frozen data, the oracle's only evidence besides the plan.

Moments are numbers of one counter for the whole round: of two calls, the one that ended at 7 was over before the one
that began at 9. Nothing here holds a future or an exception, so that a record keeps no pool alive.
"""

from dataclasses import dataclass, field

from tests.checks.stress.catalogue import Outcome
from tests.checks.stress.plan import Closing

OBSERVER = 0  # the first callback of each future is the round's own; the plan's follow from 1


@dataclass(frozen=True, slots=True)
class Death:
    """What a BrokenProcessPool says of the worker it is about."""

    pid: int | None
    exitcode: int | None
    task: str | None
    ran: bool


@dataclass(frozen=True, slots=True)
class Slot:
    """One submit and its future."""

    outcome: Outcome
    begin: int
    end: int
    accepted: bool = True  # submit() returned a future
    death: Death | None = None
    trace: str = ""  # of an error: where it came from, as the error's cause says
    told: bool = True  # wait() agrees with done()
    early: tuple[int, ...] = ()  # callbacks added while it was not done, in order
    late: tuple[int, ...] = ()  # callbacks added when it was
    ran: tuple[int, ...] = ()  # callbacks in the order in which they ran


@dataclass(frozen=True, slots=True)
class CancelCall:
    """One cancel(): its answer, or what it raised."""

    slot: int
    answer: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class LookCall:
    """What a future said of itself at one moment."""

    slot: int
    running: bool
    done_before: bool  # asked before running()
    cancelled_after: bool  # asked after it


@dataclass(frozen=True, slots=True)
class CloseCall:
    """One request to end the pool; `end` is None while it has not returned."""

    how: Closing
    begin: int
    end: int | None
    in_callback: bool = False
    error: str = ""
    undone: tuple[int, ...] = ()  # futures not done when it returned
    unheard: tuple[int, ...] = ()  # futures with callbacks that had not run when it returned
    workers: int = 0  # workers alive when it returned


@dataclass(frozen=True, slots=True)
class MapCall:
    """What one map() gave its caller."""

    slot: int
    begin: int
    end: int
    results: tuple[str, ...]
    stopped: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A line of the journal: a task began in a process."""

    mark: str
    pid: int


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that was not there before the round and is there after it."""

    what: str  # process, zombie, thread, descriptor, closed descriptor, shared memory, file, executor
    detail: str


@dataclass(frozen=True, slots=True)
class Record:
    """All evidence of one round."""

    slots: dict[int, Slot]
    cancels: tuple[CancelCall, ...] = ()
    closes: tuple[CloseCall, ...] = ()
    maps: tuple[MapCall, ...] = ()
    begun: tuple[Begun, ...] = ()
    looks: tuple[LookCall, ...] = ()
    strikes: int = 0  # signals that reached a worker
    interrupts: int = 0  # those of them that were SIGINT
    most_workers: int = 0
    stuck: tuple[str, ...] = ()  # threads that did not end in time, with the step they are in
    errors: tuple[str, ...] = ()  # what calls raised that must not raise
    leaks: tuple[Leak, ...] = ()
    workers_seen: frozenset[int] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise: which one, and how it shows."""

    rule: str
    detail: str
