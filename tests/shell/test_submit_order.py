"""``submit`` and ``cancel`` make the accesses of their tables, in their tables' order, on every path of the tables.

What performs a step must make the accesses that the step is; and the room ``submit`` is written out by hand.  So both
calls are run against a script of each path: the shared state answers as the path says, and what was accessed is
compared; ``submit`` in a pool of each kind, with the rooms ``submit`` and ``dispatch`` and without.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable
from concurrent.futures._base import CANCELLED_AND_NOTIFIED, FINISHED, PENDING
from types import ModuleType
from typing import Any, cast

import pytest

from checkedpool._core.messages import RevokedByCanceller
from checkedpool._core.tables import CANCEL, End, Result, Step, Table, follow
from checkedpool._fast import quick_submit
from checkedpool._fast.quick_submit import QuickSubmit
from checkedpool._pool import pool as steps
from checkedpool._pool.pool import Submitter
from checkedpool._pool.shared import Canceller, PoolFuture
from checkedpool._pool.worker_channels import WorkerChannels
from checkedpool.errors import BrokenProcessPool
from tests.shell.scripts import (
    KINDS,
    Inbox,
    Path,
    Script,
    ScriptedShared,
    StartFailedError,
    accesses,
    cells,
    name,
    paths,
    pool_of,
)  # fmt: skip

SUBMITS = [(kind, path) for kind, (table, _) in KINDS.items() for path in paths(table)]
CANCELS = list(paths(CANCEL))
LATER = 100
"""The number of the lane to which a task moves while it is cancelled."""


class Argument:
    """Is pickled when it is the script's turn."""

    def __init__(self, script: Script) -> None:
        self.script = script

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        if self.script.ask("pickle") is False:
            raise ZeroDivisionError
        return str, ()


def run_submit(kind: str, path: Path, *, started: bool = False) -> tuple[list[str], End]:
    """Submit in the world of this path, to a pool of this kind: the accesses and the end."""
    script = Script(path)
    pool = pool_of(kind, script)
    if started:
        pool.shared.start.take(pool)
    try:
        pool.submit(print, (Argument(script),), {})
    except StartFailedError:
        return script.log, End.RAISE
    except BrokenProcessPool:
        return script.log, End.BROKEN
    except RuntimeError:
        return script.log, End.CLOSED
    return script.log, End.RETURN


def walked(table: Table, path: Path) -> tuple[list[Step], Step | End]:
    """What ``follow`` makes of the answers on this path."""
    steps: list[Step] = []
    answers = iter(path[0])

    def perform(step: Step) -> Result:
        steps.append(step)
        return next(answers)[1]

    return steps, follow(table, perform)


@pytest.mark.parametrize("table", [*[table for table, _ in KINDS.values()][1:3], CANCEL])
def test_the_paths_are_those_that_follow_takes_and_leave_no_cell_of_the_table_out(table: Table) -> None:
    some = list(paths(table))
    for path in some:
        assert walked(table, path) == ([step for step, _ in path[0]], path[1])
    assert cells(some) == {(step, result) for step, row in table.items() for result in row}


# --- submit -----------------------------------------------------------------------------------------------------------


def named(case: tuple[str, Path]) -> str:
    return f"{case[0]}-{name(case[1])}"


@pytest.mark.parametrize("case", SUBMITS, ids=named)
def test_submit_makes_the_accesses_of_its_table_in_their_order(case: tuple[str, Path]) -> None:
    kind, path = case
    assert run_submit(kind, path) == (accesses(path), path[1])


@pytest.mark.parametrize("case", [case for case in SUBMITS if (Step.START_ONCE, False) not in case[1][0]], ids=named)
def test_submit_to_a_pool_that_runs_differs_by_the_start_alone(case: tuple[str, Path]) -> None:
    kind, path = case
    log, end = run_submit(kind, path, started=True)
    assert (log, end) == ([access for access in accesses(path) if access != "start"], path[1])


@pytest.mark.parametrize("case", [case for case in SUBMITS if case[1][1] in (End.BROKEN, End.CLOSED)], ids=named)
def test_what_a_refused_submit_had_published_nobody_can_claim_any_more(case: tuple[str, Path]) -> None:
    kind, path = case
    script = Script(path)
    pool = pool_of(kind, script)
    with pytest.raises(RuntimeError):
        pool.submit(print, (Argument(script),), {})
    assert not pool.shared.unclaimed


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_that_cannot_be_pickled_is_an_error_in_the_future_and_nobody_is_told(kind: str) -> None:
    path = next(path for path in paths(KINDS[kind][0]) if (Step.PICKLE, False) in path[0])
    script = Script(path)
    pool = pool_of(kind, script)
    future = pool.submit(print, (Argument(script),), {})
    assert isinstance(future.exception(0), ZeroDivisionError)
    assert not pool.shared.inbox
    assert not pool.shared.unclaimed


Changes = list[tuple[str, str]]
QUICK_MUTANTS: dict[str, Changes] = {
    "posted before it can be claimed": [
        ("shared.unclaimed[number] = None", "HOLD"),
        ("shared.inbox.append(future)", "shared.unclaimed[number] = None"),
        ("HOLD", "shared.inbox.append(future)"),
    ],
    "started before it is published": [
        ("if not shared.start:\n        self.start_once()", "pass"),
        ("shared.unclaimed[number] = None", "self.start_once()\n    shared.unclaimed[number] = None"),
    ],
    "woken before the second look": [
        ("shared.wake()\n    return", "return"),
        ("self.start_once()", "self.start_once()\n    shared.wake()"),
    ],
    "no second look at closed": [("(refused := shared.closed) is not None", "False and (refused := shared.closed)")],
    "withdrawn without a claim": [
        ("if shared.claim(number):", "if not isinstance(refused, type) or shared.claim(number):")
    ],
    "issued alone before the second look": [
        ("elif (loan := shared.loan) is not None and loan.use(shared, future):\n        return future", ""),
        ("if not shared.start:\n        self",  # the task is on its way before anybody has looked
         "if shared.loan:\n        shared.loan.use(shared, future)\n    if not shared.start:\n        self"),
    ],
    "refused without a claim": [
        ("if shared.claim(number):", "if isinstance(refused, type) or shared.claim(number):")
    ],
    "not woken": [("shared.wake()\n    return", "return")],
    "pickled after it is published": [
        ("if not self.pickle(future, fn, args, kwargs):\n        return future", "pass"),
        ("if not shared.start:\n        self",
         "self.pickle(future, fn, args, kwargs)\n    if not shared.start:\n        self"),
    ],
}  # fmt: skip
PLAIN_MUTANTS: dict[str, Changes] = {
    "posted before it can be claimed": [
        ("shared.unclaimed[self.future.number] = None", "HOLD"),
        ("shared.inbox.append(self.future)", "shared.unclaimed[self.future.number] = None"),
        ("HOLD", "shared.inbox.append(self.future)"),
    ],
    "not posted": [("shared.inbox.append(self.future)", "pass")],
    "no second look at closed": [
        (" | Step.REREAD_CLOSED:", ":"),
        ("case Step.PUBLISH", "case Step.REREAD_CLOSED:\n            return False\n        case Step.PUBLISH"),
    ],
    "withdrawn without a claim": [("return shared.claim(self.future.number)", "return True")],
    "not woken": [("shared.wake()", "pass")],
}  # fmt: skip


@pytest.mark.parametrize("mutant", QUICK_MUTANTS)
def test_a_submit_in_another_order_is_caught(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = reworded(QuickSubmit, "submit", quick_submit, QUICK_MUTANTS[mutant])
    monkeypatch.setattr(QuickSubmit, "submit", changed)
    assert differing("quick, dispatching")


@pytest.mark.parametrize("mutant", PLAIN_MUTANTS)
def test_a_step_that_is_performed_otherwise_is_caught(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = reworded(Submitter, "perform", steps, PLAIN_MUTANTS[mutant])
    monkeypatch.setattr(Submitter, "perform", changed)
    assert differing("plain")


def reworded(owner: type, method: str, module: ModuleType, changes: Changes) -> object:
    source = textwrap.dedent(inspect.getsource(getattr(owner, method)))
    for old, new in changes:
        assert source.count(old) == 1, f"{method} is worded differently now: {old!r}"
        source = source.replace(old, new)
    names: dict[str, object] = {}
    exec(source, vars(module), names)  # noqa: S102 - our own source, changed above
    return names[method]


def differing(kind: str) -> list[Path]:
    """The paths on which this pool does not do what its table says."""
    return [path for path in paths(KINDS[kind][0]) if run_submit(kind, path) != (accesses(path), path[1])]


# --- cancel -----------------------------------------------------------------------------------------------------------


class FakeLane:
    """A lane whose tickets are revoked as the script says; what it posts then is the real one's."""

    def __init__(self, number: int, script: Script) -> None:
        self.number, self.script = number, script

    def revoke_for(self, future: ScriptedFuture, place: tuple[WorkerChannels, int]) -> Result:
        assert place[0] is cast("Any", self)
        result = self.script.ask("read back")
        if result is None:  # the manager has sent it elsewhere
            future.sent_to(FakeLane(self.number + LATER, self.script))
        return result


class ScriptedFuture(PoolFuture[Any]):
    """A future that notes when it is asked where its task was sent, and when its waiters are notified."""

    def __init__(self, shared: ScriptedShared, script: Script) -> None:
        self.script = script
        super().__init__(shared, 7)
        self.finished_futures: list[object] = []  # as the standard library's waiters have it
        self._waiters.append(cast("Any", self))

    def sent_to(self, lane: FakeLane) -> None:
        self.sent: tuple[Any, int] = lane, 3

    @property
    def place(self) -> tuple[Any, int] | None:
        return self.sent if self.script.ask("place") else None

    @place.setter
    def place(self, value: tuple[Any, int] | None) -> None:
        assert value is None

    def add_cancelled(self, future: object) -> None:  # noqa: ARG002 - as it is called
        self.script.ask("tell")


def run_cancel(path: Path) -> tuple[ScriptedFuture, ScriptedShared, bool]:
    script = Script(path)
    shared = ScriptedShared(script)
    future = ScriptedFuture(shared, script)
    future.sent_to(FakeLane(0, script))
    if any(cell in path[0] for cell in ((Step.CLAIM, True), (Step.REVOKE, True))):
        shared.unclaimed[7] = None
    first = path[0][0][1]
    if first is not None:
        future._state = CANCELLED_AND_NOTIFIED if first else FINISHED
    script.log.clear()
    return future, shared, future.cancel()


@pytest.mark.parametrize("path", CANCELS, ids=name)
def test_cancel_makes_the_accesses_of_its_table_in_their_order(path: Path) -> None:
    future, _, answer = run_cancel(path)
    assert future.script.log == accesses(path)
    assert answer is (path[1] is End.TRUE)


@pytest.mark.parametrize("path", CANCELS, ids=name)
def test_a_cancel_that_says_so_has_cancelled_and_told_the_manager_which_task_and_lane(path: Path) -> None:
    future, shared, answer = run_cancel(path)
    told = any(step in (Step.NOTIFY_CLAIMED, Step.NOTIFY_REVOKED) for step, _ in path[0])
    assert cast("Inbox", shared.inbox).withdrawn() == ([7] if told else [])
    assert (future._state == CANCELLED_AND_NOTIFIED) is answer
    if not answer:
        assert future._state in (PENDING, FINISHED)
    lanes = [post.lane for post in shared.inbox if isinstance(post, RevokedByCanceller)]
    moves = path[0].count((Step.REVOKE, None))
    assert lanes == sorted(lanes)
    assert set(lanes) <= {LATER * move for move in range(moves + 1)}
    assert all(lanes.count(LATER * move) == 1 for move in range(moves))


@pytest.mark.parametrize("table_end", [End.TRUE, End.FALSE])
def test_a_cancel_whose_posts_come_in_another_order_is_caught(table_end: End, monkeypatch: pytest.MonkeyPatch) -> None:
    """The canceller of a table in which the task is looked for before it is claimed."""
    swapped = {
        **CANCEL,
        Step.READ_STATE: {**CANCEL[Step.READ_STATE], None: Step.FIND_LANE},
        Step.FIND_LANE: {True: Step.CLAIM, False: Step.CLAIM},
        Step.CLAIM: {True: Step.NOTIFY_CLAIMED, False: Step.POST_UNCHANGED},
    }
    monkeypatch.setattr(Canceller, "table", swapped)
    some = [path for path in CANCELS if path[1] is table_end and len(path[0]) > 1]
    assert some
    assert all(run_cancel(path)[0].script.log != accesses(path) for path in some)
