"""Runs one round: builds the pool, one thread per script, waits for the end of everything, returns the record.

The only time limit is here: what is not over by then is in the record as not done, not heard or stuck, and the oracle
calls it a hang. Nothing sleeps: threads are joined, callbacks are waited for by a condition, processes are watched
until they are gone.
"""

import multiprocessing
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.checks.stress import catalogue, leaks, tasks
from tests.checks.stress.actions import Actor, outcome_of
from tests.checks.stress.board import Board, Entry
from tests.checks.stress.catalogue import Kind, Outcome
from tests.checks.stress.plan import Initializer, Plan, Script, Step, Submit
from tests.checks.stress.profiles import Profile
from tests.checks.stress.record import Begun, Death, Leak, Record, Slot

INITIALIZERS: dict[Initializer, Callable[[int], None] | None] = {
    Initializer.NONE: None,
    Initializer.SETS: tasks.initialise,
    Initializer.FAILS: tasks.fail_to_initialise,
}


TRACE = 3000  # characters of a remote traceback that are kept


@dataclass(frozen=True)
class Stage:
    """Where rounds run: what was there before them, and the places they may write to."""

    before: leaks.Snapshot
    mark: str
    files: Path  # private TMPDIR: must stay as it was
    journal: Path
    limit: float  # seconds for a round
    settling: float  # seconds for what is left of it to go
    keeps_futures: bool = True  # everything must be gone although the user still holds the futures


def build(executor: Callable[..., object], profile: Profile, plan: Plan) -> Executor:
    """A new pool as the plan wants it."""
    options: dict[str, object] = {
        "max_workers": plan.workers,
        "mp_context": multiprocessing.get_context(plan.method.value),
    }
    if (initializer := INITIALIZERS[plan.initializer]) is not None:
        options |= {"initializer": initializer, "initargs": (catalogue.SET_BY_INITIALIZER,)}
    if plan.max_tasks is not None:
        options["max_tasks_per_child"] = plan.max_tasks
    if profile.strict:
        options |= {"on_worker_death": plan.policy.value, "terminate_limit": plan.terminate_limit}
    return cast("Executor", executor(**options))


def run_round(plan: Plan, make: Callable[[Plan], Executor], stage: Stage) -> Record:
    """One round, from nothing to nothing."""
    deadline = time.monotonic() + stage.limit
    with _conditions(plan):
        board = Board(plan, make(plan), (step.slot for step in plan.scripts[0] if isinstance(step, Submit)))
        executor = weakref.ref(board.executor)
        threads = _start(Actor(board, str(stage.journal), make), plan)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        quiet = board.wait_for_quiet(max(0.0, deadline - time.monotonic()))
        board.executor = None  # whatever the plan did: by now the last reference goes
        stuck = tuple(f"{thread.name} in {thread.step}" for thread in threads if thread.is_alive())
        left: tuple[Leak, ...] = ()
        slots = None if stage.keeps_futures else _slots(board)
        if quiet and not stuck:
            if slots is not None:
                board.entries.clear()
            left = leaks.settle(stage.before, stage.mark, stage.files, stage.settling)
            if executor() is not None:
                left += (Leak("executor", "still referenced although its user dropped it"),)
        record = _record(board, slots or _slots(board), stuck, left, stage.journal)
    stage.journal.unlink(missing_ok=True)
    return record


@contextmanager
def _conditions(plan: Plan) -> Iterator[None]:
    """What the whole process is set to for a round; called in the main thread, which alone may set signals."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(plan.switch_interval)
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN) if plan.deaf else None
    try:
        yield
    finally:
        if plan.deaf:
            signal.signal(signal.SIGCHLD, before)
        sys.setswitchinterval(interval)


class _ScriptThread(threading.Thread):
    """A script; it remembers the step it is in."""

    def __init__(self, actor: Actor, script: Script, name: str) -> None:
        super().__init__(name=name, daemon=True)
        self.actor = actor
        self.script = script
        self.step: Step | None = None

    def run(self) -> None:
        try:
            for step in self.script:
                self.step = step
                self.actor.do(step)
        except BaseException as raised:  # noqa: BLE001 - a step let something out: the oracle's business
            self.actor.board.errors.append(f"{self.step} raised {catalogue.error(raised)}")


def _start(actor: Actor, plan: Plan) -> list[_ScriptThread]:
    threads = [_ScriptThread(actor, script, f"script {index}") for index, script in enumerate(plan.scripts)]
    for thread in threads:
        thread.start()
    return threads


def _slots(board: Board) -> dict[int, Slot]:
    with board.condition:
        entries = sorted(board.entries.items())
    return {slot: _slot(entry) for slot, entry in entries}


def _record(
    board: Board, slots: dict[int, Slot], stuck: tuple[str, ...], left: tuple[Leak, ...], journal: Path
) -> Record:
    return Record(
        slots=slots,
        cancels=tuple(board.cancels),
        closes=(*board.closes, *board.pending_closes.values()),
        maps=tuple(board.maps),
        begun=tuple(_read(journal)),
        looks=tuple(board.looks),
        strikes=board.strikes,
        interrupts=board.interrupts,
        most_workers=board.most_workers,
        stuck=stuck,
        errors=tuple(board.errors),
        leaks=left,
        workers_seen=frozenset(board.workers_seen),
    )


def _slot(entry: Entry) -> Slot:
    future = entry.future
    if future is None:
        return Slot(Outcome(entry.refusal or Kind.REFUSED, entry.text), entry.begin, entry.end, accepted=False)
    error = _error(future)
    return Slot(
        outcome=outcome_of(future, 0) if future.done() else Outcome(Kind.UNDONE),
        begin=entry.begin,
        end=entry.end,
        death=_death(error),
        trace=str(error.__cause__ or "")[-TRACE:] if error else "",
        told=not wait([future], timeout=0).not_done,
        early=tuple(entry.early),
        late=tuple(entry.late),
        ran=tuple(entry.ran),
    )


def _error(future: "Future[object]") -> BaseException | None:
    """Its exception, if it has ended with one."""
    if not future.done() or future.cancelled():
        return None
    try:
        return future.exception(0)
    except TimeoutError:  # it says that it is done, and is not: told or not is judged elsewhere
        return None


def _death(error: BaseException | None) -> Death | None:
    if error is None or not hasattr(error, "exitcode"):
        return None
    return Death(
        pid=getattr(error, "pid", None),
        exitcode=getattr(error, "exitcode", None),
        task=getattr(error, "task", None),
        ran=bool(getattr(error, "ran", False)),
    )


def _read(journal: Path) -> list[Begun]:
    try:
        lines = journal.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return []
    return [Begun(mark, int(pid)) for mark, pid in (line.split() for line in lines)]
