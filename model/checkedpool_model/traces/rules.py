"""The two tables of actions beside the model's: what the code may do besides, and what a trace of it may tell besides.

Decides: which conjuncts of the model are not asked of the code, which steps it has besides, each with its reason. Must
not know: how events become steps. Everything that is not named here is asked as it stands in ``ACTIONS``.

``besides`` is what both tables share. The code on the simulated system is followed by that and a few rows more
(``tests/checks/conformance/allowed.py``): it keeps every claim of the model, since messages are taken in the order in
which they came. ``table`` is for traces. A trace does not tell in which order two threads posted, so a message may be
taken that is not the first. Which claims that costs is a list (``tests/checks/conformance/tables.py``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from checkedpool_model.checker.system import Action, Conjunct, Fair, Seen
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.actions.client import (
    at,
    cancels,
    concludes_that_it_is_begun,
    is_answered_and_not_read,
    loses_the_claim,
    reads_back,
    sees_an_end,
    sees_no_end,
    task_of,
)
from checkedpool_model.protocol.actions.manager import (
    DRAIN,
    can_be_claimed,
    has_nothing_returned,
    has_room,
    is_awake,
    is_being_pickled,
    is_pending,
    may_deal,
    next_is_a_look,
    some_calls_resize,
    takes_the_task,
)
from checkedpool_model.protocol.actions.supervisor import IS_IDLE, dismisses
from checkedpool_model.protocol.actions.user_threads import is_idle
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import (
    Client,
    Job,
    Message,
    Note,
    Slot,
    State,
    Step,
    given,
    is_full,
    posted,
    stays,
    with_client,
    with_lane,
    with_task,
    with_thread,
)

__all__ = ["DROPPED", "Rule", "TraceAction", "besides", "by_itself", "table"]

TraceAction = Action[Bounds, State]


@dataclass(frozen=True, slots=True)
class Rule:
    """A conjunct that is not asked of real runs."""

    action: str
    conjunct: str
    reason: str


DROPPED = (
    Rule("ManagerForgets", "is_at_hand", "the manager hears of a claim before it tries to claim the task itself"),
    Rule("ManagerRevokesTickets", "has_tickets_to_take", "it looks, and finds out what there is"),
    Rule(
        "ManagerRevokesTickets",
        "is_to_be_emptied",
        "at a canceller's note the code empties the socket with the buffer; what comes back is dealt anew",
    ),
    Rule(
        "ManagerTellsToLeave",
        "is_not_needed",
        "a draining manager lets idle workers go while others still run their last task (see is_drained_or_spent)",
    ),
)


def is_drained_or_spent(k: Bounds, s: State, i: int) -> bool:
    """Whether the worker is to go: it has had its share, or is idle; or the pool ends, what waits went elsewhere."""
    if is_full(s.lanes[i]) or (k.task_limit is not None and s.lanes[i].dealt >= k.task_limit):
        return True
    if k.budget.idles and all(holds(k, s, i) for holds in IS_IDLE):  # for how long it was idle nobody says
        return True
    others = any(lane.slot == Slot.READY and stays(lane) for at_, lane in enumerate(s.lanes) if at_ != i)
    to_do = any(task.pending or task.job == Job.PICKLE for task in s.tasks)
    return s.level >= DRAIN and not s.lanes[i].book and (others or not to_do)


def _or_dismissed(holds: Conjunct[Bounds, State]) -> Conjunct[Bounds, State]:
    """The conjunct; or there was once one too many, of whom this may be one: whom the pool has chosen nobody says."""

    def asked(k: Bounds, s: State, i: int) -> bool:
        return holds(k, s, i) or (min(k.sizes, default=k.most) < k.most and not s.lanes[i].book)

    asked.__name__ = holds.__name__
    return asked


def is_to_stay(_k: Bounds, s: State, i: int) -> bool:
    """Whether it stays as far as the manager knows: it has not heard of each end."""
    return stays(s.lanes[i])


def more_stay_than_are_allowed(_k: Bounds, s: State, _i: int) -> bool:
    return sum(map(stays, s.lanes)) > s.size


def ticket_was_taken_back(_k: Bounds, s: State, c_task: int) -> bool:
    return any(c_task in lane.returned for lane in s.lanes)


# --- traces: each message by itself -----------------------------------------------------------------------------------

TAKES = {
    "ManagerTakesTask": Note.POSTED,
    "ManagerTakesRequest": Note.REQUESTED,
    "ManagerTakesStart": Note.STARTED,
    "ManagerTakesFailedStart": Note.NOT_STARTED,
    "ManagerTakesJobDone": Note.DONE,
    "ManagerHearsOfALook": Note.LOOK,
    "ManagerTakesStop": Note.STOP,
    "ManagerTakesSize": Note.RESIZED,
}
"""Which message each takes. In a trace it takes the one that the trace says: where the model posts in one step with
something else, the order of posts by different threads is not that of the real inbox. Tasks, requests and sizes are
posted by themselves, in the order of the trace's messages (``client_events``): they stay first in, first out."""
IN_ORDER = (Note.POSTED, Note.REQUESTED, Note.RESIZED)


def _is_there(note: Note) -> Conjunct[Bounds, State]:
    def message_is_there(_k: Bounds, s: State, number: int) -> bool:
        return Message(note, number) in s.inbox

    return message_is_there


def first(s: State, message: Message) -> State:
    """The state with this message in front of the others."""
    at_ = s.inbox.index(message)
    return s._replace(inbox=(message, *s.inbox[:at_], *s.inbox[at_ + 1 :]))


def _is_not_overtaken(note: Note) -> Conjunct[Bounds, State]:
    def overtakes_no_task_and_no_request(_k: Bounds, s: State, number: int) -> bool:
        in_order = (message for message in s.inbox if message.note in IN_ORDER)
        return note not in IN_ORDER or next(in_order, None) == Message(note, number)

    return overtakes_no_task_and_no_request


def by_itself(action: TraceAction) -> TraceAction:
    """The action about a message that need not be the first."""
    note = TAKES[action.name]

    def takes(k: Bounds, s: State, number: int) -> State:
        return action.effect(k, first(s, Message(note, number)), 0)

    guard = tuple(holds for holds in action.guard if not holds.__name__.startswith("next_is"))
    return replace(action, over="message", guard=(*guard, _is_there(note), _is_not_overtaken(note)), effect=takes)


def notes_a_look(_k: Bounds, s: State, lane: int) -> State:
    """Of two notes about one lane the later stands: the manager looks there once."""
    note = Message(Note.LOOK, lane)
    return posted(s._replace(inbox=tuple(message for message in s.inbox if message != note)), *note)


def notes_another_look(_k: Bounds, s: State, lane: int) -> State:
    return posted(s, Note.LOOK, lane)


def _noted_before(action: TraceAction) -> TraceAction:
    """The action of a canceller who has posted his note already: the manager may have taken it meanwhile."""

    def does(k: Bounds, s: State, c: int) -> State:
        return action.effect(k, s, c)._replace(inbox=s.inbox)

    return replace(action, effect=does)


def hears_of_a_look(_k: Bounds, s: State, _i: int) -> State:
    return s._replace(inbox=s.inbox[1:])


# --- steps with two parameters: one action for each lane --------------------------------------------------------------


def _on(lane: int, holds: Conjunct[Bounds, State]) -> Conjunct[Bounds, State]:
    def asked(k: Bounds, s: State, _t: int) -> bool:
        return holds(k, s, lane)

    asked.__name__ = holds.__name__
    return asked


def _issues(lane: int) -> TraceAction:
    """To issue any pending task, not only the oldest to the lane that has least: the code deals in batches."""

    def issues(k: Bounds, s: State, t: int) -> State:
        s = with_task(s, t, s.tasks[t]._replace(pending=False, unclaimed=False))
        there = s.lanes[lane]
        dealt = there.dealt + 1 if k.task_limit is not None else 0
        return with_lane(s, lane, there._replace(book=(*there.book, t), tickets=(*there.tickets, t), dealt=dealt))

    guard = (
        is_awake,
        *(_on(lane, holds) for holds in (has_room, may_deal, has_nothing_returned)),
        _nothing_lower_is_ahead(lane),
    )
    return _row(f"ManagerIssuesToLane{lane}", "task", *guard, is_pending, can_be_claimed, is_next_for_one_worker,
                does=issues, by="manager", to=f"worker {lane}")  # fmt: skip


def _nothing_lower_is_ahead(lane: int) -> Conjunct[Bounds, State]:
    def nothing_lower_is_ahead(k: Bounds, s: State, t: int) -> bool:
        there = s.lanes[lane]
        return not k.priorities or not any(k.priority(u) < k.priority(t) for u in there.tickets if u in there.book[1:])

    return nothing_lower_is_ahead


def is_next_for_one_worker(k: Bounds, s: State, t: int) -> bool:
    """Whether a pool of one worker deals in order what waits (C-156), and what one thread has submitted (C-22).

    Two workers' batches mix.
    """
    return k.most > 1 or not any(
        task.pending and task.unclaimed and _goes_first(k, other, t) for other, task in enumerate(s.tasks)
    )


def _goes_first(k: Bounds, other: int, t: int) -> bool:
    if k.priority(other) != k.priority(t):
        return k.priority(other) > k.priority(t)
    return other < t and k.submitter(other) == k.submitter(t) and not k.is_late(other)


def _puts_back(lane: int) -> TraceAction:
    """A client's own ticket that the system did not revoke counts as read."""

    def ticket_is_out(_k: Bounds, s: State, t: int) -> bool:
        return t in s.lanes[lane].tickets

    def puts_back(_k: Bounds, s: State, t: int) -> State:
        there = s.lanes[lane]
        tickets = tuple(other for other in there.tickets if other != t)
        return with_lane(s, lane, there._replace(tickets=tickets, returned=(*there.returned, t)))

    return _row(f"ClientPutsItBackAtLane{lane}", "task", ticket_is_out, does=puts_back, by="a client", to="manager")


def _reads_back_in_vain(lane: int, *, again: bool) -> TraceAction:
    """A canceller empties the socket of a lane where his task is no more: the model looks for the task first."""

    def reads(k: Bounds, s: State, c: int) -> State:
        inbox = s.inbox
        s = reads_back(k, with_client(s, c, Client(s.clients[c].call, Step.FOUND, lane)), c)._replace(inbox=inbox)
        if again:
            return with_client(s, c, Client(s.clients[c].call, Step.CANCELLING))
        return concludes_that_it_is_begun(k, s, c)

    def task_has_moved(k: Bounds, s: State, c: int) -> bool:
        return task_of(k, s, c) not in s.lanes[lane].book

    what, why = ("StartsAgainAt", task_has_moved) if again else ("LooksInVainAt", task_is_answered_or_ended)
    return _row(f"Client{what}Lane{lane}", "client", at(Step.CANCELLING), why, does=reads, by="client {i}",
                to="manager")  # fmt: skip


def task_is_answered_or_ended(k: Bounds, s: State, c: int) -> bool:
    return sees_an_end(k, s, c) or is_answered_and_not_read(k, s, c)


# --- deferred pickling: taken in first, given to a thread later -------------------------------------------------------


def keeps_the_task(k: Bounds, s: State, i: int) -> State:
    """As the model takes a task in; but one that is to be pickled late is no job before the manager says so."""
    t = s.inbox[0].number
    after = takes_the_task(k, s, i)
    return after._replace(jobs=s.jobs, owed=s.owed) if after.tasks[t].job == Job.PICKLE else after


def is_no_job_yet(_k: Bounds, s: State, t: int) -> bool:
    return t not in s.jobs and t not in s.threads and Message(Note.DONE, t) not in s.inbox


def has_it_pickled(_k: Bounds, s: State, t: int) -> State:
    return given(s, t, Job.PICKLE)


# --- steps that the model has not -------------------------------------------------------------------------------------


def its_ticket_was_revoked(k: Bounds, s: State, c: int) -> bool:
    return ticket_was_taken_back(k, s, task_of(k, s, c))


def is_in_the_call(_k: Bounds, s: State, c: int) -> bool:
    return s.clients[c].step != Step.FINISHED


def _takes(_k: Bounds, s: State, i: int, t: int) -> State:
    at_ = s.jobs.index(t)
    return with_thread(s._replace(jobs=(*s.jobs[:at_], *s.jobs[at_ + 1 :])), i, t)


def _thread_takes(thread: int) -> TraceAction:
    """A thread takes the job that the trace says: two threads need not note in the order in which they took."""

    def job_waits(_k: Bounds, s: State, t: int) -> bool:
        return t in s.jobs

    def takes(k: Bounds, s: State, t: int) -> State:
        return _takes(k, s, thread, t)

    return _row(f"Thread{thread}Takes", "task", _on(thread, is_idle), job_waits, does=takes, by=f"user code {thread}")


def _row(
    name: str, over: str, *guard: Conjunct[Bounds, State], does: Callable[[Bounds, State, int], State], by: str,
    to: str = "",
) -> TraceAction:  # fmt: skip
    return Action(name, over, guard, does, Fair.NONE, Seen.HIDDEN, "", by, to)


# --- the tables -------------------------------------------------------------------------------------------------------


def besides(lanes: int, threads: int) -> dict[str, TraceAction]:
    """What the code may do, by its name: the model's actions and what is above, but for what only traces need."""
    by_name = {action.name: action for action in ACTIONS}
    for rule in DROPPED:
        by_name[rule.action] = by_name[rule.action].without(rule.conjunct)
    by_name["ManagerTellsToLeave"] = _with(by_name["ManagerTellsToLeave"], is_drained_or_spent)
    for name in ("ClientRevokesItsTicket", "ClientFindsItBegun"):
        by_name[name] = _noted_before(by_name[name])
    by_name["ManagerTakesTask"] = replace(by_name["ManagerTakesTask"], effect=keeps_the_task)
    own = (
        *(_issues(lane) for lane in range(lanes)),
        *(_reads_back_in_vain(lane, again=again) for lane in range(lanes) for again in (False, True)),
        *(_thread_takes(thread) for thread in range(threads)),
        _row("ManagerHasItPickled", "task", is_awake, is_being_pickled, is_no_job_yet, does=has_it_pickled,
             by="manager", to="user code 0"),
        _row("ClientCancelsWhatCameBack", "client", at(Step.CANCELLING), sees_no_end, loses_the_claim,
             its_ticket_was_revoked, does=cancels, by="client {i}"),
        _row("ClientNotesALook", "lane", does=notes_a_look, by="a canceller", to="manager"),
        _row("ManagerDismissesUnawares", "lane", some_calls_resize, is_awake, is_to_stay,
             more_stay_than_are_allowed, does=dismisses, by="manager"),
        _row("ManagerHearsOfALook", "", is_awake, next_is_a_look, does=hears_of_a_look, by="manager"),
    )  # fmt: skip
    by_name.update((action.name, action) for action in own)
    return by_name


def table(lanes: int, threads: int) -> dict[str, TraceAction]:
    """Every action of a trace by its name."""
    by_name = besides(lanes, threads)
    by_name.update((name, by_itself(by_name[name])) for name in TAKES)
    by_name["ManagerTellsToLeave"] = _with(
        next(action for action in ACTIONS if action.name == "ManagerTellsToLeave").without("is_not_needed"),
        _or_dismissed(is_drained_or_spent),
    )
    # Each note has its line.
    by_name["ClientNotesALook"] = replace(by_name["ClientNotesALook"], effect=notes_another_look)
    interrupted = by_name["ClientIsInterrupted"].without("is_within_a_call")
    own = (
        replace(interrupted, name="ClientIsThrownOut", guard=(*interrupted.guard, is_in_the_call)),
        *(_puts_back(lane) for lane in range(lanes)),
    )
    by_name.update((action.name, action) for action in own)
    return by_name


def _with(action: TraceAction, conjunct: Conjunct[Bounds, State]) -> TraceAction:
    return replace(action, guard=(*action.guard, conjunct))
