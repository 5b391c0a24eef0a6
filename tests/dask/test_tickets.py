"""The table of tickets, without any cluster: each question is decided once (C-01, C-03, C-05)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

import pytest

from checkedpool.dask.tickets import Tickets

if TYPE_CHECKING:
    from checkedpool.dask.tickets import Ticket

A, B = ("executor", 1), ("executor", 2)
Step: TypeAlias = tuple[str, ...]


def table() -> Tickets:
    made = Tickets(["x", "y"])
    made.issue(A, "client")
    made.issue(B, "client")
    return made


def test_a_ticket_is_granted_once() -> None:
    tickets = table()
    assert tickets.begin(A, "x") == "client"
    assert tickets.begin(A, "x") is None
    assert tickets.begin(A, "y") is None


def test_what_was_revoked_never_begins_and_what_has_begun_is_not_revoked() -> None:
    tickets = table()
    tickets.begin(A, "x")
    assert tickets.revoke([A, B]) == [B]
    assert tickets.begin(B, "y") is None
    assert tickets.end(A, "x") == "client"
    assert tickets.revoke([A]) == []


def test_a_lost_worker_is_blamed_for_what_it_had_begun_alone() -> None:
    tickets = table()
    tickets.begin(A, "x")
    assert tickets.worker_lost("x") == [("client", A)]
    assert tickets.end(A, "x") is None
    assert tickets.begin(A, "y") is None
    assert tickets.begin(B, "y") == "client"


def test_a_worker_that_is_not_there_begins_nothing() -> None:
    tickets = table()
    tickets.worker_lost("x")
    assert tickets.begin(A, "x") is None
    tickets.worker_joined("x")
    assert tickets.begin(A, "x") == "client"


def test_the_answer_of_another_worker_is_none() -> None:
    tickets = table()
    tickets.begin(A, "x")
    assert tickets.end(A, "y") is None
    assert tickets.end(A, "x") == "client"
    assert tickets.end(A, "x") is None


def test_nothing_of_a_lost_client_begins_or_is_kept() -> None:
    tickets = table()
    tickets.begin(A, "x")
    tickets.client_lost("client")
    assert tickets.begin(B, "y") is None
    assert tickets.end(A, "x") is None
    assert tickets.key() == Tickets(["x", "y"]).key()


def test_what_the_engine_gives_up_is_told_once() -> None:
    tickets = table()
    assert tickets.fail(A) == "client"
    assert tickets.fail(A) is None
    assert tickets.begin(A, "x") is None


# --- every order of all that can happen -------------------------------------------------------------------------------

WORKERS = ("x", "y")
STEPS: tuple[Step, ...] = (
    *(("begin", worker) for worker in WORKERS),
    *(("end", worker) for worker in WORKERS),
    *(("lost", worker) for worker in WORKERS),
    *(("joined", worker) for worker in WORKERS),
    ("revoke",),
    ("fail",),
    ("client lost",),
)


def after(tickets: Tickets, step: Step, ticket: Ticket = A) -> tuple[int, int]:
    """Make the step: how often it let the task begin, and how often it told the client of an end."""
    match step:
        case "begin", worker:
            return int(tickets.begin(ticket, worker) is not None), 0
        case "end", worker:
            return 0, int(tickets.end(ticket, worker) is not None)
        case "lost", worker:
            return 0, len(tickets.worker_lost(worker))
        case "joined", worker:
            tickets.worker_joined(worker)
        case ("revoke",):
            return 0, len(tickets.revoke([ticket]))
        case ("fail",):
            return 0, int(tickets.fail(ticket) is not None)
        case _:
            tickets.client_lost("client")
    return 0, 0


def every_order() -> Iterator[tuple[int, int, str]]:
    """Of each state that can be reached: begins so far, ends told so far, and where the ticket is."""
    first = Tickets(WORKERS)
    first.issue(A, "client")
    seen = {(first.key(), 0, 0)}
    ahead = [(first, 0, 0)]
    while ahead:
        tickets, begins, ends = ahead.pop()
        by = tickets.begun.get(A)
        yield begins, ends, "over" if A not in tickets.clients else "waits" if by is None else tickets_of(tickets, by)
        for step in STEPS if begins <= 1 else ():
            twin = tickets.copy()
            more, told = after(twin, step)
            state = (twin.key(), begins + more, ends + told)
            if state not in seen:
                seen.add(state)
                ahead.append((twin, begins + more, ends + told))


def tickets_of(tickets: Tickets, worker: str) -> str:
    """Whether somebody would hear of the worker's end."""
    return "begun" if A in tickets.workers.get(worker, ()) else "begun by nobody"


RIGHT = {(0, 0, "waits"), (1, 0, "begun"), (0, 1, "over"), (1, 1, "over"), (0, 0, "over"), (1, 0, "over")}
"""The last two: the client is lost."""


def test_in_every_order_a_task_begins_once_at_most_and_one_end_is_told() -> None:
    assert set(every_order()) == RIGHT


def begin_again(tickets: Tickets, ticket: Ticket, worker: str) -> str | None:
    """As an engine that starts begun tasks again."""
    if ticket not in tickets.clients or worker not in tickets.workers:
        return None
    tickets.begun[ticket] = worker
    tickets.workers[worker].add(ticket)
    return tickets.clients[ticket]


def begin_unheard(tickets: Tickets, ticket: Ticket, worker: str) -> str | None:
    """As a table that does not look whether the worker is there."""
    if ticket not in tickets.clients or ticket in tickets.begun:
        return None
    tickets.begun[ticket] = worker
    tickets.workers.get(worker, set()).add(ticket)
    return tickets.clients[ticket]


def revoke_begun(tickets: Tickets, wanted: list[Ticket]) -> list[Ticket]:
    """As an engine whose cancel of a running task says True."""
    return [ticket for ticket in wanted if tickets.fail(ticket) is not None]


def lose_waiting(tickets: Tickets, worker: str) -> list[tuple[str, Ticket]]:
    """As an engine that blames a death on who had not begun."""
    tickets.workers.pop(worker, None)
    return [(tickets.fail(ticket) or "", ticket) for ticket in list(tickets.clients)]


@pytest.mark.parametrize(
    ("name", "wrong"), [("begin", begin_again), ("begin", begin_unheard)], ids=["begins again", "begins unheard"]
)
def test_a_wrong_begin_is_found_in_some_order(name: str, wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tickets, name, wrong)
    assert not set(every_order()) <= RIGHT


def test_a_cancel_of_what_runs_and_a_blame_on_the_innocent_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Tickets, "revoke", revoke_begun)
        with pytest.raises(AssertionError):
            test_what_was_revoked_never_begins_and_what_has_begun_is_not_revoked()
    with monkeypatch.context() as patched:
        patched.setattr(Tickets, "worker_lost", lose_waiting)
        with pytest.raises(AssertionError):
            test_a_lost_worker_is_blamed_for_what_it_had_begun_alone()
