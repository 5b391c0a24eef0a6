"""What a client thread does inside submit(), cancel() and shutdown(), one access to shared state at a time.

Decides: the order of those accesses. Must not know: what the manager is doing; a client reads the gate, the table of
claimable tasks, the lane of its task, that lane's tickets, and the flag ``asleep``, nothing else.

One atomic step, because nobody can look in between: making a task claimable and posting it (only the inbox tells of
it, and its future is not out yet); all that happens under a lane's lock (everybody who touches the lane's tickets or
its book takes that lock); winning a claim and ending the future (nobody else ends the future of a task that he has not
claimed).
"""
# ruff: noqa: D103 - the names of conjuncts and effects are sentences

from functools import cache

from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair, Seen
from checkedpool_model.protocol.bounds import Bounds, Cancel, Kind, Resize, Shutdown, Stop, Submit, first_step
from checkedpool_model.protocol.state import (
    Client,
    End,
    Handed,
    Job,
    Manager,
    Mark,
    Note,
    State,
    Step,
    called,
    ended,
    lane_of,
    posted,
    with_client,
    with_lane,
    with_task,
    woken,
)

CLIENT = "client"

ClientAction = Action[Bounds, State]


# --- where a client is ------------------------------------------------------------------------------------------------


@cache
def at(step: Step) -> Conjunct[Bounds, State]:
    """The conjunct: the client is at this step."""

    def holds(_k: Bounds, s: State, c: int) -> bool:
        return s.clients[c].step == step

    holds.__name__ = f"is_{step.name.lower()}"
    return holds


def task_of(k: Bounds, s: State, c: int) -> int:
    """The task that the client's call is about."""
    call = k.script[c][s.clients[c].call]
    return call.task if isinstance(call, Submit | Cancel | Stop) else Mark.NOBODY


def shutdown_of(k: Bounds, s: State, c: int) -> Shutdown:
    """The shutdown that the client is in."""
    call = k.script[c][s.clients[c].call]
    if not isinstance(call, Shutdown):
        raise TypeError(f"client {c} is in {call}, not in a shutdown")
    return call


def size_of(k: Bounds, s: State, c: int) -> int:
    """How many workers the client's call wants."""
    call = k.script[c][s.clients[c].call]
    if not isinstance(call, Resize):
        raise TypeError(f"client {c} is in {call}, not in a resize")
    return call.workers


def goes_to(s: State, c: int, step: Step, lane: int = Mark.NOBODY) -> State:
    """The client is further in the same call."""
    return with_client(s, c, Client(s.clients[c].call, step, lane))


def returns(k: Bounds, s: State, c: int) -> State:
    """The client's call is over: it is at the beginning of the next."""
    calls, following = k.script[c], s.clients[c].call + 1
    call = calls[following] if following < len(calls) else None
    return with_client(s, c, Client(following, first_step(call)))


# --- conjuncts --------------------------------------------------------------------------------------------------------


def sees_it_open(_k: Bounds, s: State, _c: int) -> bool:
    return not s.closed and not s.broken


def sees_it_shut(_k: Bounds, s: State, _c: int) -> bool:
    return s.closed or s.broken


def can_pickle(k: Bounds, s: State, c: int) -> bool:
    return k.kind(task_of(k, s, c)) != Kind.BAD_ARGUMENT


def cannot_pickle(k: Bounds, s: State, c: int) -> bool:
    return k.kind(task_of(k, s, c)) == Kind.BAD_ARGUMENT


def wins_the_claim(k: Bounds, s: State, c: int) -> bool:
    return s.tasks[task_of(k, s, c)].unclaimed


def loses_the_claim(k: Bounds, s: State, c: int) -> bool:
    return not s.tasks[task_of(k, s, c)].unclaimed


def has_the_future(k: Bounds, s: State, c: int) -> bool:
    return s.tasks[task_of(k, s, c)].handed == Handed.RETURNED


def never_gets_the_future(k: Bounds, s: State, c: int) -> bool:
    return s.tasks[task_of(k, s, c)].handed >= Handed.RAISED


def sees_no_end(k: Bounds, s: State, c: int) -> bool:
    return s.tasks[task_of(k, s, c)].end == End.OPEN


def sees_an_end(k: Bounds, s: State, c: int) -> bool:
    return s.tasks[task_of(k, s, c)].end != End.OPEN


def finds_it_on_a_lane(k: Bounds, s: State, c: int) -> bool:
    return lane_of(s, task_of(k, s, c)) != Mark.NOBODY


def is_answered_and_not_read(k: Bounds, s: State, c: int) -> bool:
    """Whether the answer is there and a user-code thread has still to rebuild the value."""
    return s.tasks[task_of(k, s, c)].job == Job.READ


def task_is_still_there(k: Bounds, s: State, c: int) -> bool:
    return task_of(k, s, c) in s.lanes[s.clients[c].lane].book


def task_is_elsewhere(k: Bounds, s: State, c: int) -> bool:
    return task_of(k, s, c) not in s.lanes[s.clients[c].lane].book


def ticket_is_there(k: Bounds, s: State, c: int) -> bool:
    lane = s.lanes[s.clients[c].lane]
    t = task_of(k, s, c)
    return t in lane.tickets or t in lane.returned


def ticket_is_taken(k: Bounds, s: State, c: int) -> bool:
    return not ticket_is_there(k, s, c)


def some_calls_stop_a_task(k: Bounds, _s: State, _c: int) -> bool:
    return k.stops


def some_calls_resize(k: Bounds, _s: State, _c: int) -> bool:
    return bool(k.sizes)


def is_to_wait(_k: Bounds, s: State, c: int) -> bool:
    return s.clients[c].step == Step.WAITING


def manager_may_sleep(k: Bounds, _s: State, _c: int) -> bool:
    return k.sleeps


def waits_for_itself(k: Bounds, s: State, c: int) -> bool:
    """Whether the wait is in a thread of the pool, whose end it would wait for."""
    return s.clients[c].step == Step.WAITING and k.callback_of(c) != Mark.NOBODY


def some_calls_come_from_callbacks(k: Bounds, _s: State, _c: int) -> bool:
    return bool(k.inside)


def is_a_thread_of_its_own(k: Bounds, _s: State, c: int) -> bool:
    return k.callback_of(c) == Mark.NOBODY


def may_begin(k: Bounds, s: State, c: int) -> bool:
    """Whether it is the client's turn: a call from a callback begins when a user-code thread is at that callback."""
    t = k.callback_of(c)
    return t == Mark.NOBODY or (t in s.threads and s.tasks[t].job == Job.CALL)


def manager_has_ended(_k: Bounds, s: State, _c: int) -> bool:
    return s.manager == Manager.ENDED


# --- effects ----------------------------------------------------------------------------------------------------------


def passes_the_gate(_k: Bounds, s: State, c: int) -> State:
    """The client goes on to post."""
    return goes_to(s, c, Step.GATED)


def is_refused(k: Bounds, s: State, c: int) -> State:
    """submit() raises. Nobody can claim the task."""
    t = task_of(k, s, c)
    return returns(k, with_task(s, t, s.tasks[t]._replace(handed=Handed.RAISED, unclaimed=False)), c)


def gets_a_failed_future(k: Bounds, s: State, c: int) -> State:
    """The future fails and its waiters are notified. A callback that is added to it later is called at once."""
    t = task_of(k, s, c)
    s = with_task(s, t, ended(s.tasks[t], End.FAILED)._replace(handed=Handed.RETURNED))
    return returns(k, called(s, t), c)


def posts(k: Bounds, s: State, c: int) -> State:
    """The task can be claimed, and stands last in the inbox."""
    t = task_of(k, s, c)
    s = with_task(s, t, s.tasks[t]._replace(unclaimed=True))
    return goes_to(posted(s, Note.POSTED, t), c, Step.POSTED)


def goes_to_wake(k: Bounds, s: State, c: int) -> State:
    """The client goes on to wake the manager.

    Where the manager never sleeps, nobody could see that it does not wake.
    """
    return goes_to(s, c, Step.WAKING) if k.sleeps else wakes(k, s, c)


def wakes(k: Bounds, s: State, c: int) -> State:
    """If the flag is up, there is a byte in the wake-up.

    The call returns; but a shutdown that waits begins to, and a call that stops a task goes on to end its future.
    """
    s = woken(s)
    call = k.script[c][s.clients[c].call]
    if isinstance(call, Stop):
        return goes_to(s, c, Step.ASKED)
    if isinstance(call, Shutdown):
        return goes_to(s, c, Step.WAITING) if call.wait else returns(k, s, c)
    if isinstance(call, Resize):
        return returns(k, s, c)
    t = task_of(k, s, c)
    return returns(k, with_task(s, t, s.tasks[t]._replace(handed=Handed.RETURNED)), c)


def cancels(k: Bounds, s: State, c: int) -> State:
    """The future is cancelled and its waiters are notified; the canceller runs its callbacks.

    While they run, nobody waits for anything but them.
    """
    t = task_of(k, s, c)
    s = with_task(s, t, ended(s.tasks[t], End.CANCELLED)._replace(unclaimed=False))
    return returns(k, called(s, t), c)


def just_returns(k: Bounds, s: State, c: int) -> State:
    """The call returns."""
    return returns(k, s, c)


def concludes_that_it_is_begun(k: Bounds, s: State, c: int) -> State:
    """cancel() returns; a call that stops the task goes on."""
    call = k.script[c][s.clients[c].call]
    return goes_to(s, c, Step.BEGUN) if isinstance(call, Stop) else returns(k, s, c)


def reads_the_lane(k: Bounds, s: State, c: int) -> State:
    """The client knows the lane, and goes on to lock it."""
    return goes_to(s, c, Step.FOUND, lane_of(s, task_of(k, s, c)))


def starts_again(_k: Bounds, s: State, c: int) -> State:
    """cancel() begins anew."""
    return goes_to(s, c, Step.CANCELLING)


def reads_back(_k: Bounds, s: State, c: int) -> State:
    """Under the lane's lock: tell the manager to look, wake it, then move all tickets from the socket to the buffer."""
    number = s.clients[c].lane
    lane = s.lanes[number]
    s = woken(posted(s, Note.LOOK, number))
    return with_lane(s, number, lane._replace(tickets=(), returned=lane.returned + lane.tickets))


def revokes_its_ticket(k: Bounds, s: State, c: int) -> State:
    """As when it finds the task begun; the future is cancelled, its waiters are notified, its callbacks run."""
    t = task_of(k, s, c)
    s = reads_back(k, s, c)
    return returns(k, called(with_task(s, t, ended(s.tasks[t], End.CANCELLED)), t), c)


def finds_it_begun(k: Bounds, s: State, c: int) -> State:
    """A note to look here is posted, the manager woken, all tickets go into the return buffer.

    cancel() returns; a call that stops the task goes on.
    """
    return concludes_that_it_is_begun(k, reads_back(k, s, c), c)


def asks_to_stop(k: Bounds, s: State, c: int) -> State:
    """The wish stands last in the inbox. The client goes on to wake the manager."""
    return goes_to_wake(k, posted(s, Note.STOP, task_of(k, s, c)), c)


def stops(k: Bounds, s: State, c: int) -> State:
    """The future is stopped and its waiters are notified; the client runs its callbacks.

    What becomes of the worker is the manager's business, who has been asked.
    """
    t = task_of(k, s, c)
    return returns(k, called(with_task(s, t, ended(s.tasks[t], End.STOPPED)), t), c)


def asks_for_a_size(k: Bounds, s: State, c: int) -> State:
    """The number stands last in the inbox, whatever has become of the gate since the client looked at it.

    It goes on to wake the manager.
    """
    return goes_to_wake(k, posted(s, Note.RESIZED, size_of(k, s, c)), c)


def closes(_k: Bounds, s: State, c: int) -> State:
    """The gate is shut."""
    return goes_to(s._replace(closed=True), c, Step.CLOSED)


def requests(k: Bounds, s: State, c: int) -> State:
    """The level stands last in the inbox. The client goes on to wake the manager."""
    level = shutdown_of(k, s, c).level
    return goes_to_wake(k, posted(s._replace(asked=max(s.asked, level)), Note.REQUESTED, level), c)


# --- the table --------------------------------------------------------------------------------------------------------


def _row(
    name: str, clause: str, *guard: Conjunct[Bounds, State], does: Effect[Bounds, State], seen: Seen = Seen.HIDDEN,
    fair: Fair = Fair.WEAK,
) -> ClientAction:  # fmt: skip
    return Action(
        name, CLIENT, guard, does, fair, seen, clause, "client {i}", "manager" if does in TELLS_THE_MANAGER else ""
    )


TELLS_THE_MANAGER = (posts, requests, wakes, revokes_its_ticket, finds_it_begun, asks_to_stop, asks_for_a_size)

HIS_CHOICE = Fair.NONE
OBSERVABLE = Seen.OBSERVABLE

ACTIONS: tuple[ClientAction, ...] = (
    _row("ClientPassesGate", "P-10", at(Step.SUBMITTING), may_begin, sees_it_open, can_pickle, does=passes_the_gate,
         fair=HIS_CHOICE),
    _row("ClientIsRefused", "P-10", at(Step.SUBMITTING), may_begin, sees_it_shut, does=is_refused, seen=OBSERVABLE,
         fair=HIS_CHOICE),
    _row("ClientCannotPickle", "P-15", at(Step.SUBMITTING), may_begin, sees_it_open, cannot_pickle,
         does=gets_a_failed_future, seen=OBSERVABLE, fair=HIS_CHOICE),
    _row("ClientPosts", "P-11", at(Step.GATED), does=posts),
    _row("ClientSeesItStillOpen", "P-12", at(Step.POSTED), sees_it_open, does=goes_to_wake),
    _row("ClientWithdraws", "P-12", at(Step.POSTED), sees_it_shut, wins_the_claim, does=is_refused, seen=OBSERVABLE),
    _row("ClientIsOutrun", "P-12", at(Step.POSTED), sees_it_shut, loses_the_claim, does=goes_to_wake),
    _row("ClientWakesManager", "P-31", manager_may_sleep, at(Step.WAKING), does=wakes, seen=OBSERVABLE),
    _row("ClientHasNothingToCancel", "P-20", at(Step.CANCELLING), may_begin, never_gets_the_future, does=just_returns,
         fair=HIS_CHOICE),
    _row("ClientFindsItEnded", "P-20", at(Step.CANCELLING), may_begin, has_the_future, sees_an_end, does=just_returns,
         seen=OBSERVABLE, fair=HIS_CHOICE),
    _row("ClientCancels", "P-20", at(Step.CANCELLING), may_begin, has_the_future, wins_the_claim, does=cancels,
         seen=OBSERVABLE, fair=HIS_CHOICE),
    _row("ClientReadsTheLane", "P-21", at(Step.CANCELLING), may_begin, has_the_future, sees_no_end, loses_the_claim,
         finds_it_on_a_lane, does=reads_the_lane, fair=HIS_CHOICE),
    _row("ClientFindsItAnswered", "P-21", at(Step.CANCELLING), may_begin, has_the_future, sees_no_end, loses_the_claim,
         is_answered_and_not_read, does=concludes_that_it_is_begun, seen=OBSERVABLE, fair=HIS_CHOICE),
    _row("ClientRevokesItsTicket", "P-22", at(Step.FOUND), sees_no_end, task_is_still_there, ticket_is_there,
         does=revokes_its_ticket, seen=OBSERVABLE),
    _row("ClientFindsItBegun", "P-22", at(Step.FOUND), sees_no_end, task_is_still_there, ticket_is_taken,
         does=finds_it_begun, seen=OBSERVABLE),
    _row("ClientFindsItEndedMeanwhile", "P-22", at(Step.FOUND), sees_an_end, does=just_returns, seen=OBSERVABLE),
    _row("ClientStartsAgain", "P-22", at(Step.FOUND), sees_no_end, task_is_elsewhere, does=starts_again),
    _row("ClientAsksToStop", "P-24", some_calls_stop_a_task, at(Step.BEGUN), does=asks_to_stop),
    _row("ClientStops", "P-24", some_calls_stop_a_task, at(Step.ASKED), sees_no_end, does=stops, seen=OBSERVABLE),
    _row("ClientComesTooLateToStop", "P-24", some_calls_stop_a_task, at(Step.ASKED), sees_an_end, does=just_returns,
         seen=OBSERVABLE),
    _row("ClientResizes", "P-56", some_calls_resize, at(Step.RESIZING), may_begin, does=asks_for_a_size,
         seen=OBSERVABLE, fair=HIS_CHOICE),
    _row("ClientIsRefusedASize", "P-56", some_calls_resize, at(Step.RESIZING), may_begin, sees_it_shut,
         does=just_returns, seen=OBSERVABLE, fair=HIS_CHOICE),
    _row("ClientCloses", "P-13", at(Step.CLOSING), may_begin, does=closes, fair=HIS_CHOICE),
    _row("ClientRequests", "P-13", at(Step.CLOSED), does=requests, seen=OBSERVABLE),
    _row("ClientDoesNotWaitForItself", "P-14", some_calls_come_from_callbacks, waits_for_itself, does=just_returns,
         seen=OBSERVABLE),
    _row("ClientReturns", "P-14", is_to_wait, is_a_thread_of_its_own, manager_has_ended, does=just_returns,
         seen=OBSERVABLE),
)  # fmt: skip
