"""Each rule of the protocol broken by hand: a check that could not fail would check nothing.

Decides: how each rule is broken, which claim must notice and in which graph. Must not know: how it is explored.

A mutant is a change of the table of actions: a conjunct dropped or weakened, an effect replaced, an action removed. Its
graph is the smallest one among the scopes in which its killer notices.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from checkedpool_model.actions import client, manager, minder
from checkedpool_model.bounds import Bounds
from checkedpool_model.checker.system import Action, Conjunct, Effect
from checkedpool_model.state import (
    Client,
    End,
    Manager,
    Mark,
    Note,
    Slot,
    State,
    Step,
    ended,
    gone,
    pending_again,
    pending_tasks,
    posted,
    unfinished,
    with_client,
    with_lane,
    with_task,
    without,
)
from checkedpool_spec.vocabulary import ShutdownLevel

__all__ = ["MUTANTS", "Mutant"]

Table = tuple[Action[Bounds, State], ...]
Change = Callable[[Table], Table]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken protocol, and who must notice."""

    name: str
    """What the broken protocol does, as a sentence."""
    killer: str
    """The claim that fails first."""
    scope: str
    script: int
    """Which of the scope's scripts."""
    change: Change


# --- ways to change a table -------------------------------------------------------------------------------------------


def _changed(name: str, change: Callable[[Action[Bounds, State]], Action[Bounds, State]]) -> Change:
    def apply(table: Table) -> Table:
        if name not in {action.name for action in table}:
            raise ValueError(f"there is no action {name}")
        return tuple(change(action) if action.name == name else action for action in table)

    return apply


def drop(name: str, conjunct: str) -> Change:
    """Ask less."""
    return _changed(name, lambda action: action.without(conjunct))


def weaken(name: str, conjunct: str, instead: Conjunct[Bounds, State]) -> Change:
    """Ask something else."""
    return _changed(
        name, lambda action: replace(action.without(conjunct), guard=(*action.without(conjunct).guard, instead))
    )


def does(name: str, effect: Effect[Bounds, State]) -> Change:
    """Do something else."""
    return _changed(name, lambda action: replace(action, effect=effect))


def never(name: str) -> Change:
    """Do not do it at all."""
    return _changed(name, lambda action: replace(action, guard=(_not_at_all,)))


def _not_at_all(_k: Bounds, _s: State, _i: int) -> bool:
    return False


def both(*changes: Change) -> Change:
    """Several changes that are one mistake."""

    def apply(table: Table) -> Table:
        for change in changes:
            table = change(table)
        return table

    return apply


# --- what broken protocols do: clients --------------------------------------------------------------------------------


def _cancels_silently(k: Bounds, s: State, c: int) -> State:
    t = client.task_of(k, s, c)
    after = client.cancels(k, s, c)
    return with_task(after, t, after.tasks[t]._replace(told=False))


def _does_not_ring(k: Bounds, s: State, c: int) -> State:
    return client.rings(k, s, c)._replace(bell=s.bell)


def _takes_the_flag_down_then_rings(k: Bounds, s: State, c: int) -> State:
    """First step: take the flag down, if it is up (the client's lane field says that it was). Second: write the byte."""
    if s.asleep:
        return with_client(s._replace(asleep=False), c, s.clients[c]._replace(lane=Mark.READY))
    return client.rings(k, s._replace(bell=s.bell or s.clients[c].lane == Mark.READY), c)


def _ticket_is_in_the_socket(k: Bounds, s: State, c: int) -> bool:
    return client.task_of(k, s, c) in s.lanes[s.clients[c].lane].tickets


def _ticket_is_not_in_the_socket(k: Bounds, s: State, c: int) -> bool:
    return not _ticket_is_in_the_socket(k, s, c)


def _reads_back_without_a_word(k: Bounds, s: State, c: int) -> State:
    """The tickets are read back; telling the manager is a later step, and can be cut off."""
    number, t = s.clients[c].lane, client.task_of(k, s, c)
    lane = s.lanes[number]
    s = with_task(s, t, ended(s.tasks[t], End.CANCELLED))
    s = with_lane(s, number, lane._replace(tickets=(), returned=lane.returned + lane.tickets))
    return with_client(s, c, Client(s.clients[c].call, Step.RINGING, number))


def _tells_of_the_lane_and_rings(k: Bounds, s: State, c: int) -> State:
    number = s.clients[c].lane
    return client.rings(k, posted(s, Note.LOOK, number) if number != Mark.NOBODY else s, c)


def _leaves_its_ticket(k: Bounds, s: State, c: int) -> State:
    number, t = s.clients[c].lane, client.task_of(k, s, c)
    after = client.takes_its_ticket_back(k, s, c)
    lane = after.lanes[number]
    return with_lane(after, number, lane._replace(tickets=(t,), returned=without(lane.returned, (t,))))


# --- what broken protocols do: the manager and tasks ------------------------------------------------------------------


def _cancels_pending_silently(k: Bounds, s: State, t: int) -> State:
    after = manager.cancels(k, s, t)
    return with_task(after, t, after.tasks[t]._replace(told=False))


def _accepts_what_comes_after_the_request(_k: Bounds, s: State, _i: int) -> State:
    t = s.inbox[0].number
    return with_task(s._replace(inbox=s.inbox[1:]), t, s.tasks[t]._replace(pending=True))


def _takes_the_latest_request(_k: Bounds, s: State, _i: int) -> State:
    return s._replace(inbox=s.inbox[1:], level=ShutdownLevel(s.inbox[0].number))


def _keeps_the_first_request(_k: Bounds, s: State, _i: int) -> State:
    return s._replace(inbox=s.inbox[1:], level=s.level or ShutdownLevel(s.inbox[0].number))


def _claims_without_a_ticket(_k: Bounds, s: State, i: int) -> State:
    t = pending_tasks(s)[0]
    s = with_task(s, t, s.tasks[t]._replace(pending=False, unclaimed=False))
    return with_lane(s, i, s.lanes[i]._replace(book=(*s.lanes[i].book, t)))


def _forgets_the_order_to_leave(k: Bounds, s: State, i: int) -> State:
    after = manager.takes_what_was_returned(k, s, i)
    number = s.inbox[0].number
    return with_lane(after, number, after.lanes[number]._replace(leave=s.lanes[number].leave))


def _forgets_what_was_returned(_k: Bounds, s: State, _i: int) -> State:
    number = s.inbox[0].number
    lane = s.lanes[number]
    kept = lane._replace(returned=(), book=without(lane.book, lane.returned))
    return with_lane(s._replace(inbox=s.inbox[1:]), number, kept)


def _ends_whatever_is_answered(k: Bounds, s: State, i: int) -> State:
    lane = s.lanes[i]
    t = lane.answers[0]
    if t < 0:
        return manager.takes_an_answer(k, s, i)
    s = with_lane(s, i, lane._replace(answers=lane.answers[1:], book=without(lane.book, (t,))))
    return with_task(s, t, ended(s.tasks[t], End.SUCCEEDED))


def _is_to_be_emptied_only_to_end(_k: Bounds, s: State, i: int) -> bool:
    return s.level >= ShutdownLevel.CANCEL or s.broken or gone(s.lanes[i])


def _has_room_whatever_the_limit(k: Bounds, s: State, i: int) -> bool:
    lane = s.lanes[i]
    return lane.slot == Slot.READY and not lane.leave and len(lane.book) < k.window


# --- what broken protocols do: the manager and workers ----------------------------------------------------------------


def _drops_the_dead_workers_task(k: Bounds, s: State, i: int) -> State:
    return minder.charges_the_death(k, with_lane(s, i, s.lanes[i]._replace(book=())), i)


def _deals_the_dead_workers_task_again(k: Bounds, s: State, i: int) -> State:
    s = pending_again(s, s.lanes[i].book)
    return minder.charges_the_death(k, with_lane(s, i, s.lanes[i]._replace(book=())), i)


def _breaks_the_others_too(k: Bounds, s: State, i: int) -> State:
    s = minder.charges_the_death(k, s, i)
    for number in range(len(s.lanes)):
        s = manager.ends_booked(s, number, End.BROKEN)
    return s


def _counts_only_ready_workers(k: Bounds, s: State, _i: int) -> bool:
    return sum(lane.slot == Slot.READY for lane in s.lanes) < k.allowed


def _counts_no_starts(_k: Bounds, s: State, _i: int) -> bool:
    return all(lane.slot in (Slot.EMPTY, Slot.STARTING) for lane in s.lanes)


def _is_open(_k: Bounds, s: State, _i: int) -> bool:
    return s.level == ShutdownLevel.OPEN and not s.broken


def _was_asked_to_kill(_k: Bounds, s: State, _i: int) -> bool:
    return s.level == ShutdownLevel.KILL


def _was_asked_to_terminate(_k: Bounds, s: State, _i: int) -> bool:
    return s.level == ShutdownLevel.TERMINATE or s.broken


def _keeps_the_failed_start(_k: Bounds, s: State, _i: int) -> State:
    return s._replace(inbox=s.inbox[1:])


def _all_is_settled(_k: Bounds, s: State, _c: int) -> bool:
    return s.level > ShutdownLevel.OPEN and not s.inbox and unfinished(s) == 0


def _all_is_settled_once_asked_before(_k: Bounds, s: State, c: int) -> bool:
    return s.manager == Manager.ENDED or s.clients[c].call > 0


# --- the list ---------------------------------------------------------------------------------------------------------

MUTANTS: tuple[Mutant, ...] = (
    # submit and shutdown
    Mutant("submit() does not look at the gate again", "accepted_future_ends_with_the_pool", "gate", 0,
           drop("ClientSeesItStillOpen", "sees_it_open")),
    Mutant("submit() withdraws without claiming", "refused_task_never_begins", "gate", 0,
           drop("ClientWithdraws", "wins_the_claim")),
    Mutant("shutdown(wait=True) returns when all is settled", "wait_returns_when_all_is_over", "exit handlers", 1,
           weaken("ClientReturns", "manager_has_ended", _all_is_settled)),
    Mutant("a second shutdown(wait=True) returns at once", "wait_returns_when_all_is_over", "shutdown orders", 0,
           weaken("ClientReturns", "manager_has_ended", _all_is_settled_once_asked_before)),
    # cancel
    Mutant("cancel() ends a future and tells nobody", "ended_future_is_told", "task limit", 1,
           does("ClientCancels", _cancels_silently)),
    Mutant("cancel() takes what was sent for begun", "cancel_fails_only_if_begun", "two cancel", 0,
           drop("ClientFindsItBegun", "ticket_is_taken")),
    Mutant("cancel() trusts the lane that it read before locking it", "cancel_fails_only_if_begun", "gate", 0,
           drop("ClientFindsItBegun", "task_is_still_there")),
    Mutant("cancel() overlooks the return buffer", "cancel_fails_only_if_begun", "two cancel", 0,
           both(weaken("ClientTakesItsTicketBack", "ticket_is_there", _ticket_is_in_the_socket),
                weaken("ClientFindsItBegun", "ticket_is_taken", _ticket_is_not_in_the_socket))),
    Mutant("cancel() leaves its ticket in the socket", "ended_task_has_no_ticket", "two cancel", 0,
           does("ClientTakesItsTicketBack", _leaves_its_ticket)),
    Mutant("a canceller takes tickets back first and tells the manager then", "no_deadlock", "interrupted", 0,
           both(does("ClientTakesItsTicketBack", _reads_back_without_a_word),
                does("ClientRings", _tells_of_the_lane_and_rings))),
    # sleeping and waking
    Mutant("clients do not ring", "no_deadlock", "exit handlers", 0, does("ClientRings", _does_not_ring)),
    Mutant("a ringer takes the flag down before he writes the byte", "no_deadlock", "interrupted", 1,
           does("ClientRings", _takes_the_flag_down_then_rings)),
    Mutant("the manager sleeps without a second look", "no_deadlock", "exit handlers", 0,
           drop("ManagerSleeps", "inbox_is_empty")),
    Mutant("the manager sleeps although it has work", "no_task_waits_beside_an_idle_worker", "idle", 0,
           drop("ManagerPutsUpTheFlag", "has_done_all")),
    # taking in
    Mutant("a task that comes after the request is taken in", "no_deadlock", "gate", 1,
           does("ManagerTakesTask", _accepts_what_comes_after_the_request)),
    Mutant("the latest request wins", "strongest_request_wins", "shutdown orders", 4,
           does("ManagerTakesRequest", _takes_the_latest_request)),
    Mutant("the first request wins", "strongest_request_wins", "shutdown orders", 1,
           does("ManagerTakesRequest", _keeps_the_first_request)),
    Mutant("what a canceller took back is forgotten", "no_deadlock", "task limit", 2,
           does("ManagerLooksAtLane", _forgets_what_was_returned)),
    Mutant("an order to leave that was taken back is forgotten", "no_deadlock", "task limit", 1,
           does("ManagerLooksAtLane", _forgets_the_order_to_leave)),
    Mutant("an answer ends a future that the break has ended", "future_ends_at_most_once", "boot", 0,
           does("ManagerTakesAnswer", _ends_whatever_is_answered)),
    Mutant("a lane is read before its start is reported", "never_more_workers_than_allowed", "patience", 0,
           both(drop("ManagerChargesDeath", "has_a_process"), drop("ManagerTakesAnswer", "has_a_process"))),
    # dealing and taking back
    Mutant("the manager issues without claiming", "ended_task_has_no_ticket", "two cancel", 0,
           drop("ManagerIssues", "oldest_can_be_claimed")),
    Mutant("the manager claims before it has the lane's lock", "books_show_what_runs", "idle", 0,
           does("ManagerIssues", _claims_without_a_ticket)),
    Mutant("the manager issues past a return buffer", "one_worker_begins_in_order", "task limit", 1,
           drop("ManagerIssues", "has_nothing_returned")),
    Mutant("nothing is taken back from a busy worker", "no_task_waits_beside_an_idle_worker", "idle", 0,
           weaken("ManagerTakesTicketsBack", "is_to_be_emptied", _is_to_be_emptied_only_to_end)),
    Mutant("the task limit is not kept", "task_limit_is_kept", "task limit", 0,
           weaken("ManagerIssues", "has_room", _has_room_whatever_the_limit)),
    # requests and the end
    Mutant("cancelling at shutdown tells nobody", "ended_future_is_told", "exit handlers", 1,
           does("ManagerCancels", _cancels_pending_silently)),
    Mutant("cancelling at shutdown does not claim", "refused_task_never_begins", "on demand", 0,
           drop("ManagerCancels", "can_be_claimed")),
    Mutant("SIGTERM is not followed by SIGKILL", "no_deadlock", "refusing to die", 0,
           weaken("ManagerKills", "is_to_be_killed", _was_asked_to_kill)),
    Mutant("a worker that stalls is waited for", "no_deadlock", "exit handlers", 0,
           both(weaken("ManagerTerminates", "is_to_be_terminated", _was_asked_to_terminate),
                weaken("ManagerTerminatesInVain", "is_to_be_terminated", _was_asked_to_terminate))),
    Mutant("nobody is told to leave", "no_deadlock", "exit handlers", 0, never("ManagerTellsToLeave")),
    Mutant("the manager ends before its workers are reaped", "nothing_outlives_the_pool", "exit handlers", 0,
           drop("ManagerEnds", "every_lane_is_empty")),
    Mutant("the manager ends while a worker is being started", "nothing_outlives_the_pool", "on demand", 0,
           weaken("ManagerEnds", "every_lane_is_empty", _counts_no_starts)),
    Mutant("the manager ends without a last look at the inbox", "accepted_future_ends_with_the_pool", "on demand", 0,
           drop("ManagerEnds", "inbox_is_empty")),
    # deaths
    Mutant("a death is not charged", "accepted_future_ends_with_the_pool", "shutdown orders", 0,
           does("ManagerChargesDeath", _drops_the_dead_workers_task)),
    Mutant("a dead worker's task is run again", "task_begins_at_most_once", "replace", 0,
           does("ManagerChargesDeath", _deals_the_dead_workers_task_again)),
    Mutant("a death under replace fails the other workers' tasks too", "replacing_spares_the_others", "replace", 0,
           does("ManagerChargesDeath", _breaks_the_others_too)),
    Mutant("a death is charged before the answers are read", "death_is_charged_to_what_ran", "shutdown orders", 0,
           drop("ManagerChargesDeath", "has_no_answer")),
    Mutant("a death is charged with tickets still in the socket", "charged_task_had_begun", "shutdown orders", 0,
           drop("ManagerChargesDeath", "has_no_tickets_out")),
    Mutant("a death is charged past a return buffer", "death_is_charged_to_what_ran", "gate", 0,
           drop("ManagerChargesDeath", "has_nothing_returned")),
    Mutant("a killed worker is reaped before its answers are read", "ordered_end_is_charged_to_what_ran", "values", 4,
           drop("ManagerReaps", "has_no_answer")),
    Mutant("breaking goes before cancelling", "a_cancel_outlasts_a_death", "shutdown orders", 4,
           drop("ManagerBreaks", "is_not_to_cancel")),
    Mutant("breaking leaves pending tasks", "no_deadlock", "shutdown orders", 0, never("ManagerBreaks")),
    Mutant("breaking does not claim", "refused_task_never_begins", "gate", 0, drop("ManagerBreaks", "can_be_claimed")),
    Mutant("breaking ends a task with its ticket in the socket", "ended_task_has_no_ticket", "boot", 0,
           drop("ManagerBreaksWhatIsBegun", "has_no_tickets_out")),
    Mutant("breaking ends a task with its ticket in a return buffer", "future_ends_at_most_once", "2x2", 0,
           drop("ManagerBreaksWhatIsBegun", "has_nothing_returned")),
    # starts
    Mutant("a failed start is not noticed", "no_deadlock", "on demand", 0,
           does("ManagerTakesFailedStart", _keeps_the_failed_start)),
    Mutant("workers are counted by those that are ready", "never_more_workers_than_allowed", "on demand", 0,
           weaken("ManagerAsksForStart", "one_more_is_allowed", _counts_only_ready_workers)),
    Mutant("no worker is replaced once the executor is closed", "no_deadlock", "task limit", 0,
           weaken("ManagerAsksForStart", "may_deal", _is_open)),
)  # fmt: skip
