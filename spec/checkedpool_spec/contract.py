"""The contract as a machine: futures and an executor as a caller sees them.  No queue, no worker, no thread.

Decides: what may happen to a future and to the executor, in which state of both, and what must happen at last.  Must
not know: how any of it is brought about; who of the pool does it.  Each rule names the clauses of ``contract.md`` that
it expresses.  What only time, numbers or values can tell (clauses on pickling, limits, leaks) is not in here.

Nothing bad happens without a cause.  A call fails if its outcome is an error, a future is cancelled by a call of
cancel(), terminate() or kill(), or by a request to cancel, a task is stopped by such a call or at a limit of its own, a
pool breaks by what its policy says.  Policy, patience, the limit of deaths in a row and outcomes never change.  What is
in a row only the manager knows: here that is a limit of all deaths.

A rule has one parameter, an index over futures, over callers, or over nothing.  Its guard is a tuple of named
functions, all of which must hold; its effect gives the state after it.  The state is a value.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import NamedTuple

from checkedpool_spec.records import quickly_replaced
from checkedpool_spec.vocabulary import STARTS_BEFORE_GIVING_UP, DeathPolicy, ShutdownLevel

__all__ = ["RULES", "Asked", "Contract", "Future", "Outcome", "Rule", "State", "is_over"]


class Asked(IntEnum):
    """What became of the submit() that was to hand out the future."""

    NOT_YET = 0
    UNDER_WAY = 1
    RETURNED = 2
    """The caller has the future: the task is accepted."""
    RAISED = 3
    LOST = 4
    """A signal handler interrupted the caller: the task may run all the same."""


class State(IntEnum):
    """What a future is. The last six are ends."""

    PENDING = 0
    RUNNING = 1
    """A worker has begun it."""
    SUCCEEDED = 2
    FAILED = 3
    CANCELLED = 4
    BROKEN = 5
    """It has a BrokenProcessPool with ran=False."""
    BLAMED = 6
    """It has a BrokenProcessPool with ran=True: its worker ended while running it."""
    STOPPED = 7
    """It is cancelled, by a call of terminate() or kill(), though begun; or was stopped at its limit."""


class Outcome(IntEnum):
    """What a task comes to if a worker runs it to its end."""

    VALUE = 0
    ERROR = 1
    """The call raises, or what it returns cannot be pickled or rebuilt."""
    UNPICKLABLE = 2
    """Its arguments cannot be pickled: no worker ever begins it."""


@quickly_replaced
class Future(NamedTuple):
    """One task and its future. It is told with its end: to end and to tell is one step for whoever waits."""

    asked: Asked = Asked.NOT_YET
    state: State = State.PENDING
    has_callback: bool = False
    called: int = 0
    """How often its callback was called."""
    outcome: Outcome = Outcome.VALUE


@quickly_replaced
class Contract(NamedTuple):
    """All that a caller can know."""

    futures: tuple[Future, ...]
    waiting: tuple[bool, ...]
    """For each caller whether he waits for the executor's end."""
    closed: bool = False
    level: ShutdownLevel = ShutdownLevel.OPEN
    broken: bool = False
    over: bool = False
    """Nothing of the executor is left."""
    deaths: int = 0
    """How many workers have died so far without having been told to."""
    troubles: int = 0
    """How many starts have come to nothing so far."""
    defects: int = 0
    """How many initializers have raised so far, and how often the manager has failed."""
    policy: DeathPolicy = DeathPolicy.BREAK
    patience: int = STARTS_BEFORE_GIVING_UP
    restarts: int | None = None
    """How many deaths in a row are survived under "replace"; None: any number."""


Guard = Callable[[Contract, int], bool]
Effect = Callable[[Contract, int], Contract]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that may happen."""

    name: str
    clauses: tuple[str, ...]
    over: str
    """What its index ranges over: "future", "caller", "level", or "" for nothing."""
    guard: tuple[Guard, ...]
    effect: Effect
    owed: bool = False
    """Whether it must happen at last where it stays possible."""


# --- guards -----------------------------------------------------------------------------------------------------------


def not_asked(c: Contract, t: int) -> bool:
    """Nobody has submitted it."""
    return c.futures[t].asked == Asked.NOT_YET


def being_asked(c: Contract, t: int) -> bool:
    """Its submit() is under way."""
    return c.futures[t].asked == Asked.UNDER_WAY


def accepted(c: Contract, t: int) -> bool:
    """The caller has its future."""
    return c.futures[t].asked == Asked.RETURNED


def not_accepted(c: Contract, t: int) -> bool:
    """No caller has its future, yet or for ever."""
    return c.futures[t].asked != Asked.RETURNED


def may_run(c: Contract, t: int) -> bool:
    """It was submitted and not refused."""
    return c.futures[t].asked in (Asked.UNDER_WAY, Asked.RETURNED, Asked.LOST)


def accepts(c: Contract, _t: int) -> bool:
    """The executor is neither closed nor broken."""
    return not c.closed and not c.broken


def refuses(c: Contract, _t: int) -> bool:
    """The executor is closed or broken."""
    return c.closed or c.broken


def pending(c: Contract, t: int) -> bool:
    """No worker has begun it, and it has no end."""
    return c.futures[t].state == State.PENDING


def running(c: Contract, t: int) -> bool:
    """A worker has begun it, and it has no end."""
    return c.futures[t].state == State.RUNNING


def unfinished(c: Contract, t: int) -> bool:
    """It has no end."""
    return c.futures[t].state <= State.RUNNING


def ended(c: Contract, t: int) -> bool:
    """It has an end."""
    return c.futures[t].state > State.RUNNING


def not_called(c: Contract, t: int) -> bool:
    """It has a callback, which nobody has called."""
    return c.futures[t].has_callback and not c.futures[t].called


def broken(c: Contract, _t: int) -> bool:
    """The pool is broken."""
    return c.broken


def not_broken(c: Contract, _t: int) -> bool:
    """The pool is not broken."""
    return not c.broken


def gives_a_value(c: Contract, t: int) -> bool:
    """Its outcome is a value."""
    return c.futures[t].outcome == Outcome.VALUE


def gives_an_error(c: Contract, t: int) -> bool:
    """Its outcome is an error."""
    return c.futures[t].outcome == Outcome.ERROR


def can_be_pickled(c: Contract, t: int) -> bool:
    """A worker can get its arguments."""
    return c.futures[t].outcome != Outcome.UNPICKLABLE


def cannot_be_pickled(c: Contract, t: int) -> bool:
    """No worker can get its arguments."""
    return c.futures[t].outcome == Outcome.UNPICKLABLE


def asked_to_cancel(c: Contract, _t: int) -> bool:
    """Somebody has asked for all that has not begun to be cancelled."""
    return c.level >= ShutdownLevel.CANCEL


def has_a_cause_to_break(c: Contract, _t: int) -> bool:
    """A death under "break"; an initializer or the manager that failed; deaths, starts and early deaths too many."""
    if c.defects or c.deaths > (0 if c.policy is DeathPolicy.BREAK else inf if c.restarts is None else c.restarts):
        return True
    blamed = sum(future.state == State.BLAMED for future in c.futures)
    return c.troubles + c.deaths - blamed >= c.patience


def a_death_is_uncharged(c: Contract, _t: int) -> bool:
    """More workers have died than tasks were blamed; or the workers' ends were ordered."""
    blamed = sum(future.state == State.BLAMED for future in c.futures)
    return c.deaths > blamed or c.level >= ShutdownLevel.TERMINATE


def open_for_all(c: Contract, _t: int) -> bool:
    """Nobody has closed it."""
    return not c.closed


def closed(c: Contract, _t: int) -> bool:
    """Somebody has closed it."""
    return c.closed


def stronger(c: Contract, level: int) -> bool:
    """The request is stronger than all before it."""
    return level > c.level


def to_end(c: Contract, _t: int) -> bool:
    """It was asked to end, or it is broken."""
    return c.level >= ShutdownLevel.DRAIN or c.broken


def all_settled(c: Contract, _t: int) -> bool:
    """Every accepted future is done, no task runs, every callback has been called."""
    return all(
        future.state != State.RUNNING
        and (future.asked != Asked.RETURNED or (future.state > State.RUNNING and future.called == future.has_callback))
        for future in c.futures
    )


def not_over(c: Contract, _t: int) -> bool:
    """Something of the executor is left."""
    return not c.over


def over(c: Contract, _t: int) -> bool:
    """Nothing of the executor is left."""
    return c.over


def waits(c: Contract, caller: int) -> bool:
    """The caller waits for its end."""
    return c.waiting[caller]


def does_not_wait(c: Contract, caller: int) -> bool:
    """The caller does not wait."""
    return not c.waiting[caller]


# --- effects ----------------------------------------------------------------------------------------------------------


def _with(c: Contract, t: int, future: Future) -> Contract:
    return c._replace(futures=(*c.futures[:t], future, *c.futures[t + 1 :]))


def _asked(asked: Asked) -> Effect:
    return lambda c, t: _with(c, t, c.futures[t]._replace(asked=asked))


def _becomes(state: State) -> Effect:
    return lambda c, t: _with(c, t, c.futures[t]._replace(state=state))


def _called(c: Contract, t: int) -> Contract:
    return _with(c, t, c.futures[t]._replace(called=c.futures[t].called + 1))


def _waiting(*, waits: bool) -> Effect:
    return lambda c, caller: c._replace(waiting=(*c.waiting[:caller], waits, *c.waiting[caller + 1 :]))


# --- the rules --------------------------------------------------------------------------------------------------------

RULES: tuple[Rule, ...] = (
    # submit
    Rule("Asks", ("C-15", "C-44"), "future", (not_asked, accepts), _asked(Asked.UNDER_WAY)),
    Rule("Accepts", ("C-16", "C-18"), "future", (being_asked,), _asked(Asked.RETURNED), owed=True),
    Rule("Refuses", ("C-17", "C-44", "C-83"), "future", (not_asked, refuses), _asked(Asked.RAISED)),
    Rule("Withdraws", ("C-18",), "future", (being_asked, refuses, pending), _asked(Asked.RAISED)),
    Rule("Loses", ("C-18",), "future", (being_asked,), _asked(Asked.LOST)),
    # one future
    Rule("Begins", ("C-03", "C-04"), "future", (accepted, pending, can_be_pickled), _becomes(State.RUNNING), owed=True),
    Rule("BeginsUnpromised", ("C-03", "C-18", "C-20"), "future", (may_run, not_accepted, pending, can_be_pickled),
         _becomes(State.RUNNING)),
    Rule("Succeeds", ("C-01", "C-02", "C-78"), "future", (running, gives_a_value), _becomes(State.SUCCEEDED),
         owed=True),
    Rule("Fails", ("C-33", "C-37", "C-38", "C-39"), "future", (running, gives_an_error), _becomes(State.FAILED),
         owed=True),
    Rule("FailsUnbegun", ("C-20",), "future", (may_run, pending, cannot_be_pickled), _becomes(State.FAILED),
         owed=True),
    Rule("Cancels", ("C-05", "C-06"), "future", (may_run, pending), _becomes(State.CANCELLED)),
    Rule("Stops", ("C-111", "C-132"), "future", (accepted, running), _becomes(State.STOPPED)),
    Rule("CancelsOnRequest", ("C-46", "C-88"), "future", (may_run, pending, asked_to_cancel),
         _becomes(State.CANCELLED)),
    Rule("Charges", ("C-56", "C-79", "C-84"), "future", (running, a_death_is_uncharged), _becomes(State.BLAMED)),
    Rule("BreaksOff", ("C-82",), "future", (may_run, unfinished, broken), _becomes(State.BROKEN)),
    Rule("CallsBack", ("C-08", "C-13"), "future", (ended, not_called), _called, owed=True),
    # the executor
    Rule("Closes", ("C-44", "C-55"), "", (open_for_all,), lambda c, _: c._replace(closed=True)),
    Rule("Requests", ("C-42", "C-43", "C-53", "C-54"), "level", (closed, stronger),
         lambda c, level: c._replace(level=ShutdownLevel(level))),
    Rule("Breaks", ("C-69", "C-71", "C-82", "C-84", "C-86", "C-89", "C-135"), "", (not_broken, has_a_cause_to_break),
         lambda c, _: c._replace(broken=True)),
    Rule("Ends", ("C-48", "C-50", "C-62"), "", (to_end, all_settled, not_over), lambda c, _: c._replace(over=True),
         owed=True),
    Rule("Waits", ("C-48", "C-60"), "caller", (closed, does_not_wait), _waiting(waits=True)),
    Rule("WaitReturns", ("C-48",), "caller", (waits, over), _waiting(waits=False), owed=True),
    Rule("LeavesWait", ("C-52",), "caller", (waits,), _waiting(waits=False)),
    # the environment
    Rule("Dies", ("C-77",), "", (not_over,), lambda c, _: c._replace(deaths=c.deaths + 1)),
    Rule("Troubles", ("C-69",), "", (not_over,), lambda c, _: c._replace(troubles=c.troubles + 1)),
    Rule("Defects", ("C-71", "C-89"), "", (not_over,), lambda c, _: c._replace(defects=c.defects + 1)),
)  # fmt: skip


def is_over(c: Contract) -> bool:
    """It is right that nothing happens any more: the executor has ended, and no call is under way."""
    return c.over and not any(c.waiting) and all(future.asked != Asked.UNDER_WAY for future in c.futures)
