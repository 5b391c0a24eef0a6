"""Mutants of the tables of allowed actions: each allows what loses or breaks something, and exploring it says so.

Decides: what is allowed too much, the scope that finds it, which claim fails there. Must not know: how it is explored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from unittest import mock

from checkedpool_model.protocol.bounds import Bounds, initial
from checkedpool_model.protocol.state import Manager, State
from checkedpool_model.traces import rules
from checkedpool_model.traces.rules import TraceAction
from tests.checks.conformance import allowed, tables
from tests.checks.mutants.mutant import Broken, Mutant

__all__ = ["MUTANTS"]

Rows = dict[str, TraceAction]


def explored(table: str, scope: str) -> str:
    """The first thing that is wrong with this table in this scope."""
    (kept,) = (one for one in tables.TABLES if one.name == table)
    broken = (claim for claim in tables.asked(table, scope).broken if claim not in kept.not_kept)
    return next(broken, "")


def _also(change: Callable[[Rows], Rows]) -> Broken:
    """A table in which these rows are others."""
    besides = rules.besides

    def changed(lanes: int, threads: int) -> Rows:
        rows = besides(lanes, threads)
        return {**rows, **change(rows)}

    return lambda: mock.patch.multiple(allowed, besides=changed)


def _without(name: str, conjunct: str) -> Broken:
    return _also(lambda rows: {name: rows[name].without(conjunct)})


def takes_in_any_order(rows: Rows) -> Rows:
    """The manager takes a message that is not the first, as it did in both tables."""
    return {name: rules.by_itself(rows[name]).without("overtakes_no_task_and_no_request") for name in rules.TAKES}


def lanes_are_initial(k: Bounds, s: State, _c: int) -> bool:
    """As it was: nobody asks whether a future was handed out."""
    return s.manager == Manager.AWAKE and s.lanes == initial(k).lanes


def goes_while_something_is_kept(rows: Rows) -> Rows:
    """As it was: a worker is let go although a task is still being pickled."""
    row = rows["ManagerTellsToLeave"]
    row = replace(row, guard=(*row.without("is_drained_or_spent").guard, nothing_is_pending))
    return {row.name: row}


def nothing_is_pending(_k: Bounds, s: State, i: int) -> bool:
    return bool(s.level) and not s.lanes[i].book and not any(task.pending for task in s.tasks)


CODES, TRACES = "the code's table", "the traces' table"

MUTANTS: tuple[Mutant, ...] = tuple(
    Mutant(f"{table}: {name}", breaks, partial(explored, table, scope), found)
    for table, name, breaks, scope, found in (
        (CODES, "no order between the messages of two threads", _also(takes_in_any_order), "beside",
         "accepted_future_ends_with_the_pool"),
        (CODES, "a future that has ended is cancelled when its ticket came back",
         _without("ClientCancelsWhatCameBack", "sees_no_end"), "two cancels", "future_ends_at_most_once"),
        (CODES, "a pool is ended as one that never began although a future was handed out",
         lambda: mock.patch.object(allowed, "nothing_has_begun", lanes_are_initial), "beside",
         "accepted_future_ends_with_the_pool"),
        (CODES, "one worker gets its tasks in any order",
         _without("ManagerIssuesToLane0", "is_next_for_one_worker"), "order", "one_worker_begins_in_order"),
        (CODES, "a task is issued behind one of lower priority",
         _without("ManagerIssuesToLane0", "nothing_lower_is_ahead"), "priority", "nothing_lower_goes_first"),
        (CODES, "workers go while a task is being pickled", _also(goes_while_something_is_kept), "late, and dies",
         "the_end_stays_in_reach"),
        (CODES, "cancel() says that a task has begun which is elsewhere",
         _also(lambda rows: {"ClientLooksInVainAtLane0": replace(rows["ClientStartsAgainAtLane0"],
                             name="ClientLooksInVainAtLane0", effect=rows["ClientLooksInVainAtLane0"].effect)}),
         "order", "cancel_has_a_reason"),
        (TRACES, "a request overtakes a task",
         lambda: mock.patch.object(rules, "IN_ORDER", ()), "one task", "accepted_future_ends_with_the_pool"),
    )
)  # fmt: skip
"""Each with the smallest scope that finds it."""
