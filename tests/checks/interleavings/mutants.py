"""Mutants of the fast rooms: two accesses swapped, a second look or a wake-up dropped; each is found by exploring.

Decides: what is broken, in which scope that is found.  Must not know: how a scope is explored.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache, partial

from checkedpool._fast import direct_dispatch, future_without_lock, parking, quick_submit, worker_rounds
from tests.checks.interleavings.catalogue import scope_named
from tests.checks.interleavings.explore import Outcome, explore
from tests.checks.mutants.mutant import Mutant
from tests.checks.mutants.quick import reworded

__all__ = ["MUTANTS"]

BEGINS, WOKEN = "submit beside a manager that begins", "submit beside a manager that is woken"
RUNS, TWO = "submit beside a manager that is woken, then it runs", "submit beside submit"
DEATH, DRAIN, CANCEL = "submit beside a death", "submit beside a drain", "submit, then cancel"
MOST = 15_000
"""Schedules of a scope with a mutant, and of the plain pool: in these scopes that is all."""
ONE_OUTCOME = (CANCEL,)
"""Scopes in which the plain pool has one: its first schedule shows it, and to explore all of them takes minutes."""


@cache
def of_the_plain_pool(room: str, name: str) -> frozenset[Outcome] | None:
    """All that can come of it, which no mutant of a fast room changes; None: it was not all."""
    found = explore(scope_named(room, name).made_of(()), most=1 if name in ONE_OUTCOME else MOST)
    return frozenset(found.outcomes) if found.finished or name in ONE_OUTCOME else None


def explored(room: str, name: str) -> str:
    """What comes of the fast pool, and never of the plain one."""
    scope, plain = scope_named(room, name), of_the_plain_pool(room, name)
    if plain is None:
        return ""
    fast = explore(scope.made_of(scope.rooms), most=MOST)
    return next((f"{name}: {outcome}" for outcome in fast.outcomes if outcome not in plain), "")


def _mutant(
    room: str, scope: str, name: str, breaks: Callable[[], AbstractContextManager[object]], clauses: str = ""
) -> Mutant:
    return Mutant(f"{room}: {name}", breaks, partial(explored, room, scope), scope, clauses)


SUBMIT = partial(reworded, quick_submit.QuickSubmit, "submit")
USE = partial(reworded, direct_dispatch.Loan, "use")
RECALL = partial(reworded, direct_dispatch.Loan, "recall")
COMPLETE = partial(reworded, future_without_lock.FutureWithoutLock, "complete")
SLEEP = partial(reworded, parking.ParkedFuture, "_sleep")
PERFORM = partial(reworded, parking.ParkingPlatform, "perform")
END = "self._result, self._exception, self._state = end"
ROUNDS = partial(reworded, worker_rounds.QuickWorker, "_rounds")
CLAIMABLE, POSTED = "shared.unclaimed[number] = None\n", "shared.inbox.append(future)\n"
MUTANTS: tuple[Mutant, ...] = (
    _mutant("submit", BEGINS, "posted before it can be claimed",
            SUBMIT(CLAIMABLE + "    " + POSTED, POSTED + "    " + CLAIMABLE), "C-01"),
    _mutant("submit", BEGINS, "the manager is not woken", SUBMIT("    shared.wake()\n", "    pass\n"), "C-01 C-23"),
    _mutant("submit", DRAIN, "no second look whether it is closed",
            SUBMIT(" or (refused := shared.closed) is not None:", ":"), "C-01 C-61"),
    _mutant("submit", DRAIN, "withdrawn from a closed pool without a claim",
            SUBMIT("if shared.claim(number):", "if True:"), "C-18"),
    _mutant("submit", DEATH, "no second look whether it is broken",
            SUBMIT("refused = shared.broken\n    if refused is not None or", "refused = None\n    if"), "C-01"),
    _mutant("dispatch", TWO, "the manager is not woken by who could not use the worker",
            SUBMIT("elif (loan := shared.loan) is not None and loan.use(shared, future):",
                   "elif (loan := shared.loan) is not None and (loan.use(shared, future) or True):"), "C-01"),
    _mutant("dispatch", RUNS, "a worker that is recalled can still be used", RECALL("self._free.clear()", "pass")),
    _mutant("dispatch", RUNS, "the manager does not wait until the frame is out",
            RECALL("self._writing.acquire(timeout=PATIENCE) and self._owed", "self._owed")),
    _mutant("dispatch", WOKEN, "a task is issued that others can claim",
            USE("partial(shared.unclaimed.pop, number)", "partial(shared.unclaimed.get, number)"), "C-03"),
    _mutant("dispatch", CANCEL, "the lane does not know the ticket",
            USE("partial(lane.ticketed.__setitem__, seq, number),", ""), "C-05"),
    _mutant("dispatch", CANCEL, "the future does not know its place",
            USE('partial(setattr, future, "place", self.place),', ""), "C-05"),
    _mutant("dispatch", TWO, "who is overtaken is taken for the one who used the worker",
            USE("partial(shared.inbox.index, future, 0, 1)", "partial(shared.inbox.index, future)")),
    _mutant("future", "told beside waits", "the look for a lock before the state",
            COMPLETE(f"{END}\n        if self._lock is None:",
                     f"looked = repr(self._lock)\n        {END}\n        if looked == 'None':"), "C-07"),
    _mutant("future", "broken beside cancels", "a call between the look at the state and its change",
            COMPLETE(END, f"end = (*map(lambda part: part, end),)\n        {END}"), "C-01"),
    _mutant("wake", "told beside result", "who goes to sleep looks before it can be woken",
            SLEEP("lock.enroll(waker)  # first: the end may come between the look and the sleep; so may a fork\n"
                  "        asleep[waker] = get_ident()\n        self._refuse_inherited()\n        done = self.done()",
                  "asleep[waker] = get_ident()\n        self._refuse_inherited()\n        done = self.done()\n"
                  "        lock.enroll(waker)"), "C-07"),
    _mutant("wake", "told beside result", "the manager wakes nobody in the end", PERFORM("wake(woken)", "pass"),
           "C-07"),
    _mutant("worker", "two tasks are revoked, one is issued again", "a stale frame is run",
            ROUNDS("frame[0] == ticket", "True"), "C-03"),
    _mutant("worker", "two tasks, then it leaves", "the order to leave is a ticket",
            ROUNDS("if not taken or taken[0] == LEAVE:", "if not taken:")),
    _mutant("worker", "nobody reads its answers", "it goes on when nobody reads",
            ROUNDS("if write(kind, answer) is lost:", "if write(kind, answer) is None:")),
)  # fmt: skip
"""Each with the scope that finds it."""
