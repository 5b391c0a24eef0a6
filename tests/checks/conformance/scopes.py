"""The scopes that are explored: scripts made by a machine, one graph for each, in families.

Decides: which calls in which order, with how many workers, tasks and crashes; what everybody waits for, and what takes
long. Must not know: how they are explored.

In every script a client's last call is a shutdown that waits: the interpreter's exit, which comes to every program, or
a stronger one. So every run comes to the end of the pool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from checkedpool._core.messages import Verdict
from checkedpool.testing import Budget, Call, Scope, Script, cancel, resize, shutdown, stop, submit
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel
from tests.checks.size import Size

__all__ = [
    "BREAKING",
    "BUG",
    "EXIT",
    "FAMILIES",
    "FORKED",
    "KILL",
    "MODES",
    "REPLACING",
    "THE_LAST",
    "THE_REST",
    "TWICE",
    "Case",
    "Family",
    "closed",
    "pairs",
    "parts",
    "singles",
    "submits",
]

LEVELS = (ShutdownLevel.DRAIN, ShutdownLevel.CANCEL, ShutdownLevel.TERMINATE, ShutdownLevel.KILL)
EXIT = shutdown(ShutdownLevel.DRAIN)
FORKED = Scope((), on_demand=False)
BREAKING = Scope((), on_demand=True)
REPLACING = Scope((), on_demand=True, policy=DeathPolicy.REPLACE)
MODES = {"fork": FORKED, "spawn": BREAKING, "replace": REPLACING}
KILL = Budget(kills=1)
THE_REST, THE_LAST = ", the rest", ", the last"
LARGER = {Size.LONG: THE_REST, Size.ALL: THE_LAST}
"""What the graphs of a family are called that a smaller verification does not have."""


@dataclass(frozen=True, slots=True)
class Case:
    """A scope, and the frame numbers that lanes have in it: up to the first, so many unread."""

    scope: Scope
    numbers: tuple[int, int] | None = None
    size: Size = Size.QUICK
    """The smallest verification that has it, if its family has none that is larger (``parts``)."""


@dataclass(frozen=True, slots=True)
class Family:
    """Cases that look at one thing."""

    name: str
    note: str
    cases: tuple[Case, ...]
    size: Size = Size.QUICK
    """The smallest verification that has it."""


def parts(family: Family) -> tuple[Family, ...]:
    """The graphs of each size that it has: the first under the family's name, larger ones as families of their own."""
    shares = {size: tuple(case for case in family.cases if _size_of(family, case) is size) for size in Size}
    (first, cases), *more = ((size, cases) for size, cases in shares.items() if cases)
    return (
        replace(family, cases=cases, size=first),
        *(
            Family(f"{family.name}{LARGER[size]}", f"{family.note}: what {size.value} has besides", cases, size)
            for size, cases in more
        ),
    )


def _long_if(is_larger: bool) -> Size:
    return Size.LONG if is_larger else Size.QUICK


def _size_of(family: Family, case: Case) -> Size:
    return family.size if case.size in family.size.within else case.size


# --- scripts ----------------------------------------------------------------------------------------------------------


def submits(count: int) -> Script:
    """Submit the first tasks."""
    return tuple(submit(t) for t in range(count))


def closed(script: Script) -> Script:
    """The script with the exit at its end, unless its last call waits anyway."""
    return script if script and script[-1].wait else (*script, EXIT)


def calls(next_task: int) -> tuple[Call, ...]:
    """Every single call that a client can make once tasks are submitted."""
    return (submit(next_task), cancel(0), *(shutdown(level) for level in LEVELS))


def singles(mode: Scope, tasks: int) -> Iterator[Case]:
    """All submits, then one call."""
    for call in calls(tasks):
        yield Case(replace(mode, scripts=(closed((*submits(tasks), call)),)))


def pairs(mode: Scope, tasks: int) -> Iterator[Case]:
    """All submits, then every ordered pair of calls; of two shutdowns the second waits."""
    for first in calls(tasks):
        for second in calls(tasks + (first.what == "submit")):
            yield Case(replace(mode, scripts=(closed((*submits(tasks), first._replace(wait=False), second)),)))


def triples(mode: Scope, tasks: int) -> Iterator[Case]:
    """All submits, then every ordered triple of calls; of shutdowns the last waits."""
    for first in calls(tasks):
        so_far = tasks + (first.what == "submit")
        for second in calls(so_far):
            for third in calls(so_far + (second.what == "submit")):
                before = (call._replace(wait=False) for call in (first, second))
                yield Case(replace(mode, scripts=(closed((*submits(tasks), *before, third)),)))


def two_clients(mode: Scope, tasks: int) -> Iterator[Case]:
    """One client submits and exits; another makes one call beside it."""
    for call in calls(tasks):
        scope = replace(mode, scripts=(closed(submits(tasks)), (call,)))
        first = call.what == "cancel" or call.level is ShutdownLevel.TERMINATE
        yield Case(scope, size=_long_if(not first))


def lent() -> Iterator[Case]:
    """The second task comes to a worker that may be lent; it is cancelled, the pool is shut, others submit besides."""
    for mode in (FORKED, REPLACING):
        yield Case(
            replace(_crashing(mode), scripts=((*submits(2), cancel(1), EXIT),)), size=_long_if(mode is REPLACING)
        )
    for call in (cancel(1), submit(2), shutdown(ShutdownLevel.CANCEL)):
        yield Case(replace(_crashing(FORKED), scripts=((*submits(2), EXIT), (call,))), size=Size.LONG)


def plain() -> Iterator[Case]:
    """Three like these without direct dispatch, and two in which every access is a step of its own."""
    yield Case(replace(_crashing(FORKED), scripts=(TWO,), plain=True))
    yield Case(replace(_crashing(FORKED), scripts=((*submits(2), cancel(1), EXIT),), plain=True), size=Size.LONG)
    yield Case(replace(FORKED, scripts=((*submits(2), EXIT), (submit(2),)), plain=True), size=Size.LONG)
    yield Case(replace(FORKED, scripts=((submit(0), cancel(0), EXIT),), plain=True, fine=True))
    yield Case(replace(FORKED, scripts=(submits(1), (EXIT,)), plain=True, fine=True))


# --- one scope for each thing that the others leave out ---------------------------------------------------------------

ONE: Script = (submit(0), EXIT)
TWO: Script = (submit(0), cancel(0), EXIT)


def oddities() -> Iterator[Case]:
    """What the environment can do beside killing, what tasks and values can be, pipes that are narrow."""
    narrow = replace(FORKED, call_pipe=30, result_pipe=10, chunk=20, budget=KILL)
    yield Case(replace(narrow, scripts=(ONE,)))
    yield Case(replace(FORKED, scripts=((submit(0), submit(1), cancel(0), EXIT),), call_pipe=80), size=Size.LONG)
    yield Case(replace(FORKED, scripts=((*submits(2), cancel(0), EXIT),), window=1))
    yield Case(replace(FORKED, scripts=(TWO,), result_pipe=8, budget=KILL), size=Size.LONG)
    ended = (submit(0), cancel(0), shutdown(ShutdownLevel.TERMINATE))
    yield Case(replace(FORKED, scripts=(ended,), chunk=5))  # the answer of a worker that a signal ends, piece by piece
    yield Case(replace(FORKED, scripts=(ONE,), callbacks=True, verdict=Verdict.VALUE, budget=KILL))
    yield Case(replace(FORKED, scripts=(TWO,), callbacks=True, budget=KILL), size=Size.LONG)
    yield Case(replace(FORKED, scripts=(TWO,), verdict=Verdict.VALUE, budget=KILL), size=Size.LONG)
    yield Case(replace(FORKED, scripts=(TWO,), verdict=Verdict.ERROR, callbacks=True))
    yield Case(replace(FORKED, scripts=((submit(0, keep=True), cancel(0), EXIT),), budget=KILL))
    yield Case(replace(FORKED, scripts=((submit(0, keep=True, body=b""), submit(1, body=b""), EXIT),), callbacks=True))
    both = (submit(0, keep=True), cancel(0), EXIT)
    yield Case(replace(FORKED, scripts=(both,), verdict=Verdict.VALUE, callbacks=True, budget=KILL), size=Size.LONG)
    yield Case(replace(FORKED, scripts=(both,), verdict=Verdict.ERROR))
    late = (submit(0, keep=True), submit(1, keep=True), cancel(0), shutdown(ShutdownLevel.TERMINATE))
    yield Case(replace(FORKED, scripts=(late,), budget=KILL), size=Size.LONG)
    yield Case(replace(FORKED, scripts=((submit(0, keep=True), shutdown(ShutdownLevel.CANCEL)), (cancel(0),)),
                       budget=KILL, callbacks=True), size=Size.LONG)  # fmt: skip
    yield Case(replace(FORKED, scripts=((submit(0, keep=True), shutdown(ShutdownLevel.CANCEL)), (cancel(0),)),
                       callbacks=True))  # fmt: skip
    yield Case(replace(REPLACING, scripts=((*submits(2), cancel(1), EXIT),), task_limit=1))
    yield Case(replace(REPLACING, scripts=((*submits(2), EXIT),), task_limit=1, budget=KILL), size=Size.LONG)
    yield Case(replace(REPLACING, scripts=(ONE,), budget=Budget(bad_starts=2, kills=1)), size=Size.LONG)
    yield Case(replace(REPLACING, scripts=(ONE,), budget=Budget(bad_starts=3)))
    yield Case(replace(REPLACING, scripts=(ONE,), budget=Budget(hangs=1, kills=1)))
    yield Case(replace(REPLACING, scripts=(ONE,), budget=Budget(servers=1, kills=1)))
    yield Case(replace(REPLACING, scripts=(ONE,), budget=Budget(haste=1)))
    terminated = (submit(0), shutdown(ShutdownLevel.TERMINATE, wait=False), shutdown(ShutdownLevel.CANCEL))
    yield Case(replace(FORKED, scripts=(terminated,), budget=Budget(deaf=1, haste=1)))
    yield Case(replace(FORKED, scripts=(terminated,), budget=Budget(deaf=1, stubborn=1)))
    yield Case(replace(FORKED, scripts=((*submits(2), EXIT), (shutdown(ShutdownLevel.TERMINATE),)),
                       budget=Budget(deaf=1, haste=2)), size=Size.LONG)  # fmt: skip
    yield Case(replace(FORKED, scripts=(ONE,), workers=2, budget=Budget(kills=1, deaf=1, haste=1)), size=Size.LONG)
    yield Case(replace(FORKED, scripts=((*submits(2), EXIT),), callbacks=True, budget=Budget(haste=1)))
    yield Case(replace(FORKED, scripts=(ONE,), budget=Budget(kills=1, grandchildren=1, thefts=1), late_ends=True))
    yield Case(replace(FORKED, scripts=(ONE,), workers=2, budget=Budget(bad_starts=1)), size=Size.LONG)
    yield Case(replace(FORKED, scripts=(TWO,), workers=2, budget=Budget(bad_starts=1)))
    yield Case(replace(FORKED, scripts=((submit(0), cancel(0), submit(1), EXIT),)), (2, 1))


def unfused() -> Iterator[Case]:
    """Small scopes in which every access is a step of its own; what rows and pairs are touched is seen there."""
    after = (submit(0), shutdown(ShutdownLevel.CANCEL, wait=False), submit(1), EXIT)
    for scope in (
        replace(FORKED, scripts=(TWO,)),
        replace(FORKED, scripts=(ONE,), budget=KILL),
        replace(FORKED, scripts=((submit(0), shutdown(ShutdownLevel.CANCEL), cancel(0), EXIT),)),
        replace(FORKED, scripts=(after,)),
        replace(FORKED, scripts=((EXIT,),)),
        replace(FORKED, scripts=((submit(0, body=b""), submit(1), EXIT),), verdict=Verdict.ERROR),
        replace(FORKED, scripts=(ONE,), chunk=5, budget=KILL),
        replace(FORKED, scripts=(ONE,), callbacks=True, verdict=Verdict.VALUE),
        replace(FORKED, scripts=(ONE,), budget=Budget(bad_starts=1), callbacks=True),
        replace(FORKED, scripts=((*submits(2), EXIT),), budget=Budget(bad_starts=1)),
        replace(FORKED, scripts=((submit(0), shutdown(ShutdownLevel.KILL)),)),
        replace(FORKED, scripts=((submit(0), shutdown(ShutdownLevel.TERMINATE)),), budget=Budget(deaf=1)),
        replace(FORKED, scripts=(ONE,), budget=Budget(bad_starts=1), chunk=9),
        replace(REPLACING, scripts=(ONE,), budget=Budget(hangs=1)),
    ):
        yield Case(replace(scope, fine=True))
    for scope in (
        replace(FORKED, scripts=(TWICE,)),
        replace(FORKED, scripts=((*submits(2), cancel(0), EXIT),), window=1),
        replace(FORKED, scripts=((*submits(2), EXIT),), budget=Budget(bad_starts=1), callbacks=True),
        replace(REPLACING, scripts=(ONE,), budget=Budget(bad_starts=1)),
        replace(FORKED, scripts=((*submits(2), cancel(0), EXIT),)),
        replace(FORKED, scripts=(ONE, (EXIT,))),
        replace(FORKED, scripts=((submit(0, keep=True), cancel(0), EXIT),)),
        replace(FORKED, scripts=(ONE,), budget=Budget(kills=1, grandchildren=1, thefts=1), late_ends=True),
        replace(REPLACING, scripts=(ONE,), budget=Budget(servers=1)),
        replace(FORKED, scripts=((*submits(2), EXIT),), callbacks=True, budget=Budget(haste=1)),
    ):
        yield Case(replace(scope, fine=True), size=Size.LONG)
    drained = (submit(0), shutdown(ShutdownLevel.DRAIN), EXIT)
    yield Case(replace(FORKED, scripts=(drained,), interrupts=True), size=Size.LONG)
    yield Case(replace(FORKED, scripts=(TWO,), interrupts=True))


BUG = Budget(bugs=1)


def failing() -> Iterator[Case]:
    """The manager's own step raises, wherever it is (C-89)."""
    for scope in (
        replace(FORKED, scripts=(ONE,)),
        replace(FORKED, scripts=(ONE,), callbacks=True),
        replace(FORKED, scripts=(TWO,)),
    ):
        yield Case(replace(scope, budget=BUG))
    for scope in (
        replace(FORKED, scripts=(TWO,), callbacks=True),
        replace(FORKED, scripts=((*submits(2), EXIT),), callbacks=True),
        replace(FORKED, scripts=((*submits(2), shutdown(ShutdownLevel.CANCEL)),)),
        replace(FORKED, scripts=((*submits(2), EXIT),), callbacks=True, verdict=Verdict.VALUE),
        replace(FORKED, scripts=((submit(0, keep=True), cancel(0), EXIT),), callbacks=True),
        replace(REPLACING, scripts=(TWO,)),
    ):
        yield Case(replace(scope, budget=BUG), size=Size.LONG)
    terminated = (submit(0), shutdown(ShutdownLevel.TERMINATE))
    yield Case(replace(FORKED, scripts=(terminated,), budget=Budget(bugs=1, deaf=1)))


def failing_beside() -> Iterator[Case]:
    """The same beside a second client, and with each access a step of its own."""
    for scope in (
        replace(FORKED, scripts=(TWO,), fine=True),
        replace(FORKED, scripts=(ONE, (cancel(0),)), callbacks=True),
        replace(FORKED, scripts=(ONE, (submit(1),))),
    ):
        yield Case(replace(scope, budget=BUG))


def on_demand() -> Iterator[Case]:
    """Two workers that are started when there is work: one of them dies, or each gets a task."""
    two = replace(REPLACING, workers=2)
    yield Case(replace(two, scripts=(ONE,), budget=KILL))
    yield Case(replace(BREAKING, workers=2, scripts=(ONE,), budget=KILL))
    yield Case(replace(two, scripts=((*submits(2), EXIT),)), size=Size.LONG)


def stopped() -> Iterator[Case]:
    """A task is stopped: the only one, one with another ahead, beside a second client, a crash, callbacks, values."""
    one, two = (submit(0), stop(0), EXIT), (*submits(2), stop(0), EXIT)
    for mode in (REPLACING, BREAKING):
        yield Case(replace(mode, scripts=(one,), budget=KILL), size=_long_if(mode is REPLACING))
        yield Case(replace(mode, scripts=(two,)), size=Size.LONG)
    yield Case(replace(REPLACING, scripts=((submit(0), stop(0), stop(0), EXIT),)), size=Size.LONG)
    yield Case(replace(REPLACING, scripts=(one,), budget=Budget(deaf=1)))
    yield Case(replace(REPLACING, scripts=(one,), callbacks=True, verdict=Verdict.VALUE))
    yield Case(replace(REPLACING, scripts=(ONE, (stop(0),))), size=Size.LONG)
    yield Case(replace(REPLACING, scripts=((submit(0), stop(0), shutdown(ShutdownLevel.CANCEL)),)))
    yield Case(replace(REPLACING, scripts=(one,), fine=True), size=Size.LONG)
    yield Case(replace(REPLACING, scripts=((submit(0), stop(0), stop(0), EXIT),), fine=True))


def in_a_row() -> Iterator[Case]:
    """So many deaths in a row are survived and no more; a task that was finished between them is none of a row."""
    for restarts, kills, tasks in (0, 1, 1), (0, 1, 2), (1, 2, 2):
        scripts = ((*submits(tasks), EXIT),)
        yield Case(replace(REPLACING, scripts=scripts, restarts=restarts, budget=Budget(kills=kills)))


def full() -> Iterator[Case]:
    """A worker whose memory is over its limit after a task runs no other; it may be killed besides."""
    for calls, kills in (submits(2), 1), ((*submits(2), cancel(1)), 0):
        budget = Budget(kills=kills, fills=1)
        yield Case(replace(REPLACING, scripts=((*calls, EXIT),), window=1, budget=budget), size=_long_if(not kills))


def idle() -> Iterator[Case]:
    """Workers that are idle for too long leave, and come again: a crash; a limit that passes at any moment; two."""
    one = replace(REPLACING, idle_timeout=1.0)
    yield Case(replace(one, scripts=((*submits(2), EXIT),), budget=KILL))
    yield Case(replace(one, scripts=((*submits(2), cancel(1), EXIT),), budget=Budget(haste=1)), size=Size.LONG)
    yield Case(replace(one, scripts=((*submits(2), EXIT),), workers=2, min_workers=1), size=Size.LONG)
    yield Case(replace(one, scripts=(ONE, (submit(1),)), plain=True), size=Size.LONG)


LIMITED: Script = (submit(0, limit=True), EXIT)
DELAY = Budget(delays=1)


def limited() -> Iterator[Case]:
    """A task reaches its limit, or not: a crash, a process that ignores SIGTERM, callbacks, a request to terminate."""
    one = replace(REPLACING, scripts=(LIMITED,), budget=DELAY)
    yield Case(replace(one, budget=Budget(delays=1, kills=1)), size=Size.LONG)
    yield Case(replace(one, budget=Budget(delays=1, deaf=1)), size=Size.LONG)
    yield Case(replace(one, callbacks=True, verdict=Verdict.VALUE))
    yield Case(replace(one, scripts=((submit(0, limit=True), shutdown(ShutdownLevel.TERMINATE)),)))


def limited_and_more() -> Iterator[Case]:
    """The same with another task behind it, which may have a limit; with a cancel and a stop; and unfused."""
    one, first = replace(REPLACING, budget=DELAY), submit(0, limit=True)
    yield Case(replace(BREAKING, scripts=(LIMITED,), budget=DELAY))
    for t in (submit(1), submit(1, limit=True), cancel(0), stop(0)):
        yield Case(replace(one, scripts=((first, t, EXIT),)))
    yield Case(replace(one, scripts=(LIMITED,), fine=True))


RETRIED = submit(0, retries=1)


def tried_again() -> Iterator[Case]:
    """An attempt dies, or reaches its limit: the pool drains, cancels, terminates, or breaks; two workers."""
    for mode in (REPLACING, BREAKING):
        yield Case(replace(_crashing(mode), scripts=((RETRIED, EXIT),)))
    for level in (ShutdownLevel.CANCEL, ShutdownLevel.TERMINATE):
        case = Case(replace(_crashing(REPLACING), scripts=((RETRIED, shutdown(level)),)))
        yield replace(case, size=_long_if(level is ShutdownLevel.TERMINATE))
    yield Case(replace(_crashing(REPLACING, 2), scripts=((RETRIED, EXIT),)))
    yield Case(replace(REPLACING, scripts=((submit(0, retries=1, limit=True), EXIT),), budget=DELAY))


def tried_again_and_more() -> Iterator[Case]:
    """The same beside a second client that asks the pool to end, with a second task, two deaths, and unfused."""
    one = _crashing(REPLACING)
    for level in (ShutdownLevel.DRAIN, ShutdownLevel.CANCEL):
        yield Case(replace(one, scripts=((RETRIED,), (shutdown(level),))))
    yield Case(replace(one, scripts=((RETRIED, submit(2), EXIT),)))
    for tries in (1, 2):
        yield Case(replace(REPLACING, scripts=((submit(0, retries=tries), EXIT),), budget=Budget(kills=2)))
    yield Case(replace(one, scripts=((RETRIED, EXIT),), fine=True))


def resized() -> Iterator[Case]:
    """Another number of workers: more, beside a second client; refused, in steps of their own; less; a crash."""
    yield Case(replace(REPLACING, scripts=(ONE, (resize(2),))))
    yield Case(replace(FORKED, scripts=((submit(0), resize(2), EXIT),), budget=KILL, fine=True))
    closed = shutdown(ShutdownLevel.DRAIN, wait=False)
    yield Case(replace(REPLACING, scripts=((submit(0), closed, resize(2), EXIT),), fine=True))
    yield Case(replace(REPLACING, workers=2, scripts=((submit(0), resize(1), EXIT),), budget=KILL))
    yield Case(replace(FORKED, workers=2, scripts=((submit(0), resize(1), EXIT),)))


def resized_and_more() -> Iterator[Case]:
    """The same with a second task, and a third: it may be sent ahead of the worker that is to leave."""
    yield Case(replace(REPLACING, scripts=((*submits(2), resize(2), EXIT),)))
    yield Case(replace(REPLACING, workers=2, scripts=((*submits(2), resize(1), EXIT),)))
    yield Case(replace(FORKED, workers=2, scripts=((*submits(3), resize(1), EXIT),)))


def by_priority() -> Iterator[Case]:
    """The last task goes before one that is sent ahead: a crash, two clients, pickled late, all differ, two workers."""
    yield Case(replace(_crashing(FORKED), scripts=((*submits(2), submit(2, priority=1), EXIT),)), size=Size.LONG)
    yield Case(replace(FORKED, scripts=((*submits(2), EXIT), (submit(2, priority=1),))), size=Size.LONG)
    yield Case(replace(FORKED, scripts=((*submits(2), submit(2, keep=True, priority=1), EXIT),)))
    yield Case(replace(FORKED, scripts=((submit(0, priority=-1), submit(1), submit(2, priority=2), EXIT),)))
    yield Case(replace(FORKED, workers=2, scripts=((submit(0), submit(1, priority=1), EXIT),)), size=Size.LONG)


def by_priority_and_more() -> Iterator[Case]:
    """The same with a cancel of either, and with workers that are replaced."""
    for t in (1, 2):
        yield Case(replace(FORKED, scripts=((*submits(2), submit(2, priority=1), cancel(t), EXIT),)))
    yield Case(replace(_crashing(REPLACING), scripts=((*submits(2), submit(2, priority=1), EXIT),)))


def three_workers() -> Iterator[Case]:
    """Three forked workers: each way to end, and a cancel, beside a crash; two tasks."""
    for call in (cancel(0), *map(shutdown, LEVELS)):
        yield Case(replace(_crashing(FORKED, 3), scripts=(closed((submit(0), call)),)))
    yield Case(replace(FORKED, workers=3, scripts=((*submits(2), EXIT),)))


def two_crashes() -> Iterator[Case]:
    """Two deaths: of a worker and of the one that replaces it, of both of two, before and after each call."""
    twice = Budget(kills=2)
    yield from singles(replace(REPLACING, budget=twice), 1)
    yield from singles(replace(REPLACING, budget=twice), 2)
    yield from singles(replace(REPLACING, workers=2, budget=twice), 1)
    yield from singles(replace(FORKED, workers=2, budget=twice), 1)


def stopped_unfused() -> Iterator[Case]:
    """A task is stopped with another behind it, beside a second client: where the lock is held, nothing is issued."""
    for scripts in ((*submits(2), stop(0), EXIT),), (ONE, (stop(0),)):
        yield Case(replace(REPLACING, scripts=scripts, fine=True))


def lapping() -> Iterator[Case]:
    """Frame numbers that begin again after the second: tasks that clients issue, a cancel, two workers."""
    yield Case(replace(FORKED, scripts=((*submits(3), EXIT),)), (2, 1))
    yield Case(replace(FORKED, scripts=((*submits(2), cancel(1), submit(2), EXIT),)), (2, 1))
    yield Case(replace(FORKED, workers=2, scripts=(TWO,)), (2, 1), Size.LONG)


TWICE: Script = (submit(0), cancel(0), cancel(0), EXIT)


def interrupted() -> Iterator[Case]:
    """A client is interrupted in cancel() and cancels again, or is interrupted of making up for it as well."""
    for mode in (FORKED, REPLACING):
        yield Case(replace(mode, scripts=(TWICE,), budget=Budget(throws=1)), size=_long_if(mode is REPLACING))
    for scripts in ((TWO,), (ONE, (cancel(0),))):
        yield Case(replace(FORKED, scripts=scripts, budget=Budget(throws=2)))


def _crashing(mode: Scope, workers: int = 1) -> Scope:
    return replace(mode, workers=workers, budget=KILL)


SINGLES = tuple(singles(_crashing(REPLACING), 1))
"""Two of these are pairs as well, since each ends with the exit: they are explored here."""
PAIRS = tuple(pairs(_crashing(FORKED), 1))
"""A triple that ends with the exit is one of these, if its second call is no shutdown."""
TWO_WORKERS = tuple(pairs(_crashing(FORKED, 2), 1))
LARGEST = (
    "submit 0, submit 1, cancel 0, shutdown DRAIN (wait)",
    "submit 0, submit 1, submit 2, shutdown DRAIN (wait)",
    "submit 0, shutdown CANCEL, cancel 0, shutdown DRAIN (wait)",
    "submit 0, cancel 0, submit 1, shutdown DRAIN (wait)",
    "submit 0, shutdown DRAIN, cancel 0, shutdown DRAIN (wait)",
    "submit 0, cancel 0, cancel 0, shutdown DRAIN (wait)",
    "submit 0, submit 1, shutdown DRAIN (wait)",
    "submit 0, submit 1, shutdown TERMINATE (wait)",
    "submit 0, cancel 0, shutdown DRAIN (wait)",
    "submit 0, cancel 0, shutdown CANCEL (wait)",
)
"""Three quarters of the states of two workers are theirs. Of those with a shutdown at the end, which differ in little,
everybody waits for one after a cancel."""


def _kills(case: Case) -> bool:
    """Whether a request to kill is among the calls.

    Where no process ignores SIGTERM, KILL does what TERMINATE does: everybody waits for the pairs with TERMINATE, and
    for the single call of KILL.
    """
    return any(call.level is ShutdownLevel.KILL for script in case.scope.scripts for call in script)


def _of_two_workers(*first: str, largest: bool = False) -> tuple[Case, ...]:
    """The scripts without KILL in which a call of this kind comes after the first submit."""
    there = [case for case in TWO_WORKERS if not _kills(case) and case.scope.scripts[0][1].what in first]
    return tuple(case for case in there if (str(case.scope) in LARGEST) is largest)


CANCELLED = replace(FORKED, workers=2, scripts=((*submits(2), shutdown(ShutdownLevel.CANCEL)),))
NOTHING_AHEAD = Case(replace(CANCELLED, window=1, budget=KILL), size=Size.LONG)
WAITED_FOR = ("submit 0, shutdown DRAIN, shutdown CANCEL (wait)",)
"""Of pairs with two workers everybody waits for this."""
OF_ONE_WORKER = (
    "submit 0, submit 1, shutdown DRAIN (wait)",
    "submit 0, cancel 0, shutdown DRAIN (wait)",
    "submit 0, cancel 0, shutdown TERMINATE (wait)",
    "submit 0, shutdown DRAIN, submit 1, shutdown DRAIN (wait)",
    "submit 0, shutdown DRAIN, shutdown CANCEL (wait)",
    "submit 0, shutdown DRAIN, shutdown TERMINATE (wait)",
    "submit 0, shutdown CANCEL, submit 1, shutdown DRAIN (wait)",
    "submit 0, shutdown CANCEL, shutdown TERMINATE (wait)",
    "submit 0, shutdown TERMINATE, shutdown CANCEL (wait)",
)
"""Of pairs with one forked worker everybody waits for these: each level after each, a cancel, a second task."""


def _later(cases: tuple[Case, ...], but: tuple[str, ...] = ()) -> tuple[Case, ...]:
    """Nobody is to wait for these, but for those with these scripts."""
    return tuple(replace(case, size=_long_if(str(case.scope) not in but)) for case in cases)


def _only_in_all(cases: tuple[Case, ...], is_dear: Callable[[Case], bool]) -> tuple[Case, ...]:
    """Of these the dear ones are left to the largest verification."""
    return tuple(replace(case, size=Size.ALL) if is_dear(case) else case for case in cases)


HUGE = {
    (1, "submit 0, submit 1, cancel 0, shutdown DRAIN (wait)"),
    (2, "submit 0, submit 1, shutdown DRAIN (wait)"),
    (3, "submit 0, cancel 0, shutdown DRAIN (wait)"),
}
"""Of two crashes and of three workers: workers, calls. They have more than half of the states."""


def _is_huge(case: Case) -> bool:
    return (case.scope.workers, str(case.scope)) in HUGE


def _has_more_tasks(case: Case) -> bool:
    """Whether the call after the first submit is another one."""
    return case.scope.scripts[0][1].what == "submit"


WHOLE: tuple[Family, ...] = (
    Family("largest, two workers", "of the next two families the largest graphs",
           _of_two_workers("submit", "cancel", "shutdown", largest=True), size=Size.ALL),
    Family("KILL, two workers", "every ordered pair of calls with KILL among them: 2 workers, 1 task before, 1 crash",
           tuple(filter(_kills, TWO_WORKERS)), size=Size.ALL),
    Family("two tasks, two workers", "a request to cancel: 2 workers, 2 tasks before",
           (Case(CANCELLED), NOTHING_AHEAD, *_later(_of_two_workers("submit")))),
    Family("pairs, two workers", "every other ordered pair of calls: 2 workers, 1 task before, 1 crash",
           _later(_of_two_workers("cancel", "shutdown"), but=WAITED_FOR)),
    Family("two workers", "one call that ends the pool: 2 workers, 1 task before, 1 crash",
           _later(
               tuple(case for case in singles(_crashing(FORKED, 2), 1) if case.scope.scripts[0][1].what == "shutdown"),
               but=("submit 0, shutdown TERMINATE (wait)",),
           )),
    *(
        Family(f"pairs, {name}", "every ordered pair of calls: 1 worker, 1 task before, 1 crash",
               _only_in_all(tuple(case for case in pairs(_crashing(mode), 1) if case not in SINGLES), _kills),
               size=Size.LONG)
        for name, mode in MODES.items() if name != "fork"
    ),
    Family("pairs, fork", "ordered pairs of calls: 1 worker, 1 task before, 1 crash",
           _later(PAIRS, but=OF_ONE_WORKER)),
    Family("singles, replace", "every single call: workers that are replaced, 1 task before, 1 crash",
           tuple(replace(case, size=_long_if(_has_more_tasks(case))) for case in SINGLES)),
    Family("beside, fork", "one call of a second thread: 1 worker, 1 task, 1 crash",
           tuple(two_clients(_crashing(FORKED), 1))),
    Family("lent", "workers that the manager has lent: what becomes of the task that a client issues to one, 1 crash",
           tuple(lent())),
    Family("plain", "the plain pool, without direct dispatch: three of these scopes, and two unfused", tuple(plain())),
    Family("oddities", "narrow pipes, torn messages, grandchildren, stolen statuses, deaf workers, bad starts",
           tuple(oddities())),
    Family("two on demand", "two workers that are started on demand: a crash, or two tasks", tuple(on_demand())),
    Family("stopped", "a task is stopped while it runs, workers that are started on demand", tuple(stopped())),
    Family("in a row", "deaths in a row, with a limit of them: replace, one worker", tuple(in_a_row())),
    Family("full", "a worker's memory is over its limit: replace, one worker, nothing sent ahead", tuple(full())),
    Family("idle", "workers that are idle for too long leave: replace, one worker or two", tuple(idle())),
    Family("limited", "a task runs for as long as it may: workers that are started on demand", tuple(limited())),
    Family("limited, and more", "the same with a second task, a cancel, a stop, and every access a step of its own",
           tuple(limited_and_more()), size=Size.LONG),
    Family("tried again", "a call that may be tried again: an attempt dies or reaches its limit, the pool ends",
           tuple(tried_again())),
    Family("tried again, and more", "the same beside a second client, a second task, two deaths, and unfused",
           tuple(tried_again_and_more()), size=Size.LONG),
    Family("resized", "another number of workers: one more or one less", tuple(resized())),
    Family("resized, and more", "the same with two tasks, or three", tuple(resized_and_more()), size=Size.LONG),
    Family("by priority", "a task of a higher priority than those before it: a crash, a second client, two workers",
           tuple(by_priority())),
    Family("by priority, and more", "the same with cancels, and workers that are replaced",
           tuple(by_priority_and_more()), size=Size.LONG),
    Family("three workers", "three forked workers: a call that ends the pool, or a cancel, with a crash; two tasks",
           _only_in_all(tuple(three_workers()), _is_huge), size=Size.LONG),
    Family("two crashes", "two deaths: of a worker and of the one that replaces it, or of both of two workers",
           _only_in_all(tuple(dict.fromkeys(two_crashes())), _is_huge), size=Size.LONG),
    Family("triples, fork", "every ordered triple of calls that is no pair: 1 worker, 1 task before, 1 crash",
           _only_in_all(
               tuple(case for case in triples(_crashing(FORKED), 1) if case not in PAIRS),
               lambda case: _kills(case) or _has_more_tasks(case),
           ), size=Size.LONG),
    Family("stopped, unfused", "the same with another task behind it, every access a step of its own",
           tuple(stopped_unfused()), size=Size.ALL),
    Family("lapping", "frame numbers that begin again: direct dispatch, two workers", tuple(lapping())),
    Family("unfused", "every access a step of its own", tuple(unfused())),
    Family("thrown out", "two calls of cancel() of which handlers throw clients out; and out of what makes up for that",
           tuple(interrupted())),
    Family("failing", "an exception inside the manager, at any of its steps", tuple(failing())),
    Family("failing, beside", "the same beside a second client, and unfused", tuple(failing_beside()), size=Size.LONG),
    Family("interrupted", "signal handlers that throw clients out, beside a crash, a second task or client, callbacks",
           (
               Case(replace(REPLACING, scripts=(TWO,), interrupts=True, budget=KILL)),
               Case(replace(FORKED, scripts=((*submits(2), cancel(0), EXIT),), interrupts=True)),
               Case(replace(FORKED, scripts=(ONE, (cancel(0),)), interrupts=True)),
               Case(replace(FORKED, scripts=(TWO,), interrupts=True, callbacks=True, budget=KILL)),
               Case(replace(FORKED, scripts=(TWICE,), interrupts=True)),
           ), size=Size.ALL),
)  # fmt: skip
"""All families. A pair with submit first is one call after two tasks."""

FAMILIES = tuple(part for family in WHOLE for part in parts(family))
"""Everything that is explored, as it is shown."""
