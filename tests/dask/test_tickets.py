"""The table of tickets, without any cluster: each question is decided once (C-01, C-03, C-05)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias

import pytest

from checkedpool.dask.tickets import Granted, Holder, Tickets

if TYPE_CHECKING:
    from checkedpool.dask.tickets import Ticket

A, B = ("executor", 1), ("executor", 2)
Step: TypeAlias = tuple[str, ...]


def table() -> Tickets:
    made = Tickets(["x", "y"])
    made.issue(A, "client", b"a")
    made.issue(B, "client", b"b")
    return made


def begins(tickets: Tickets, worker: str, slot: int = 0) -> int | None:
    granted = tickets.begin("executor", worker, slot)
    return None if granted is None else granted.number


def test_who_asks_gets_the_first_that_waits_with_its_call_and_each_is_granted_once() -> None:
    tickets = table()
    assert tickets.begin("executor", "x") == (1, "client", b"a")
    assert tickets.begin("executor", "x") == (2, "client", b"b")
    assert tickets.begin("executor", "y") is None
    assert tickets.begin("another", "y") is None


def test_of_those_that_wait_the_highest_is_granted_and_of_equal_ones_the_oldest() -> None:
    tickets = Tickets("x")
    for number, priority in enumerate((0, -3, 2, 2, 0, 10**30)):
        tickets.issue(("executor", number), "client", priority=priority)
    tickets.issue(("another", 6), "client", priority=10**40)
    assert [begins(tickets, "x") for _ in range(7)] == [5, 2, 3, 0, 4, 1, None]


def test_what_was_revoked_never_begins_and_what_has_begun_is_not_revoked() -> None:
    tickets = table()
    begins(tickets, "x")
    assert tickets.revoke([A, B]) == [B]
    assert begins(tickets, "y") is None
    assert tickets.end(A, "x") == "client"
    assert tickets.revoke([A]) == []


def test_a_lost_worker_is_blamed_for_what_it_had_begun_alone() -> None:
    tickets = table()
    begins(tickets, "x", 7)
    assert tickets.worker_lost("x") == [("client", A, 7)]
    assert tickets.end(A, "x") is None
    assert begins(tickets, "y") == 2


def test_a_worker_that_is_not_there_begins_nothing() -> None:
    tickets = table()
    tickets.worker_lost("x")
    assert begins(tickets, "x") is None
    tickets.worker_joined("x")
    assert begins(tickets, "x") == 1


def test_the_answer_of_another_worker_is_none() -> None:
    tickets = table()
    begins(tickets, "x")
    assert tickets.end(A, "y") is None
    assert tickets.end(A, "x") == "client"
    assert tickets.end(A, "x") is None


def test_nothing_of_a_lost_client_begins_or_is_kept() -> None:
    tickets = table()
    begins(tickets, "x")
    tickets.client_lost("client")
    assert begins(tickets, "y") is None
    assert tickets.end(A, "x") is None
    assert tickets.key() == Tickets(["x", "y"]).key()


def test_a_slot_that_is_given_up_costs_what_it_had_begun_or_if_it_never_asked_the_first_that_waits() -> None:
    tickets = table()
    begins(tickets, "x", 7)
    tickets.issue(("executor", 3), "client", priority=1)
    assert tickets.fail("executor", 8) is None
    assert tickets.fail("executor", 7) == ("client", 1)
    assert tickets.fail("executor", 7) is None
    assert [tickets.fail_first("executor") for _ in range(3)] == [("client", 3), ("client", 2), None]
    assert tickets.key() == Tickets(["x", "y"]).key()


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
            return int(tickets.begin("executor", worker) is not None), 0
        case "end", worker:
            return 0, int(tickets.end(ticket, worker) is not None)
        case "lost", worker:
            return 0, len(tickets.worker_lost(worker))
        case "joined", worker:
            tickets.worker_joined(worker)
        case ("revoke",):
            return 0, len(tickets.revoke([ticket]))
        case ("fail",):
            return 0, int((tickets.fail("executor", 0) or tickets.fail_first("executor")) is not None)
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
        tickets, begun, ends = ahead.pop()
        by = tickets.begun.get(A)
        yield begun, ends, "over" if A not in tickets.clients else "waits" if by is None else heard(tickets, by.worker)
        for step in STEPS if begun <= 1 else ():
            twin = tickets.copy()
            more, told = after(twin, step)
            state = (twin.key(), begun + more, ends + told)
            if state not in seen:
                seen.add(state)
                ahead.append((twin, begun + more, ends + told))


def heard(tickets: Tickets, worker: str) -> str:
    """Whether somebody would hear of the worker's end."""
    return "begun" if A in tickets.workers.get(worker, ()) else "begun by nobody"


RIGHT = {(0, 0, "waits"), (1, 0, "begun"), (0, 1, "over"), (1, 1, "over"), (0, 0, "over"), (1, 0, "over")}
"""The last two: the client is lost."""


def test_in_every_order_a_task_begins_once_at_most_and_one_end_is_told() -> None:
    assert set(every_order()) == RIGHT


def begin_again(tickets: Tickets, executor: str, worker: str, slot: int = 0) -> Granted | None:
    """As an engine that starts begun tasks again."""
    if A not in tickets.clients or worker not in tickets.workers:
        return None
    tickets.calls.pop(A, None)
    tickets.waiting.pop(executor, None)
    tickets.begun[A] = Holder(worker, slot)
    tickets.workers[worker].add(A)
    return Granted(A[1], tickets.clients[A], b"")


def begin_unheard(tickets: Tickets, executor: str, worker: str, slot: int = 0) -> Granted | None:
    """As a table that does not look whether the worker is there."""
    if executor not in tickets.waiting:
        return None
    del tickets.waiting[executor], tickets.calls[A]
    tickets.begun[A] = Holder(worker, slot)
    tickets.workers.get(worker, set()).add(A)
    return Granted(A[1], tickets.clients[A], b"")


def begin_in_turn(tickets: Tickets, executor: str, worker: str, slot: int = 0) -> Granted | None:
    """As an engine that has sent tasks to workers, where they stay."""
    ticket = next((ticket for ticket in tickets.calls if ticket[0] == executor), None)
    if ticket is None:
        return None
    tickets.begun[ticket] = Holder(worker, slot)
    return Granted(ticket[1], tickets.clients[ticket], tickets._waits_no_more(ticket))


def revoke_begun(tickets: Tickets, wanted: list[Ticket]) -> list[Ticket]:
    """As an engine whose cancel of a running task says True."""
    there = [ticket for ticket in wanted if ticket in tickets.clients]
    for ticket in there:
        tickets._leave(ticket)
    return there


def lose_waiting(tickets: Tickets, worker: str) -> list[tuple[str, Ticket, int]]:
    """As an engine that blames a death on who had not begun."""
    tickets.workers.pop(worker, None)
    return [(tickets._leave(ticket), ticket, 0) for ticket in list(tickets.clients)]


@pytest.mark.parametrize(
    ("name", "wrong"), [("begin", begin_again), ("begin", begin_unheard)], ids=["begins again", "begins unheard"]
)
def test_a_wrong_begin_is_found_in_some_order(name: str, wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tickets, name, wrong)
    assert not set(every_order()) <= RIGHT


@pytest.mark.parametrize(
    ("name", "wrong", "asked"),
    [
        ("revoke", revoke_begun, test_what_was_revoked_never_begins_and_what_has_begun_is_not_revoked),
        ("worker_lost", lose_waiting, test_a_lost_worker_is_blamed_for_what_it_had_begun_alone),
        ("begin", begin_in_turn, test_of_those_that_wait_the_highest_is_granted_and_of_equal_ones_the_oldest),
    ],
    ids=["cancels what runs", "blames the innocent", "lets others overtake"],
)
def test_a_fault_of_engines_is_found(
    name: str, wrong: object, asked: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Tickets, name, wrong)
    with pytest.raises(AssertionError):
        asked()
