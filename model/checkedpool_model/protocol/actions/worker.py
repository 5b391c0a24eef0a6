"""What a worker process does, and the start thread that makes it.

Decides: the life of a worker: boot, take a ticket, answer, leave. Must not know: anything of the manager but the
channels of its own lane. A worker that a signal or a crash has ended does nothing more.

One atomic step: reading the frame after the ticket, running, and writing the answer whole. Nobody sees the parts: a
worker that dies before the last byte of its answer is written has answered nothing.
"""
# ruff: noqa: D103 - the names of conjuncts and effects are sentences

from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair, Seen
from checkedpool_model.protocol.bounds import Bounds, Kind
from checkedpool_model.protocol.state import (
    Full,
    Lane,
    Manager,
    Mark,
    Note,
    Slot,
    State,
    Worker,
    alive,
    posted,
    spent,
    with_lane,
    with_task,
    woken,
)

WorkerAction = Action[Bounds, State]


# --- conjuncts --------------------------------------------------------------------------------------------------------


def start_is_asked_for(_k: Bounds, s: State, i: int) -> bool:
    lane = s.lanes[i]
    return lane.slot == Slot.STARTING and lane.worker == Worker.NONE


def parent_lives(_k: Bounds, s: State, _i: int) -> bool:
    return s.manager != Manager.DEAD


def parent_may_die(k: Bounds, _s: State, _i: int) -> bool:
    return k.budget.parents > 0


def parent_is_dead(_k: Bounds, s: State, _i: int) -> bool:
    return s.manager == Manager.DEAD


def is_alive(_k: Bounds, s: State, i: int) -> bool:
    return alive(s.lanes[i])


def start_is_not_reported(_k: Bounds, s: State, i: int) -> bool:
    """Whether the start thread is still at it: a failed start stands in the inbox until the manager reads it."""
    return (Note.NOT_STARTED, i) not in s.inbox


def boots(_k: Bounds, s: State, i: int) -> bool:
    return s.lanes[i].worker == Worker.BOOTING


def waits(_k: Bounds, s: State, i: int) -> bool:
    return s.lanes[i].worker == Worker.WAITING


def next_ticket_is_a_task(_k: Bounds, s: State, i: int) -> bool:
    tickets = s.lanes[i].tickets
    return bool(tickets) and tickets[0] >= 0


def next_ticket_says_leave(_k: Bounds, s: State, i: int) -> bool:
    tickets = s.lanes[i].tickets
    return bool(tickets) and tickets[0] == Mark.LEAVE


def runs(_k: Bounds, s: State, i: int) -> bool:
    return s.lanes[i].worker == Worker.RUNNING


def task_comes_to_an_end(k: Bounds, s: State, i: int) -> bool:
    return k.kind(s.lanes[i].running) != Kind.ENDLESS


def some_workers_fill_up(k: Bounds, _s: State, _i: int) -> bool:
    return k.budget.fills > 0


def may_be_over_its_limit(_k: Bounds, s: State, _i: int) -> bool:
    return s.budget.fills > 0


def exit_handlers_may_stall(k: Bounds, _s: State, _i: int) -> bool:
    return k.budget.stalls > 0


def leaves(_k: Bounds, s: State, i: int) -> bool:
    return s.lanes[i].worker == Worker.LEAVING


# --- effects ----------------------------------------------------------------------------------------------------------


def starts_it(_k: Bounds, s: State, i: int) -> State:
    """There is a process; the note of it stands in the inbox, the manager is woken."""
    return woken(posted(with_lane(s, i, s.lanes[i]._replace(worker=Worker.BOOTING)), Note.STARTED, i))


def says_it_is_ready(_k: Bounds, s: State, i: int) -> State:
    """The worker waits for a ticket; that it is ready stands in the answer pipe."""
    lane = s.lanes[i]
    return with_lane(s, i, lane._replace(worker=Worker.WAITING, answers=(*lane.answers, Mark.READY)))


def begins(_k: Bounds, s: State, i: int) -> State:
    """The worker has the ticket and runs its task.

    The kernel gives the next ticket to this worker or to whoever revokes tickets, never to both.
    """
    lane = s.lanes[i]
    t = lane.tickets[0]
    s = with_task(s, t, s.tasks[t]._replace(begun=s.tasks[t].begun + 1))
    return with_lane(s, i, lane._replace(worker=Worker.RUNNING, running=t, tickets=lane.tickets[1:]))


def answers(_k: Bounds, s: State, i: int) -> State:
    """The whole answer stands in the answer pipe. The worker waits for a ticket."""
    lane = s.lanes[i]
    t = lane.running
    s = with_task(s, t, s.tasks[t]._replace(answered=True))
    return with_lane(s, i, lane._replace(worker=Worker.WAITING, running=Mark.NOBODY, answers=(*lane.answers, t)))


def answers_and_is_full(k: Bounds, s: State, i: int) -> State:
    """As an answer, and it says that the worker's memory is over the limit."""
    s = answers(k, spent(s, "fills"), i)
    return with_lane(s, i, s.lanes[i]._replace(full=Full.MEMORY))


def takes_the_order(k: Bounds, s: State, i: int) -> State:
    """The worker leaves.

    Where nothing can stall, running the exit handlers and exiting is one step.
    """
    lane = s.lanes[i]
    worker = Worker.LEAVING if k.budget.stalls else Worker.ENDED
    return with_lane(s, i, lane._replace(worker=worker, tickets=lane.tickets[1:]))


def exits(_k: Bounds, s: State, i: int) -> State:
    """The process has ended."""
    return with_lane(s, i, s.lanes[i]._replace(worker=Worker.ENDED))


def dies_with_its_parent(_k: Bounds, s: State, i: int) -> State:
    """The lifeline's end of file kills the process, whatever it is at."""
    return with_lane(s, i, Lane(worker=Worker.ENDED))


# --- the table --------------------------------------------------------------------------------------------------------


def _row(
    name: str, clause: str, *guard: Conjunct[Bounds, State], does: Effect[Bounds, State], seen: Seen = Seen.HIDDEN,
    fair: Fair = Fair.WEAK,
) -> WorkerAction:  # fmt: skip
    to = "manager" if does in TELLS_THE_MANAGER else ""
    return Action(name, "lane", guard, does, fair, seen, clause, "starter" if does is starts_it else "worker {i}", to)


TELLS_THE_MANAGER = (starts_it, says_it_is_ready, answers, answers_and_is_full)

ACTIONS: tuple[WorkerAction, ...] = (
    _row(
        "StarterStarts",
        "P-51",
        start_is_asked_for,
        start_is_not_reported,
        parent_lives,
        does=starts_it,
        seen=Seen.OBSERVABLE,
    ),
    _row("WorkerBoots", "P-80", boots, does=says_it_is_ready, seen=Seen.OBSERVABLE),
    _row("WorkerBegins", "P-81", waits, next_ticket_is_a_task, does=begins, seen=Seen.OBSERVABLE),
    _row("WorkerAnswers", "P-82", runs, task_comes_to_an_end, does=answers),
    _row(
        "WorkerAnswersAndIsFull",
        "P-85",
        some_workers_fill_up,
        may_be_over_its_limit,
        runs,
        task_comes_to_an_end,
        does=answers_and_is_full,
        fair=Fair.NONE,
    ),
    _row("WorkerTakesTheOrder", "P-83", waits, next_ticket_says_leave, does=takes_the_order),
    _row("WorkerIsOrphaned", "P-84", parent_may_die, parent_is_dead, is_alive, does=dies_with_its_parent),
    _row("WorkerExits", "P-83", exit_handlers_may_stall, leaves, does=exits),
)
