"""The tables of client calls and of the worker: every row is reached, each result of a step has a cell, ends are ends.

What each step can come to is written here a second time, from what the step is, not from the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TypeVar

import pytest

from checkedpool._core.retry_tables import AGAIN, LET, OVER
from checkedpool._core.stop_table import STOP
from checkedpool._core.tables import (
    CANCEL,
    LEAVE,
    SHUTDOWN,
    SUBMIT,
    WORKER,
    Came,
    Do,
    End,
    Result,
    Step,
    Table,
    WorkerMachine,
    follow,
)
from checkedpool._fast import dispatch_rules

E = TypeVar("E", bound=Enum)

SUBMITS = {"submit": SUBMIT, "submit, direct dispatch": dispatch_rules.SUBMIT}
OF_RETRIES = {"try again": AGAIN, "let a drain": LET, "be over": OVER}
TABLES = {**SUBMITS, "cancel": CANCEL, "stop": STOP, "shutdown": SHUTDOWN, **OF_RETRIES}
YES_OR_NO: frozenset[Result] = frozenset({True, False})
NO_ANSWER: frozenset[Result] = frozenset({None})
BOTH: frozenset[Result] = YES_OR_NO | NO_ANSWER
CAN_COME_TO: dict[Step, frozenset[Result]] = {
    Step.READ_BROKEN: YES_OR_NO, Step.READ_CLOSED: YES_OR_NO, Step.PICKLE: YES_OR_NO, Step.PUBLISH: NO_ANSWER,
    Step.START_ONCE: YES_OR_NO, Step.REREAD_BROKEN: YES_OR_NO, Step.REREAD_CLOSED: YES_OR_NO,
    Step.WITHDRAW_BROKEN: YES_OR_NO, Step.WITHDRAW_CLOSED: YES_OR_NO, Step.ISSUE_ALONE: YES_OR_NO,
    Step.WAKE_FOR_TASK: NO_ANSWER,
    Step.READ_STATE: BOTH, Step.CLAIM: YES_OR_NO, Step.FIND_LANE: YES_OR_NO,
    Step.REVOKE: BOTH, Step.POST_MOVED: NO_ANSWER, Step.NOTIFY_CLAIMED: NO_ANSWER, Step.NOTIFY_REVOKED: NO_ANSWER,
    Step.POST_WITHDRAWN: NO_ANSWER, Step.POST_REVOKED: NO_ANSWER, Step.POST_UNCHANGED: NO_ANSWER,
    Step.WAKE_DONE: NO_ANSWER, Step.WAKE_BEGUN: NO_ANSWER,
    Step.POST_STOP: NO_ANSWER, Step.WAKE_FOR_STOP: NO_ANSWER, Step.NOTIFY_STOPPED: NO_ANSWER,
    Step.CLOSE: NO_ANSWER, Step.NEVER_STARTED: YES_OR_NO, Step.POST_REQUEST: NO_ANSWER,
    Step.WAKE_FOR_REQUEST: NO_ANSWER,
    Step.OWN_THREAD: YES_OR_NO, Step.WAIT: NO_ANSWER,
    Step.PUBLISH_AGAIN: NO_ANSWER, Step.LOOK_AGAIN: YES_OR_NO, Step.WITHDRAW_AGAIN: YES_OR_NO,
    Step.NOTE_DRAIN: NO_ANSWER, Step.CALLS_ARE_OPEN: YES_OR_NO, Step.LEAVE_OPEN: NO_ANSWER,
    Step.DRAIN_IS_OWED: YES_OR_NO,
}  # fmt: skip
each_submit = pytest.mark.parametrize("submit", SUBMITS.values(), ids=SUBMITS)
each_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def reached(rows: Mapping[E, Iterable[Enum]], start: E) -> set[Enum]:
    """All that can be come to from a start."""
    found: set[Enum] = {start}
    todo: list[Enum] = [start]
    while todo:
        at = todo.pop()
        new = {cell for row, cells in rows.items() if row is at for cell in cells} - found
        found |= new
        todo += new
    return found


def cells(table: Table) -> dict[Step, list[Step | End]]:
    return {row: list(columns.values()) for row, columns in table.items()}


@each_table
def test_every_row_of_a_call_is_reached(table: Table) -> None:
    assert reached(cells(table), next(iter(table))) >= set(table)


@each_table
def test_every_outcome_of_an_operation_has_a_cell_and_no_other_has(table: Table) -> None:
    assert {row: frozenset(columns) for row, columns in table.items()} == {row: CAN_COME_TO[row] for row in table}


@each_table
def test_every_cell_is_a_row_or_an_end(table: Table) -> None:
    for following in cells(table).values():
        assert all(isinstance(cell, End) or cell in table for cell in following)


@each_table
def test_from_every_row_the_call_can_end(table: Table) -> None:
    for row in table:
        assert any(isinstance(found, End) for found in reached(cells(table), row))


def test_every_operation_belongs_to_exactly_one_call() -> None:
    calls, of_retries = (dispatch_rules.SUBMIT, STOP, SHUTDOWN), OF_RETRIES.values()
    rows = [*(row for table in calls for row in table), *(row for table in of_retries for row in table)]
    rows.remove(Step.WAKE_FOR_TASK)  # of submit, and of who tries again
    assert sorted(row.name for row in rows) == sorted(step.name for step in Step)
    assert set(dispatch_rules.SUBMIT) - set(SUBMIT) == {Step.ISSUE_ALONE}


def test_who_stops_a_task_does_as_who_cancels_it_until_it_has_begun() -> None:
    differ = {row for row in STOP if STOP[row] != CANCEL.get(row)}
    assert differ == {Step.WAKE_BEGUN, Step.POST_STOP, Step.WAKE_FOR_STOP, Step.NOTIFY_STOPPED}


def test_every_end_is_come_to() -> None:
    ends = {cell for table in TABLES.values() for following in cells(table).values() for cell in following}
    assert {end for end in ends if isinstance(end, End)} == set(End)


def test_only_a_task_that_keeps_moving_can_keep_a_canceller() -> None:
    """The one way back in a table is the one from a lane that the task has left."""
    calls = {row: [cell for cell in following if cell is not Step.CLAIM or row is Step.READ_STATE]
             for row, following in cells(CANCEL).items()}  # fmt: skip
    for table in (*map(cells, SUBMITS.values()), calls, cells(SHUTDOWN)):
        for row, following in table.items():
            for cell in following:
                assert isinstance(cell, End) or row not in reached(table, cell)


@each_submit
def test_whoever_is_refused_has_claimed_its_task(submit: Table) -> None:
    """The submitter raises only what it has taken away from the manager."""
    refusing = [(row, result) for row, columns in submit.items() for result, cell in columns.items()
                if cell in (End.BROKEN, End.CLOSED)]  # fmt: skip
    assert set(refusing) == {
        (Step.READ_BROKEN, True), (Step.READ_CLOSED, True), (Step.WITHDRAW_BROKEN, True), (Step.WITHDRAW_CLOSED, True)
    }  # fmt: skip


@each_submit
def test_the_second_look_comes_after_the_task_is_published(submit: Table) -> None:
    assert Step.PUBLISH not in reached(cells(submit), Step.REREAD_BROKEN)
    assert {Step.REREAD_BROKEN, Step.REREAD_CLOSED} <= reached(cells(submit), Step.PUBLISH)


def test_a_client_issues_alone_after_the_second_look_and_rings_if_it_could_not() -> None:
    assert {row for row, following in cells(dispatch_rules.SUBMIT).items() if Step.ISSUE_ALONE in following} == {
        Step.REREAD_CLOSED
    }
    assert dispatch_rules.SUBMIT[Step.ISSUE_ALONE] == {True: End.RETURN, False: Step.WAKE_FOR_TASK}


def test_the_pool_is_closed_before_the_request_is_posted() -> None:
    assert next(iter(SHUTDOWN)) is Step.CLOSE
    assert Step.CLOSE not in reached(cells(SHUTDOWN), Step.POST_REQUEST)


def test_a_call_follows_its_table_to_its_end() -> None:
    table: Table = {
        Step.READ_BROKEN: {True: End.BROKEN, False: Step.WAKE_FOR_TASK},
        Step.WAKE_FOR_TASK: {None: End.RETURN},
    }
    performed: list[Step] = []

    def perform(step: Step) -> Result:
        performed.append(step)
        return False if step is Step.READ_BROKEN else None

    assert follow(table, perform) is End.RETURN
    assert performed == [Step.READ_BROKEN, Step.WAKE_FOR_TASK]


# --- the worker -----------------------------------------------------------------------------------------------------

WORKER_CELLS = {row: list(columns.values()) for row, columns in WORKER.items()}


def test_every_operation_of_a_worker_has_a_row_and_is_reached() -> None:
    assert set(WORKER) == set(Do)
    assert reached(WORKER_CELLS, Do.INITIALIZE) == set(Do)


def test_the_dead_ends_of_a_worker_are_the_ends_of_its_process() -> None:
    assert {row for row, columns in WORKER.items() if not columns} == {Do.LEAVE, Do.ABORT}


def test_from_every_state_a_worker_can_leave_or_abort() -> None:
    for row in WORKER:
        assert {Do.LEAVE, Do.ABORT} & reached(WORKER_CELLS, row)


def test_every_outcome_of_a_worker_occurs() -> None:
    assert {came for columns in WORKER.values() for came in columns} == set(Came)


def test_a_worker_takes_a_ticket_only_when_it_owes_no_answer() -> None:
    """So at most one ticket is neither revoked nor answered: the task to blame."""
    before = {(row, came) for row, columns in WORKER.items() for came, to in columns.items() if to is Do.TAKE_TICKET}
    assert before == {(Do.SAY_READY, Came.DONE), (Do.ANSWER, Came.DONE)}


def test_whatever_a_call_comes_to_is_answered() -> None:
    assert WORKER[Do.RUN] == {Came.DONE: Do.ANSWER}


def test_a_channel_that_is_gone_ends_the_worker_from_every_operation_that_uses_one() -> None:
    lost = {row: columns[Came.LOST] for row, columns in WORKER.items() if Came.LOST in columns}
    assert lost == dict.fromkeys((Do.SAY_READY, Do.SAY_FAILED, Do.READ_FRAME, Do.ANSWER), Do.ABORT)


def test_a_worker_walks_from_ticket_to_frame_to_answer() -> None:
    machine = WorkerMachine()
    assert machine.at is Do.INITIALIZE
    assert machine.step(Came.DONE) is Do.SAY_READY
    assert machine.step(Came.DONE) is Do.TAKE_TICKET
    assert machine.step(machine.took(7)) is Do.READ_FRAME
    assert machine.step(machine.read(6)) is Do.READ_FRAME
    assert machine.step(machine.read(7)) is Do.RUN
    assert machine.step(Came.DONE) is Do.ANSWER
    assert machine.step(Came.DONE) is Do.TAKE_TICKET
    assert machine.step(machine.took(LEAVE)) is Do.LEAVE
