"""Mutants of the machines, of the shell's order, of the simulator and of the abstraction, found by exploring.

Decides: what is broken, the smallest scope that finds it, what is found there. Must not know: how it is explored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from unittest import mock

from checkedpool._core import by_priority, manager, messages, resizing, retry_tables, stop_table, tables, worker_record
from checkedpool._core.deaths_in_a_row import DeathsInARow
from checkedpool._core.idle_workers import LettingManager
from checkedpool._core.limits_of_tasks import LimitsOfTasks
from checkedpool._core.manager import Manager
from checkedpool._core.tables import Came, Do, Panic, Step
from checkedpool._core.worker_record import LEAVING, OVER, Remains, WorkerRecord
from checkedpool._fast import dispatch_rules
from checkedpool._fast.dispatch_rules import LendingManager
from checkedpool.testing import Budget, End, Scope, World, cancel, resize, shutdown, stop, submit  # fmt: skip
from checkedpool.testing.simulated import clients, manager_sleep, panicking, simulated_platform, world  # fmt: skip
from checkedpool_model.protocol.actions import manager as protocol_manager
from checkedpool_model.protocol.bounds import Bounds, initial
from checkedpool_model.protocol.state import Mark, State
from checkedpool_spec.contract import Contract
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.checks.conformance import check as checking
from tests.checks.conformance import follow as following
from tests.checks.conformance.contract import as_contract
from tests.checks.conformance.protocol import Known, _View
from tests.checks.conformance.scopes import (
    BREAKING,
    BUG,
    DELAY,
    EXIT,
    FORKED,
    KILL,
    LIMITED,
    REPLACING,
    RETRIED,
    TWICE,
    Case,
    submits,
)
from tests.checks.conformance.system import Code
from tests.checks.mutants.mutant import Broken, Mutant

__all__ = ["MUTANTS", "WITHOUT_CONTROL"]

ONE = replace(FORKED, scripts=((submit(0), EXIT),))
TWO = replace(FORKED, workers=2)
THROWS = Budget(throws=1)


def explored(scope: Scope) -> str:
    """What is found in this scope."""
    return next(iter(checking.check(Case(scope)).story), "")


def lapped(scope: Scope) -> str:
    """The same where frame numbers begin again after the second, and one frame may be unread."""
    return next(iter(checking.check(Case(scope, (2, 1))).story), "")


def _patch(target: object, name: str, new: object) -> Broken:
    return lambda: mock.patch.object(target, name, new)


def _row(table: tables.Table, step: Step, row: object) -> Broken:
    return lambda: mock.patch.dict(table, {step: row})


def _panics(*parts: Panic) -> Broken:
    return _patch(tables, "PANIC", parts)


# --- the machines -----------------------------------------------------------------------------------------------------


def accepts_late(m: Manager, out: messages.Submitted) -> None:
    (m.deferred if out.deferred else m.pending).update(dict.fromkeys(out.ids))


def breaks_late(m: Manager, out: messages.Submitted) -> None:
    if m.death is not None:
        m._fail(out.ids, m.death)
    elif not m.level:
        accepts_late(m, out)


BURY, PLAN, BLAME, STOP = Manager._bury, Manager.plan, Manager._blame, Manager._stop
TOO_MANY = DeathsInARow.too_many
AGAIN = retry_tables.AGAIN
LOOKS_FIRST = {
    Step.CALLS_ARE_OPEN: {True: Step.NOTE_DRAIN, False: tables.End.TRUE}, Step.NOTE_DRAIN: {None: tables.End.FALSE},
}  # fmt: skip
ASKS_FIRST = {
    Step.DRAIN_IS_OWED: {True: Step.LEAVE_OPEN, False: Step.LEAVE_OPEN}, Step.LEAVE_OPEN: {None: tables.End.FALSE},
}  # fmt: skip
DUE, BEGINS = LimitsOfTasks.due, LimitsOfTasks.begins


def buries_as_failed(m: Manager, lane: WorkerRecord) -> None:
    BURY(m, lane)
    m.failed_starts += 1


def buries_early(m: Manager) -> None:
    for lane in tuple(m.lanes.values()):
        if lane.phase in OVER and lane.remains <= {Remains.TICKETS}:
            m._bury(lane)
    PLAN(m)


def buries_as_dead(m: Manager, lane: WorkerRecord) -> None:
    """Whoever was told to leave has died as well."""
    if m.death is None and lane.ended_in is LEAVING:
        BLAME(m, lane, ())
    BURY(m, lane)


def forgives_who_was_not_ready(m: Manager, lane: WorkerRecord, blamed: tuple[messages.TaskId, ...]) -> None:
    """A death before the first task is a start that has failed, whatever the policy."""
    if lane.was_ready or blamed or lane.failure is not None:
        BLAME(m, lane, blamed)
    else:
        m._count_failed_start(m._death_of(lane, blamed))


def hears_of_no_initializer(m: Manager, lane: WorkerRecord, _out: messages.InitializerFailed) -> None:
    """A worker whose initializer has raised is one that is to end, and no more."""
    lane.deadline = m.now + m.settings.exit_limit


def gives_back_last(m: Manager, ids: Sequence[int]) -> None:
    m.pending.update(dict.fromkeys(reversed(ids)))


def hears_nothing(_m: Manager, _lane: object, _answers: object) -> None:
    """It wakes for an answer and does nothing about it."""


STEP = Manager.step


def wakes_for_nothing(m: Manager, events: tuple[messages.Event, ...]) -> tuple[messages.Command, ...]:
    """It wakes, and does nothing at all once it has begun."""
    return STEP(m, events) if not m.now and not any(isinstance(out, messages.Answered) for out in events) else ()


def sweeps_one(m: Manager) -> None:
    """Asked to cancel, it takes the tickets of the first lane that has some, and forgets those of the others."""
    if m.level >= ShutdownLevel.CANCEL:
        alive = [lane for lane in m.lanes.values() if lane.phase not in OVER]
        for lane in [lane for lane in alive if lane.issued and not lane.empty][1:]:
            lane.empty = True
    PLAN(m)


def starts_for_nobody(m: Manager) -> bool:
    """As many workers as may exist, whatever there is to do."""
    return m.settings.on_demand and m.death is None and not m.level and len(m.lanes) < m.settings.max_workers


ROOM = WorkerRecord.room


def uses_numbers_that_are_in_use(lane: WorkerRecord, settings: messages.Settings) -> int:
    """How many frames a worker has not read does not matter."""
    with mock.patch.object(worker_record, "UNREAD", worker_record.LAST_SEQ + settings.window):
        return ROOM(lane, settings)


# --- the world --------------------------------------------------------------------------------------------------------


def reads_nothing(_scope: Scope, w: World, _n: int) -> tuple[World, tuple[messages.Event, ...]]:
    """The manager wakes up for a message and does not read it."""
    return w, ()


END = world.end


def ends_what_is_open(w: World, t: int, how: End) -> World:
    """Who finds that a future is done has nothing more to do with it."""
    return END(w, t, how) if w.tasks[t].end is End.OPEN else w


RECALL = manager_sleep._recall


def recalls_and_leaves_it_lent(w: World) -> World:
    """The manager recalls its worker, and a client may use it all the same."""
    return RECALL(w)._replace(loan=w.loan)


def forgets_what_was_used(_m: Manager, _lane: WorkerRecord, _out: messages.Recalled) -> None:
    """It is the manager's again, and that is all."""


def constant(code: Code, w: World) -> Contract:
    """An abstraction that says of every world what it says of the first."""
    return as_contract(code, code.simulation.initial)


def has_a_task_to_stop(lane: WorkerRecord) -> bool:
    """Whatever it runs."""
    return lane.stop is not None and lane.phase not in OVER


def breaks_at_the_limit(row: DeathsInARow, others: Mapping[int, WorkerRecord]) -> int:
    """As it would be with one less."""
    return TOO_MANY(row, others) or (row.deaths if row.deaths == row.limit else 0)


def stops_what_has_ended(limits: LimitsOfTasks, now: float, _is_open: object) -> list[tuple[int, int]]:
    return DUE(limits, now, lambda _t: True)


def stops_twice(limits: LimitsOfTasks, now: float, is_open: Callable[[int], bool]) -> list[tuple[int, int]]:
    found = DUE(limits, now, is_open)
    for lane, task in found:
        BEGINS(limits, lane, now, task)
    return found


def begins_once(limits: LimitsOfTasks, lane: int, until: float, task: int) -> None:
    if lane not in limits.running:
        BEGINS(limits, lane, until, task)


def keeps_what_is_queued(manager: Manager, lane: WorkerRecord) -> None:
    """As ``_stop`` was at first."""
    with mock.patch.object(WorkerRecord, "take_queued", return_value=[]):
        STOP(manager, lane)


def first_state(k: Bounds, _w: World, _known: Known) -> State:
    """The same of the mapping to the protocol."""
    return initial(k)


EXPLORED: tuple[Mutant, ...] = tuple(
    Mutant(name, breaks, partial(explored, scope), found, *clauses)
    for name, breaks, scope, found, *clauses in (
        ("nobody wakes the manager",
         _patch(clients, "wake_up", lambda w: w), ONE, "no_deadlock: a client's call does not return", "C-48 C-50"),
        ("the manager stops reading",
         _patch(manager_sleep, "is_readable", lambda _: False), ONE, "no_deadlock: a client's call does not return",
         "C-48 C-50"),
        ("the manager wakes up and does not read",
         _patch(manager_sleep, "_look_at", reads_nothing), ONE, "the_end_stays_in_reach", "C-50"),
        ("the manager wakes up and does nothing",
         _patch(Manager, "step", wakes_for_nothing), ONE, "no_deadlock: a client's call does not return",
         "C-48 C-50"),
        ("the manager hears answers and forgets them",
         _patch(Manager, "_answered", hears_nothing), ONE, "no_deadlock: a client's call does not return", "C-48"),
        ("the manager never sleeps",
         _patch(Manager, "deadline", lambda m: m.now), replace(FORKED, scripts=((submit(0),),)),
         "the_end_stays_in_reach", "C-99"),
        ("submit does not look a second time",
         _row(dispatch_rules.SUBMIT, Step.REREAD_BROKEN, {True: Step.WAKE_FOR_TASK, False: Step.WAKE_FOR_TASK}),
         replace(FORKED, scripts=((submit(0),), (EXIT,))), "no_deadlock: a future does not end", "C-01 C-61"),
        ("submit of the plain pool does not look a second time",
         _row(tables.SUBMIT, Step.REREAD_BROKEN, {True: Step.WAKE_FOR_TASK, False: Step.WAKE_FOR_TASK}),
         replace(FORKED, scripts=((submit(0),), (EXIT,)), plain=True), "no_deadlock: a future does not end",
         "C-01 C-61"),
        ("the manager accepts what is posted after the request",
         _patch(Manager, "_submitted", accepts_late),
         replace(FORKED, scripts=(submits(2), (EXIT,))), "no_deadlock: a client's call does not return", "C-48"),
        ("the manager forgets what was taken back",
         _patch(Manager, "_give_back", lambda _m, _ids: None),
         replace(FORKED, scripts=((*submits(2), cancel(0), EXIT),)), "no_deadlock: a future does not end", "C-01"),
        ("the manager deals what was taken back the other way round",
         _patch(Manager, "_give_back", gives_back_last),
         replace(FORKED, scripts=((*submits(3), cancel(0), EXIT),)),
         "nothing_is_wrong: Violation: task 2 is begun before", "C-22"),
        ("the manager leaves tasks behind others",
         _patch(Manager, "_steal", lambda _m, _idle: None),
         replace(TWO, scripts=((*submits(2), EXIT),)),
         "nothing_is_wrong: Violation: the manager sleeps, and a task waits", "C-23"),
        ("a worker does not skip stale frames",
         _patch(tables.WorkerMachine, "read", lambda _m, _seq: tables.Came.MATCH),
         replace(FORKED, scripts=((*submits(2), cancel(0), EXIT),)),
         "nothing_is_wrong: Violation: task 1 gets an answer that is not its own", "C-02"),
        ("a death is blamed before the tickets are back",
         _patch(Manager, "plan", buries_early),
         replace(REPLACING, scripts=((submit(0), cancel(0), EXIT),), budget=KILL),
         "nothing_is_wrong: Violation: task 0 was never begun", "C-79"),
        ("cancel trusts the lane that it found",
         _row(tables.CANCEL, Step.REVOKE, {**tables.CANCEL[Step.REVOKE], None: Step.POST_UNCHANGED}),
         replace(TWO, scripts=((*submits(2), EXIT), (cancel(1),))),
         "nothing_is_wrong: Violation: cancel of task 1 returns False", "C-05"),
        ("cancel does not say that it reads tickets back",
         _patch(clients, "announce", lambda w, _: w),
         replace(FORKED, scripts=((submit(0), cancel(0), EXIT),), interrupts=True), "no_deadlock", "C-21"),
        ("cancel of a task that a call which was thrown out has claimed says that it has begun",
         _row(tables.CANCEL, Step.FIND_LANE, {True: Step.REVOKE, False: Step.WAKE_BEGUN}),
         replace(FORKED, scripts=(TWICE,), budget=THROWS),
         "nothing_is_wrong: Violation: cancel of task 0 returns False", "C-05 C-21"),
        ("a canceller who has claimed a task leaves it where it was",
         _patch(clients, "_won", lambda claimed, _t: claimed),
         replace(FORKED, scripts=(TWICE,), budget=THROWS),
         "nothing_is_wrong: Violation: cancel of task 0 returns False", "C-05 C-21"),
        ("the manager tells nobody of an end that a client who was thrown out has given",
         _patch(simulated_platform, "end", ends_what_is_open),
         replace(FORKED, scripts=((submit(0), cancel(0), EXIT),), budget=Budget(throws=2)),
         "no_deadlock: nobody tells those who wait for a future", "C-07 C-21"),
        ("the manager takes tickets back from one worker only when it cancels",
         _patch(Manager, "plan", sweeps_one),
         replace(TWO, scripts=((*submits(2), shutdown(ShutdownLevel.CANCEL)),)),
         "the last of these steps is no sequence", "C-46"),
        ("a wish to stop a task is heard and forgotten",
         _patch(Manager, "_stop_requested", lambda _m, _event: None),
         replace(BREAKING, scripts=((submit(0), stop(0), EXIT),)),
         "the last of these steps is no sequence", "C-111"),
        ("a worker is ended with tickets out that it may take",
         _patch(WorkerRecord, "runs_what_is_to_stop", property(has_a_task_to_stop)),
         replace(BREAKING, scripts=((*submits(2), stop(0), EXIT),)),
         "no_deadlock: a future has an end for which there is no reason", "C-112"),
        ("what is queued for a worker that is ended to stop its task stays there",
         _patch(Manager, "_stop", keeps_what_is_queued),
         replace(REPLACING, scripts=((*submits(2), stop(0), EXIT),), fine=True),
         "no_deadlock: a future has an end for which there is no reason", "C-112"),
        ("a worker that was ended to stop its task has died",
         _patch(WorkerRecord, "was_stopped", property(lambda _lane: False)),
         replace(BREAKING, scripts=((submit(0), stop(0), EXIT),)),
         "no_deadlock: a future has an end for which there is no reason", "C-112"),
        ("one death less in a row is survived than may be",
         _patch(DeathsInARow, "too_many", breaks_at_the_limit),
         replace(REPLACING, scripts=((submit(0), EXIT),), restarts=1, budget=KILL),
         "each_step_is_matched", "C-135"),
        ("a worker that says that it is full is dealt the next task",
         _patch(Manager, "_filled", lambda _m, _lane, _event: None),
         replace(REPLACING, scripts=((*submits(2), EXIT),), window=1, budget=Budget(fills=1)),
         "the last of these steps is no sequence", "C-151"),
        ("a worker that says that it is full is not told to leave",
         _patch(WorkerRecord, "spent", property(lambda _lane: False)),
         replace(REPLACING, scripts=((*submits(2), EXIT),), window=1, budget=Budget(fills=1)),
         "nothing_is_wrong: Violation: the manager sleeps, and a task waits", "C-151"),
        ("an idle worker is let go that is to stay",
         _patch(LettingManager, "_spare", lambda m: len(m.lanes) - m.unfinished()),
         replace(REPLACING, scripts=((*submits(2), EXIT),), workers=2, idle_timeout=1.0, min_workers=1),
         "the last of these steps is no sequence", "C-159"),
        ("an idle worker is let go for which a task waits",
         _patch(LettingManager, "_spare", lambda m: len(m.lanes) - m.idle.least),
         replace(REPLACING, scripts=((submit(0), submit(1, keep=True), EXIT),), idle_timeout=1.0,
                 budget=Budget(haste=1)),
         "the last of these steps is no sequence", "C-158"),
        ("a task that has ended is stopped at its limit",
         _patch(LimitsOfTasks, "due", stops_what_has_ended),
         replace(REPLACING, scripts=(LIMITED,), budget=DELAY),
         "nothing_is_wrong: KeyError", "C-132"),
        ("a task is stopped twice at its limit",
         _patch(LimitsOfTasks, "due", stops_twice),
         replace(REPLACING, scripts=(LIMITED,), budget=DELAY),
         "no_deadlock: a client's call does not return", "C-132"),
        ("a limit that passes does not wake the manager",
         _patch(LimitsOfTasks, "soonest", lambda _limits: None),
         replace(REPLACING, scripts=(LIMITED,), budget=DELAY),
         "nothing_is_wrong: Violation: the manager sleeps, and task 0 runs on", "C-132"),
        ("only the first task of a worker has a limit",
         _patch(LimitsOfTasks, "begins", begins_once),
         replace(REPLACING, scripts=((submit(0, limit=True), submit(1, limit=True), EXIT),), budget=DELAY),
         "nothing_is_wrong: Violation: the manager sleeps, and task 1 runs on", "C-132"),
        ("a request to drain waits for no call that may be tried again",
         _patch(retry_tables, "LET", {Step.NOTE_DRAIN: {None: tables.End.TRUE}}),
         replace(REPLACING, scripts=((RETRIED, EXIT),), budget=KILL),
         "no_deadlock: a future does not end", "C-45 C-150"),
        ("who asks to drain looks for open calls before it says so",
         _patch(retry_tables, "LET", LOOKS_FIRST),
         replace(REPLACING, scripts=((RETRIED, EXIT),), budget=KILL),
         "no_deadlock: a client's call does not return", "C-45 C-150"),
        ("whether a drain is owed is asked before the call is over",
         _patch(retry_tables, "OVER", ASKS_FIRST),
         replace(REPLACING, scripts=((RETRIED, EXIT),), budget=KILL),
         "no_deadlock: a client's call does not return", "C-45 C-150"),
        ("a further attempt is not looked after",
         _patch(retry_tables, "AGAIN", {**AGAIN, Step.PUBLISH_AGAIN: {None: Step.WAKE_FOR_TASK}}),
         replace(REPLACING, scripts=((RETRIED, shutdown(ShutdownLevel.CANCEL)),), budget=KILL),
         "no_deadlock: a future does not end", "C-46 C-150"),
        ("a further attempt is given up that may run",
         _patch(retry_tables, "AGAIN", {**AGAIN, Step.LOOK_AGAIN: {True: Step.WAKE_FOR_TASK, False: tables.End.FALSE}}),
         replace(REPLACING, scripts=((RETRIED, shutdown(ShutdownLevel.CANCEL)),), budget=KILL),
         "each_step_is_matched", "C-150"),
        ("nobody leaves a pool that shrinks",
         _patch(resizing, "one_too_many", lambda _lanes, _count: []),
         replace(FORKED, workers=2, scripts=((submit(0), resize(1), EXIT),)),
         "the last of these steps is no sequence", "C-161"),
        ("one worker more than are too many is to leave",
         _patch(resizing, "one_too_many", lambda lanes, _count: list(lanes)),
         replace(FORKED, workers=2, scripts=((submit(0), resize(1), EXIT),)),
         "no_deadlock: a client's call does not return", "C-161"),
        ("another number of workers is forgotten",
         _patch(resizing, "with_workers", lambda settings, _count: settings),
         replace(REPLACING, scripts=((submit(0), resize(2), EXIT),)),
         "the last of these steps is no sequence", "C-160"),
        ("another number of workers is refused by an open pool",
         _row(resizing.RESIZE, Step.READ_CLOSED, {True: tables.End.CLOSED, False: tables.End.CLOSED}),
         replace(REPLACING, scripts=((submit(0), resize(2), EXIT),)),
         "the last of these steps is no sequence", "C-162"),
        ("nothing is taken back for a higher priority",
         _patch(Manager, "_take_back_for", lambda _m, _waiting: None),
         replace(FORKED, scripts=((*submits(2), submit(2, priority=1), EXIT),), window=2),
         "nothing_is_wrong: Violation: the manager sleeps, and something lower", "C-157"),
        ("what waits is dealt by its age alone",
         _patch(by_priority, "rank", lambda task: (0, task)),
         replace(FORKED, scripts=((*submits(2), submit(2, priority=1), EXIT),)),
         "the last of these steps is no sequence", "C-156"),
        ("who stops a task ends its future and tells the manager nothing",
         _row(stop_table.STOP, Step.WAKE_BEGUN, {None: Step.NOTIFY_STOPPED}),
         replace(BREAKING, scripts=((submit(0), stop(0), EXIT),)),
         "the last of these steps is no sequence", "C-111"),
        ("a client overtakes what was posted before",
         _patch(clients, "_is_first", lambda _w, _t: True),
         replace(FORKED, scripts=((*submits(2), EXIT), (submit(2),))),
         "nothing_is_wrong: Violation: task", "C-22"),
        ("a worker that was recalled can be used",
         _patch(manager_sleep, "_recall", recalls_and_leaves_it_lent),
         replace(FORKED, scripts=((*submits(3), EXIT),)), "nothing_is_wrong"),
        ("the manager forgets the task that a client has issued",
         _patch(LendingManager, "_recalled", forgets_what_was_used),
         replace(FORKED, scripts=((*submits(2), EXIT),)), "nothing_is_wrong"),
        ("callbacks stay on the list when they are run",
         _patch(world, "left_to_call", lambda _task, callbacks: int(callbacks)),
         replace(FORKED, scripts=((submit(0), shutdown(ShutdownLevel.CANCEL)), (cancel(0),)), callbacks=True),
         "each_step_is_matched", "C-08"),
        ("the abstraction is constant, where workers die",
         _patch(checking, "as_contract", constant), replace(ONE, budget=KILL), "each_step_is_matched"),
        ("the abstraction is constant, where none does",
         _patch(checking, "as_contract", constant), ONE, "the_end_maps_to_the_end"),
        ("the abstraction to the protocol is constant",
         _patch(following, "as_protocol", first_state), ONE, "an end is no end of the protocol"),
        ("the abstraction to the protocol forgets the tickets",
         _patch(_View, "_ticket", lambda _view, _lane, _seq: int(Mark.LEAVE)), ONE,
         "the last of these steps is no sequence"),
        ("the abstraction to the protocol forgets what a client has issued by itself",
         _patch(_View, "_alone", lambda _view, _n: {}),
         replace(FORKED, scripts=((*submits(2), cancel(1), EXIT),)), "the last of these steps is no sequence"),
        ("the abstraction to the protocol forgets what a canceller took back",
         _patch(_View, "_returned", lambda _view, _n: ()),
         replace(FORKED, scripts=((submit(0), cancel(0), EXIT),)), "the last of these steps is no sequence"),
        ("the abstraction to the protocol counts no failed starts",
         _patch(_View, "failures", lambda _view: 0),
         replace(REPLACING, scripts=((submit(0), EXIT),), budget=Budget(bad_starts=3)),
         "the last of these steps is no sequence"),
        ("the abstraction to the protocol gives nobody a job",
         _patch(_View, "jobs", lambda _view: ()),
         replace(FORKED, scripts=((submit(0), EXIT),), callbacks=True), "the last of these steps is no sequence"),
        ("an initializer that fails breaks a pool that lets its worker go",
         _patch(protocol_manager, "_was_let_go", lambda _s, _lane: False),
         replace(TWO, scripts=((submit(0), EXIT),), budget=Budget(bad_starts=1)),
         "the last of these steps is no sequence"),
        ("a pool is broken after two failed starts",
         _patch(manager, "STARTS_BEFORE_GIVING_UP", 2),
         replace(REPLACING, scripts=((submit(0), EXIT),), budget=Budget(bad_starts=3)),
         "the last of these steps is no sequence", "C-69"),
        ("what is posted after the request breaks with the pool",
         _patch(Manager, "_submitted", breaks_late),
         replace(FORKED, scripts=((submit(0), EXIT), (submit(1),)), budget=KILL),
         "the last of these steps is no sequence"),
        ("a manager that fails closes the channels before all futures have their ends",
         _panics(Panic.REFUSE, Panic.END_WORKERS, Panic.CLOSE, Panic.TELL, Panic.CALL_BACK, Panic.LET_GO),
         replace(FORKED, scripts=((submit(0), cancel(0), EXIT),), budget=BUG),
         "nothing_is_wrong: Violation: cancel of task 0 returns False", "C-05 C-89"),
        ("a manager that fails tells before it refuses",
         _panics(Panic.END_WORKERS, Panic.TELL, Panic.REFUSE, Panic.CALL_BACK, Panic.LET_GO, Panic.CLOSE),
         replace(FORKED, scripts=((*submits(2), EXIT),), budget=BUG), "no_deadlock: a future does not end", "C-89"),
        ("a manager that fails tells before it ends the workers",
         _panics(Panic.REFUSE, Panic.TELL, Panic.END_WORKERS, Panic.CALL_BACK, Panic.LET_GO, Panic.CLOSE),
         replace(FORKED, scripts=((submit(0), EXIT),), budget=BUG),
         "nothing_is_wrong: Violation: task 0 is begun and its future is BROKEN", "C-89"),
        ("a manager that fails closes the channels before it looks into the inbox",
         _panics(Panic.REFUSE, Panic.END_WORKERS, Panic.CLOSE, Panic.TELL, Panic.CALL_BACK, Panic.LET_GO),
         replace(FORKED, scripts=((*submits(2), EXIT),), budget=BUG),
         "nothing_is_wrong: Violation: task 1 is issued to lane 0, which is closed", "C-89"),
        ("a manager that fails leaves its workers",
         _panics(Panic.REFUSE, Panic.TELL, Panic.CALL_BACK, Panic.LET_GO, Panic.CLOSE),
         replace(FORKED, scripts=((submit(0), EXIT),), budget=BUG), "nothing_is_wrong: Violation: ", "C-89 C-96"),
        ("a manager that fails calls nobody back",
         _panics(Panic.REFUSE, Panic.END_WORKERS, Panic.TELL, Panic.LET_GO, Panic.CLOSE),
         replace(FORKED, scripts=((submit(0), EXIT),), budget=BUG, callbacks=True),
         "no_deadlock: a callback is not called", "C-08 C-89"),
        ("a manager that fails forgets what nobody has taken from the inbox",
         _patch(panicking, "_is_in_some_book", lambda w, t: w.tasks[t].known),
         replace(FORKED, scripts=((submit(0), EXIT),), budget=BUG), "no_deadlock: a future does not end", "C-89"),
        ("a worker that was told to leave has died",
         _patch(Manager, "_bury", buries_as_dead), ONE, "each_step_is_matched", "C-76"),
        ("a death before the first task is forgiven under break",
         _patch(Manager, "_blame", forgives_who_was_not_ready),
         replace(BREAKING, scripts=((submit(0), EXIT),), budget=KILL), "the last of these steps is no sequence",
         "C-86"),
        ("an initializer that raises costs its worker alone",
         _patch(Manager, "_initializer_failed", hears_of_no_initializer),
         replace(REPLACING, scripts=((submit(0), EXIT),), budget=Budget(bad_starts=1)),
         "the last of these steps is no sequence", "C-71"),
        ("a worker runs its initializer again after each task",
         lambda: mock.patch.dict(tables.WORKER, {Do.ANSWER: {**tables.WORKER[Do.ANSWER], Came.DONE: Do.INITIALIZE}}),
         replace(FORKED, scripts=((*submits(2), EXIT),)), "nothing_is_wrong: IllegalStep", "C-70"),
        ("a broken pool accepts tasks",
         lambda: mock.patch.dict(dispatch_rules.SUBMIT, {
             Step.READ_BROKEN: {True: Step.READ_CLOSED, False: Step.READ_CLOSED},
             Step.REREAD_BROKEN: {True: Step.REREAD_CLOSED, False: Step.REREAD_CLOSED}}),
         replace(FORKED, scripts=((*submits(2), EXIT),), budget=KILL), "no_deadlock: a future does not end", "C-83"),
        ("a worker is started for which there is no task",
         _patch(Manager, "wants_lane", starts_for_nobody),
         replace(REPLACING, workers=2, scripts=((submit(0), EXIT),)), "the last of these steps is no sequence",
         "C-67"),
        ("a worker's orderly end counts as a failed start",
         _patch(Manager, "_bury", buries_as_failed),
         replace(BREAKING, scripts=((submit(0), EXIT),)), "the last of these steps is no sequence", "C-69"),
    )
)  # fmt: skip
"""Each with the smallest scope that finds it."""

MUTANTS: tuple[Mutant, ...] = (
    *EXPLORED,
    Mutant("frames get numbers of frames that are not read", _patch(WorkerRecord, "room", uses_numbers_that_are_in_use),
           partial(lapped, replace(FORKED, scripts=((*submits(3), EXIT),))), "nothing_is_wrong: Violation: ", "C-02"),
)  # fmt: skip
"""These, and what only numbers that begin again show."""

WITHOUT_CONTROL = {
    "the manager never sleeps": "a script without an exit: where nothing is broken the contract misses the end",
    "cancel trusts the lane that it found": "its graph has 300,000 states where nothing is broken",
}
"""Mutants whose check is not run where nothing is broken, each with the reason."""
