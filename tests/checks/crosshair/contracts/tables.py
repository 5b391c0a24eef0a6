"""Tables: what the steps of a call come to, whatever comes of each; a worker's steps, whatever is in its pipes.

A call has as many decisions as are given; one that wants more has no end here, and nothing is said of it.
"""

from __future__ import annotations

from typing import TypeAlias

from checkedpool._core.tables import (
    CANCEL,
    LEAVE,
    SUBMIT,
    Do,
    End,
    Result,
    Step,
    Table,
    WorkerMachine,
    follow,
)
from checkedpool._fast import dispatch_rules

PUBLISHED = Step.PUBLISH, None
TOLD = {Step.NOTIFY_CLAIMED, Step.NOTIFY_REVOKED}
WAKES = {Step.WAKE_DONE, Step.WAKE_BEGUN}
GIVES_AWAY = {Step.WAKE_FOR_TASK, Step.ISSUE_ALONE}

Call: TypeAlias = tuple[list[tuple[Step, Result]], Step | End | None]
"""Its steps and what came of each, and its end; None: it has not come to one."""


class UndecidedError(Exception):
    """The call goes on, and nothing says how."""


def call(table: Table, *picks: int) -> Call:
    """Follow a table; where several things can come of a step, a pick says which: the last one if there is none so."""
    left = list(picks)
    made: list[tuple[Step, Result]] = []

    def perform(step: Step) -> Result:
        *others, came = table[step]
        if others:
            if not left:
                raise UndecidedError
            pick = left.pop(0)
            for place, other in enumerate(others):
                if pick == place:
                    came = other
        made.append((step, came))
        return came

    try:
        return made, follow(table, perform)
    except UndecidedError:
        return made, None


def steps(made: Call) -> set[Step]:
    """Which steps it has made."""
    return {step for step, _ in made[0]}


def cancel(first: int, second: int, third: int, fourth: int, fifth: int, sixth: int) -> Call:
    """A cancel says True if and only if it is so (C-05); and who has changed something wakes the manager last.

    post: __return__[1] is not End.TRUE or __return__[0] == [(Step.READ_STATE, True)] or TOLD & steps(__return__)
    post: __return__[1] is not End.FALSE or not TOLD & steps(__return__)
    post: __return__[1] is None or len(__return__[0]) == 1 or __return__[0][-1][0] in WAKES
    """
    return call(CANCEL, first, second, third, fourth, fifth, sixth)


def submit(
    direct: bool, first: bool, second: bool, third: bool, fourth: bool, fifth: bool, sixth: bool, last: bool
) -> Call:  # fmt: skip
    """A submit that refuses what it has published has taken it back; one that returns has told somebody of it.

    post: __return__[1] not in (End.BROKEN, End.CLOSED) or PUBLISHED not in __return__[0] or __return__[0][-1][1]
    post: __return__[1] is not End.RETURN or PUBLISHED not in __return__[0] or GIVES_AWAY & steps(__return__)
    """
    return call(dispatch_rules.SUBMIT if direct else SUBMIT, first, second, third, fourth, fifth, sixth, last)


def runs(ticket: int, first: int, second: int) -> int | None:
    """Which of two frames a worker runs that has taken this ticket: the ticket's, whichever numbers there are (C-02).

    post: __return__ is None or __return__ == ticket
    post: (__return__ is not None) == (ticket != LEAVE and ticket in (first, second))
    """
    machine = WorkerMachine()
    machine.at = Do.TAKE_TICKET
    doing = machine.step(machine.took(ticket))
    for seq in first, second:
        if doing is Do.READ_FRAME:
            doing = machine.step(machine.read(seq))
            if doing is Do.RUN:
                return seq
    return None
