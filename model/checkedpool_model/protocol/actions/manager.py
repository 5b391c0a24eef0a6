"""What the manager thread does with tasks: it takes them in, deals, revokes and ends them.

Decides: what follows from what the manager has read (``supervisor`` has workers, sleep and end). Must not
know: what a worker is doing. It reads the inbox, a lane's answers, what lies in the ticket socket and the return buffer
under the lane's lock, whether the operating system says that the process has ended, and its own book. It does not read
``closed``: that a pool is to end it learns from the inbox, in order with the tasks.
"""
# ruff: noqa: D103 - the names of conjuncts and effects are sentences

from checkedpool_model.checker.system import Action, Conjunct, Effect, Fair, Seen
from checkedpool_model.protocol.bounds import LATE, REBUILT, Bounds, Kind
from checkedpool_model.protocol.state import (
    End,
    Full,
    Job,
    Lane,
    Manager,
    Mark,
    Note,
    Signal,
    Slot,
    State,
    given,
    gone,
    is_full,
    lane_of,
    pending_again,
    pending_tasks,
    settled,
    unfinished,
    with_lane,
    with_task,
    without,
)
from checkedpool_spec.vocabulary import ShutdownLevel

DRAIN, CANCEL, TERMINATE, KILL = (
    int(level) for level in (ShutdownLevel.DRAIN, ShutdownLevel.CANCEL, ShutdownLevel.TERMINATE, ShutdownLevel.KILL)
)
"""As the numbers that they are: comparing those is quick."""

LANE, TASK = "lane", "task"

ManagerAction = Action[Bounds, State]


# --- conjuncts: the manager and its inbox -----------------------------------------------------------------------------


def is_awake(_k: Bounds, s: State, _i: int) -> bool:
    return s.manager == Manager.AWAKE


def next_is_a_task(_k: Bounds, s: State, _i: int) -> bool:
    return bool(s.inbox) and s.inbox[0].note == Note.POSTED


def next_is_a_request(_k: Bounds, s: State, _i: int) -> bool:
    return bool(s.inbox) and s.inbox[0].note == Note.REQUESTED


def next_is_a_look(_k: Bounds, s: State, _i: int) -> bool:
    return bool(s.inbox) and s.inbox[0].note == Note.LOOK


def next_is_a_start(_k: Bounds, s: State, _i: int) -> bool:
    return bool(s.inbox) and s.inbox[0].note == Note.STARTED


def next_is_a_failed_start(_k: Bounds, s: State, _i: int) -> bool:
    return bool(s.inbox) and s.inbox[0].note == Note.NOT_STARTED


def next_is_a_job_done(_k: Bounds, s: State, _i: int) -> bool:
    return bool(s.inbox) and s.inbox[0].note == Note.DONE


def some_code_is_the_users(k: Bounds, _s: State, _i: int) -> bool:
    return k.has_user_code


def next_is_a_stop(_k: Bounds, s: State, _i: int) -> bool:
    return bool(s.inbox) and s.inbox[0].note == Note.STOP


def some_calls_stop_a_task(k: Bounds, _s: State, _i: int) -> bool:
    return k.stops


def next_is_a_size(_k: Bounds, s: State, _i: int) -> bool:
    return bool(s.inbox) and s.inbox[0].note == Note.RESIZED


def some_calls_resize(k: Bounds, _s: State, _i: int) -> bool:
    return bool(k.sizes)


def inbox_is_empty(_k: Bounds, s: State, _i: int) -> bool:
    return not s.inbox


# --- conjuncts: tasks -------------------------------------------------------------------------------------------------


def is_pending(_k: Bounds, s: State, t: int) -> bool:
    """Whether it is on the manager's list. In which order tasks are cancelled, broken or forgotten nobody promises."""
    return s.tasks[t].pending


def can_be_claimed(_k: Bounds, s: State, t: int) -> bool:
    return s.tasks[t].unclaimed


def was_claimed_by_another(_k: Bounds, s: State, t: int) -> bool:
    return not s.tasks[t].unclaimed


def is_at_hand(k: Bounds, s: State, _t: int) -> bool:
    """Whether the manager is about to claim it: to deal it, to cancel it, to break it."""
    return s.broken or s.level >= CANCEL or any(_has_room(k, lane) for lane in s.lanes)


def is_being_pickled(_k: Bounds, s: State, t: int) -> bool:
    return s.tasks[t].job == Job.PICKLE


def is_to_cancel(_k: Bounds, s: State, _t: int) -> bool:
    return s.level >= CANCEL


def is_not_to_cancel(_k: Bounds, s: State, _t: int) -> bool:
    return s.level < CANCEL


def pool_is_broken(_k: Bounds, s: State, _i: int) -> bool:
    return s.broken


def break_is_carried_out(_k: Bounds, s: State, _i: int) -> bool:
    """Whether no task is left that the breaking of the pool has still to end: what comes later is for no one."""
    return not s.broken or unfinished(s) == 0


# --- conjuncts: lanes -------------------------------------------------------------------------------------------------


def every_lane_is_empty(_k: Bounds, s: State, _i: int) -> bool:
    return all(lane.slot == Slot.EMPTY for lane in s.lanes)


def has_an_answer(_k: Bounds, s: State, i: int) -> bool:
    return bool(s.lanes[i].answers)


def has_a_process(_k: Bounds, s: State, i: int) -> bool:
    """Whether the manager knows the process: before the start is reported it has nothing to read or to signal."""
    return s.lanes[i].slot >= Slot.UP


def has_no_answer(_k: Bounds, s: State, i: int) -> bool:
    return not s.lanes[i].answers


def may_deal(_k: Bounds, s: State, _i: int) -> bool:
    return s.level < CANCEL and not s.broken


def something_is_pending(_k: Bounds, s: State, _i: int) -> bool:
    return any(task.pending for task in s.tasks)


def next_to_deal(k: Bounds, pending: tuple[int, ...]) -> int:
    """Of these tasks the one that is dealt first: of the highest priority the oldest."""
    return min(pending, key=lambda t: (-k.priority(t), t)) if k.priorities else pending[0]


def oldest_can_be_claimed(k: Bounds, s: State, _i: int) -> bool:
    """Whether nobody has claimed the oldest of the highest priority."""
    pending = pending_tasks(s)
    return not pending or s.tasks[next_to_deal(k, pending)].unclaimed


def _has_room(k: Bounds, lane: Lane) -> bool:
    return (
        lane.slot == Slot.READY
        and not lane.leave
        and lane.signal == Signal.NONE
        and lane.stop == Mark.NOBODY
        and len(lane.book) < k.window
        and (k.task_limit is None or lane.dealt < k.task_limit)
        and not is_full(lane)
        and lane.full != Full.DISMISSED
    )


def has_room(k: Bounds, s: State, i: int) -> bool:
    return _has_room(k, s.lanes[i])


def has_fewest_tasks(k: Bounds, s: State, i: int) -> bool:
    """Whether no lane with room has less to do."""
    fewest = len(s.lanes[i].book)
    return not any(len(lane.book) < fewest and _has_room(k, lane) for lane in s.lanes)


def _is_held_up(k: Bounds, s: State, lane: Lane) -> bool:
    """Whether behind what the worker runs is a ticket of lower priority than a task that waits.

    What is sent ahead stands by priority, so the last is the lowest.
    """
    last = lane.tickets[-1] if lane.tickets else Mark.NOBODY
    if not k.priorities or len(lane.book) < 2 or last < 0:  # noqa: PLR2004 - more than what runs
        return False
    return any(task.pending and task.unclaimed and k.priority(t) > k.priority(last) for t, task in enumerate(s.tasks))


def nothing_lower_is_ahead(k: Bounds, s: State, i: int) -> bool:
    """Whether no ticket is to be revoked first, for which the task would have to wait."""
    return not _is_held_up(k, s, s.lanes[i])


def has_tickets_to_take(_k: Bounds, s: State, i: int) -> bool:
    """Whether a task's ticket is in the socket, or anything in the return buffer: both are read under the lock."""
    return bool(s.lanes[i].returned) or any(t >= 0 for t in s.lanes[i].tickets)


def has_no_tickets_out(_k: Bounds, s: State, i: int) -> bool:
    return all(t < 0 for t in s.lanes[i].tickets)


def has_nothing_returned(_k: Bounds, s: State, i: int) -> bool:
    return not s.lanes[i].returned


def _is_idle(k: Bounds, lane: Lane) -> bool:
    return not lane.book and _has_room(k, lane)


def is_to_be_emptied(k: Bounds, s: State, i: int) -> bool:
    """Whether tickets are revoked.

    All is to end; the worker has ended or is to; what waits has a higher priority; or another is idle, this one not. Or
    the worker was dismissed, and more was sent to it than what it runs.
    """
    lane = s.lanes[i]
    if s.level >= CANCEL or s.broken or gone(lane) or lane.stop != Mark.NOBODY or _is_held_up(k, s, lane):
        return True
    if len(lane.book) < 2:  # noqa: PLR2004 - more than what runs
        return False
    if lane.full == Full.DISMISSED:
        return True
    if any(task.pending for task in s.tasks):
        return False
    return any(_is_idle(k, lane) for lane in s.lanes)


def has_something_begun(_k: Bounds, s: State, i: int) -> bool:
    """Whether a task is left in the book when no ticket is out: its worker has begun it, or died of it."""
    return bool(s.lanes[i].book)


# --- effects: taking in -----------------------------------------------------------------------------------------------


def _after_message(s: State) -> State:
    return s._replace(inbox=s.inbox[1:])


def takes_the_task(k: Bounds, s: State, _i: int) -> State:
    """The task is pending, or a user-code thread is to pickle it.

    One that comes after a request is neither: whoever posted it will see the gate shut and withdraw it.
    """
    t = s.inbox[0].number
    s = _after_message(s)
    if s.level >= DRAIN:
        return s
    if k.kind(t) in LATE:
        return given(s, t, Job.PICKLE)
    return with_task(s, t, s.tasks[t]._replace(pending=True))


def takes_the_request(_k: Bounds, s: State, _i: int) -> State:
    """The level is the strongest so far."""
    return _after_message(s)._replace(level=max(s.level, ShutdownLevel(s.inbox[0].number)))


def takes_what_was_returned(k: Bounds, s: State, _i: int) -> State:
    """The return buffer is empty. What was in it and is not cancelled is claimable and pending again."""
    number = s.inbox[0].number
    lane = s.lanes[number]
    return _unbook(k, with_lane(_after_message(s), number, lane._replace(returned=())), number, lane.returned)


def _unbook(k: Bounds, s: State, number: int, tickets: tuple[int, ...]) -> State:
    """Strike from the lane's book what came back; an order to leave was never given then, but to the dead (C-76)."""
    lane = s.lanes[number]
    lane = lane._replace(
        book=without(lane.book, tickets),
        leave=lane.leave and (Mark.LEAVE not in tickets or gone(lane)),
        dealt=lane.dealt - sum(t >= 0 for t in tickets) if k.task_limit is not None else 0,
    )
    return pending_again(with_lane(s, number, lane), tickets)


def takes_the_job_done(_k: Bounds, s: State, _i: int) -> State:
    """One job less is owed. A task that is pickled now is pending.

    It is dealt after those that came meanwhile, or forgotten (P-43).
    """
    t = s.inbox[0].number
    s = _after_message(s)._replace(owed=s.owed - 1)
    task = s.tasks[t]
    if task.job != Job.PICKLE:
        return s
    return with_task(s, t, task._replace(job=Job.NOTHING, pending=True))


def takes_the_stop(_k: Bounds, s: State, _i: int) -> State:
    """Where the task is booked, its lane is to be stopped at it, or at one behind it; elsewhere it has an end."""
    t = s.inbox[0].number
    s, number = _after_message(s), lane_of(s, t)
    if number == Mark.NOBODY:
        return s
    lane = s.lanes[number]
    return with_lane(s, number, lane._replace(stop=max((lane.stop, t), key=(Mark.NOBODY, *lane.book).index)))


def takes_the_size(_k: Bounds, s: State, _i: int) -> State:
    """So many workers are allowed from now on."""
    return _after_message(s)._replace(size=s.inbox[0].number)


def takes_the_start(_k: Bounds, s: State, _i: int) -> State:
    """The lane has a process."""
    number = s.inbox[0].number
    return with_lane(_after_message(s), number, s.lanes[number]._replace(slot=Slot.UP))


def takes_the_failed_start(k: Bounds, s: State, _i: int) -> State:
    """The lane is empty. The pool breaks if that ends the patience with starts and no worker is left."""
    return after_failure(k, with_lane(_after_message(s), s.inbox[0].number, Lane()))


def after_failure(k: Bounds, s: State) -> State:
    """One more start came to nothing; the pool breaks when patience is at an end and nobody is left to work."""
    failures = min(s.failures + 1, k.patience)
    nobody_is_left = all(lane.slot == Slot.EMPTY or lane.leave for lane in s.lanes)
    gives_up = failures == k.patience and nobody_is_left and s.level < TERMINATE
    return s._replace(failures=failures, broken=s.broken or gives_up)


def takes_an_answer(k: Bounds, s: State, i: int) -> State:
    """The task leaves the book; its future ends, or its value is to be rebuilt. A worker that says so is ready."""
    lane = s.lanes[i]
    answer = lane.answers[0]
    lane = lane._replace(answers=lane.answers[1:])
    if answer == Mark.READY:
        return with_lane(s, i, lane._replace(slot=Slot.READY))._replace(failures=0)
    if answer == Mark.NOT_READY:
        return with_lane(s, i, lane)._replace(broken=s.broken or not _was_let_go(s, lane))
    if answer not in lane.book:  # torn; or its future was ended when the pool broke
        return with_lane(s, i, lane)
    stop = Mark.NOBODY if lane.stop == answer else lane.stop
    s = with_lane(s, i, lane._replace(book=without(lane.book, (answer,)), stop=stop))._replace(deaths=0)
    if k.kind(answer) in REBUILT:
        return given(s, answer, Job.READ)
    return settled(s, answer, outcome_of(k, answer))


def _was_let_go(s: State, lane: Lane) -> bool:
    """Whether an initializer that has failed is nobody's loss: its worker was to end anyway (C-58, C-76)."""
    return s.level >= TERMINATE or (lane.leave and not lane.book)


def outcome_of(k: Bounds, t: int) -> End:
    """How a future ends whose task was answered."""
    return End.FAILED if k.kind(t) in (Kind.BAD_RESULT, Kind.NOT_REBUILT, Kind.LATE_NOT_REBUILT) else End.SUCCEEDED


# --- effects: tasks ---------------------------------------------------------------------------------------------------


def issues(k: Bounds, s: State, i: int) -> State:
    """Under the lane's lock: the task that is dealt next is claimed and booked here, its ticket is out."""
    t = next_to_deal(k, pending_tasks(s))
    lane = s.lanes[i]
    s = with_task(s, t, s.tasks[t]._replace(pending=False, unclaimed=False))
    dealt = lane.dealt + 1 if k.task_limit is not None else 0
    return with_lane(s, i, lane._replace(book=(*lane.book, t), tickets=(*lane.tickets, t), dealt=dealt))


def revokes_tickets(k: Bounds, s: State, i: int) -> State:
    """Socket and return buffer are empty. What was in them and is not cancelled is claimable and pending again."""
    lane = s.lanes[i]
    return _unbook(k, with_lane(s, i, lane._replace(tickets=(), returned=())), i, lane.returned + lane.tickets)


def forgets(_k: Bounds, s: State, t: int) -> State:
    """The task is not pending."""
    return with_task(s, t, s.tasks[t]._replace(pending=False))


def forgets_what_is_deferred(_k: Bounds, s: State, t: int) -> State:
    """The task is not to be pickled."""
    return with_task(s, t, s.tasks[t]._replace(job=Job.NOTHING))


def _ends_pending(s: State, t: int, end: End) -> State:
    s = with_task(s, t, s.tasks[t]._replace(pending=False, unclaimed=False, job=Job.NOTHING))
    return settled(s, t, end)


def cancels(_k: Bounds, s: State, t: int) -> State:
    """The task is claimed and off the list; its future is cancelled, waiters are notified, callbacks are to run."""
    return _ends_pending(s, t, End.CANCELLED)


def breaks(_k: Bounds, s: State, t: int) -> State:
    """The task is claimed and off the list; its future is broken off, waiters are notified, callbacks are to run."""
    return _ends_pending(s, t, End.BROKEN)


def ends_booked(s: State, i: int, end: End) -> State:
    """The state after every future in a lane's book was given this end."""
    for t in s.lanes[i].book:
        s = settled(s, t, end)
    return with_lane(s, i, s.lanes[i]._replace(book=(), stop=Mark.NOBODY))


def breaks_what_is_begun(_k: Bounds, s: State, i: int) -> State:
    """The futures in the lane's book are broken off, the book is empty."""
    return ends_booked(s, i, End.BROKEN)


# --- the table --------------------------------------------------------------------------------------------------------


def row(  # noqa: PLR0913 - the columns of the table
    name: str, over: str, clause: str, *guard: Conjunct[Bounds, State], does: Effect[Bounds, State],
    seen: Seen = Seen.HIDDEN, to: str = "", fair: Fair = Fair.WEAK,
) -> ManagerAction:  # fmt: skip
    """A row of the manager's table: it is awake, and what it can do it does at last."""
    return Action(name, over, (is_awake, *guard), does, fair, seen, clause, "manager", to)


def taking_in(
    name: str, over: str, clause: str, *guard: Conjunct[Bounds, State], does: Effect[Bounds, State],
    seen: Seen = Seen.HIDDEN,
) -> ManagerAction:  # fmt: skip
    """A row of what the manager does with what is there each time it is awake, before it does anything else.

    That order is not in the model; it is why the action may be called strongly fair: a manager that sleeps and wakes
    for ever does not overlook it for ever.
    """
    return row(name, over, clause, *guard, does=does, seen=seen, fair=Fair.STRONG)


PLAN: tuple[ManagerAction, ...] = (
    row("ManagerForgets", TASK, "P-43", is_pending, was_claimed_by_another, is_at_hand, does=forgets),
    row("ManagerIssues", LANE, "P-41", has_room, may_deal, has_nothing_returned, something_is_pending,
        oldest_can_be_claimed, has_fewest_tasks, nothing_lower_is_ahead, does=issues, to="worker {i}"),
    row("ManagerRevokesTickets", LANE, "P-44", has_tickets_to_take, is_to_be_emptied, does=revokes_tickets),
    row("ManagerCancels", TASK, "P-62", is_pending, can_be_claimed, is_to_cancel, does=cancels, seen=Seen.OBSERVABLE),
    row("ManagerBreaks", TASK, "P-73", is_pending, can_be_claimed, pool_is_broken, is_not_to_cancel, does=breaks,
        seen=Seen.OBSERVABLE),
    row("ManagerForgetsWhatIsDeferred", TASK, "P-43", is_being_pickled, was_claimed_by_another,
        does=forgets_what_is_deferred),
    row("ManagerCancelsWhatIsDeferred", TASK, "P-62", is_being_pickled, can_be_claimed, is_to_cancel, does=cancels,
        seen=Seen.OBSERVABLE),
    row("ManagerBreaksWhatIsDeferred", TASK, "P-73", is_being_pickled, can_be_claimed, pool_is_broken, is_not_to_cancel,
        does=breaks, seen=Seen.OBSERVABLE),
    row("ManagerBreaksWhatIsBegun", LANE, "P-73", has_something_begun, pool_is_broken, has_no_tickets_out,
        has_nothing_returned, does=breaks_what_is_begun, seen=Seen.OBSERVABLE),
)  # fmt: skip
"""What it does by itself once it has taken in what there is. It does not sleep while any of this is possible."""

TAKING_IN: tuple[ManagerAction, ...] = (
    taking_in("ManagerTakesTask", "", "P-40", next_is_a_task, does=takes_the_task),
    taking_in("ManagerTakesRequest", "", "P-60", break_is_carried_out, next_is_a_request, does=takes_the_request),
    taking_in("ManagerLooksAtLane", "", "P-45", next_is_a_look, does=takes_what_was_returned),
    taking_in("ManagerTakesStop", "", "P-48", some_calls_stop_a_task, next_is_a_stop, does=takes_the_stop),
    taking_in("ManagerTakesSize", "", "P-57", some_calls_resize, next_is_a_size, does=takes_the_size),
    taking_in("ManagerTakesStart", "", "P-51", next_is_a_start, does=takes_the_start),
    taking_in("ManagerTakesFailedStart", "", "P-52", next_is_a_failed_start, does=takes_the_failed_start),
    taking_in("ManagerTakesJobDone", "", "P-64", some_code_is_the_users, next_is_a_job_done, does=takes_the_job_done),
    taking_in(
        "ManagerTakesAnswer", LANE, "P-46", has_a_process, has_an_answer, does=takes_an_answer, seen=Seen.OBSERVABLE
    ),
)
