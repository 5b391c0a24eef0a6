"""What can be broken: changes of the table of actions, and what broken protocols do instead.

Decides: how a conjunct is dropped or weakened, an effect replaced, an action silenced. Must not know: which of it makes
a mutant, and who must notice (``mutants``).
"""
# ruff: noqa: D103 - the names of conjuncts and effects are sentences

from collections.abc import Callable
from dataclasses import replace

from checkedpool_model.checker.system import Action, Conjunct, Effect
from checkedpool_model.protocol.actions import client, direct_dispatch, manager, supervisor, user_threads
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import (
    Client,
    End,
    Full,
    Manager,
    Mark,
    Note,
    Signal,
    Slot,
    State,
    Step,
    called,
    ended,
    gone,
    pending_again,
    pending_tasks,
    posted,
    remains,
    settled,
    stays,
    unfinished,
    wanted,
    with_client,
    with_lane,
    with_task,
    without,
)
from checkedpool_spec.vocabulary import ShutdownLevel

Table = tuple[Action[Bounds, State], ...]
Change = Callable[[Table], Table]


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


def cancels_silently(k: Bounds, s: State, c: int) -> State:
    t = client.task_of(k, s, c)
    after = client.cancels(k, s, c)
    return with_task(after, t, after.tasks[t]._replace(notified=False))


def does_not_wake(k: Bounds, s: State, c: int) -> State:
    return client.wakes(k, s, c)._replace(wakeup=s.wakeup)


def takes_the_flag_down_then_wakes(k: Bounds, s: State, c: int) -> State:
    """First take the flag down, if it is up (the client's lane field says that it was); in a second step wake."""
    if s.asleep:
        return with_client(s._replace(asleep=False), c, s.clients[c]._replace(lane=Mark.READY))
    return client.wakes(k, s._replace(wakeup=s.wakeup or s.clients[c].lane == Mark.READY), c)


def ticket_is_in_the_socket(k: Bounds, s: State, c: int) -> bool:
    return client.task_of(k, s, c) in s.lanes[s.clients[c].lane].tickets


def ticket_is_not_in_the_socket(k: Bounds, s: State, c: int) -> bool:
    return not ticket_is_in_the_socket(k, s, c)


def reads_back_without_a_word(k: Bounds, s: State, c: int) -> State:
    """The tickets are revoked; telling the manager is a later step, and can be cut off."""
    number, t = s.clients[c].lane, client.task_of(k, s, c)
    lane = s.lanes[number]
    s = with_task(s, t, ended(s.tasks[t], End.CANCELLED))
    s = with_lane(s, number, lane._replace(tickets=(), returned=lane.returned + lane.tickets))
    return with_client(s, c, Client(s.clients[c].call, Step.WAKING, number))


def tells_of_the_lane_and_wakes(k: Bounds, s: State, c: int) -> State:
    number = s.clients[c].lane
    return client.wakes(k, posted(s, Note.LOOK, number) if number != Mark.NOBODY else s, c)


def leaves_its_ticket(k: Bounds, s: State, c: int) -> State:
    number, t = s.clients[c].lane, client.task_of(k, s, c)
    after = client.revokes_its_ticket(k, s, c)
    lane = after.lanes[number]
    return with_lane(after, number, lane._replace(tickets=(t,), returned=without(lane.returned, (t,))))


def has_posted_anywhere(k: Bounds, s: State, _i: int) -> bool:
    return bool(_tasks_of_wakers(k, s))


def issues_alone_whatever_is_older(k: Bounds, s: State, i: int) -> State:
    return direct_dispatch.issues_to(k, s, i, _tasks_of_wakers(k, s)[0])


def _tasks_of_wakers(k: Bounds, s: State) -> list[int]:
    """The tasks that were posted last, and that nobody has taken out of the inbox or woken the manager for."""
    posts = [number for note, number in reversed(s.inbox) if note == Note.POSTED]
    return [t for t in posts if direct_dispatch.has_looked_again(k, s, t)]


def issues_alone_without_claiming(k: Bounds, s: State, i: int) -> State:
    t = s.inbox[0].number
    after = direct_dispatch.issues_to(k, s, i, t)
    return with_task(after, t, after.tasks[t]._replace(unclaimed=True))


def issues_alone_and_marks_the_lane(k: Bounds, s: State, i: int) -> State:
    """What the broken manager will remember of it (where no exit status is stolen that is a field to spare)."""
    after = direct_dispatch.issues_to(k, s, i, s.inbox[0].number)
    return with_lane(after, i, after.lanes[i]._replace(stolen=True))


def something_but_an_answer_of_such_a_lane(k: Bounds, s: State, i: int) -> bool:
    lanes = tuple(lane._replace(answers=()) if lane.stolen else lane for lane in s.lanes)
    return supervisor.something_wakes_it(k, s._replace(lanes=lanes), i)


# --- what broken protocols do: the manager and tasks ------------------------------------------------------------------


def cancels_pending_silently(k: Bounds, s: State, t: int) -> State:
    after = manager.cancels(k, s, t)
    return with_task(after, t, after.tasks[t]._replace(notified=False))


def accepts_what_comes_after_the_request(_k: Bounds, s: State, _i: int) -> State:
    t = s.inbox[0].number
    return with_task(s._replace(inbox=s.inbox[1:]), t, s.tasks[t]._replace(pending=True))


def takes_the_latest_request(_k: Bounds, s: State, _i: int) -> State:
    return s._replace(inbox=s.inbox[1:], level=ShutdownLevel(s.inbox[0].number))


def keeps_the_first_request(_k: Bounds, s: State, _i: int) -> State:
    return s._replace(inbox=s.inbox[1:], level=s.level or ShutdownLevel(s.inbox[0].number))


def claims_without_a_ticket(_k: Bounds, s: State, i: int) -> State:
    t = pending_tasks(s)[0]
    s = with_task(s, t, s.tasks[t]._replace(pending=False, unclaimed=False))
    return with_lane(s, i, s.lanes[i]._replace(book=(*s.lanes[i].book, t)))


def forgets_the_order_to_leave(k: Bounds, s: State, i: int) -> State:
    after = manager.takes_what_was_returned(k, s, i)
    number = s.inbox[0].number
    return with_lane(after, number, after.lanes[number]._replace(leave=s.lanes[number].leave))


def forgets_what_was_returned(_k: Bounds, s: State, _i: int) -> State:
    number = s.inbox[0].number
    lane = s.lanes[number]
    kept = lane._replace(returned=(), book=without(lane.book, lane.returned))
    return with_lane(s._replace(inbox=s.inbox[1:]), number, kept)


def fails_every_call(k: Bounds, s: State, i: int) -> State:
    """Whatever a worker has answered, the future has an error."""
    after = manager.takes_an_answer(k, s, i)
    ended = (t for t, task in enumerate(after.tasks) if task.end == End.SUCCEEDED and s.tasks[t].end == End.OPEN)
    for t in ended:
        after = with_task(after, t, after.tasks[t]._replace(end=End.FAILED))
    return after


def breaks_by_every_death(k: Bounds, s: State, i: int) -> State:
    """A death breaks the pool, whatever its policy."""
    return supervisor.blames_the_task(k, s, i)._replace(broken=True)


def gives_up_at_once(k: Bounds, s: State, i: int) -> State:
    """The first start that fails breaks the pool, whatever its patience."""
    return manager.takes_the_failed_start(k, s, i)._replace(broken=True)


def ends_whatever_is_answered(k: Bounds, s: State, i: int) -> State:
    lane = s.lanes[i]
    t = lane.answers[0]
    if t < 0:
        return manager.takes_an_answer(k, s, i)
    s = with_lane(s, i, lane._replace(answers=lane.answers[1:], book=without(lane.book, (t,))))
    return with_task(s, t, ended(s.tasks[t], End.SUCCEEDED))


def deals_anew_what_is_still_out(k: Bounds, s: State, i: int) -> State:
    after = manager.revokes_tickets(k, s, i)
    return with_lane(after, i, after.lanes[i]._replace(tickets=s.lanes[i].tickets))


def issues_the_oldest(k: Bounds, s: State, i: int) -> State:
    """Whatever its priority."""
    return manager.issues(replace(k, priorities=()), s, i)


def is_to_be_emptied_whatever_waits(k: Bounds, s: State, i: int) -> bool:
    """Nothing is taken back for what has a higher priority."""
    return manager.is_to_be_emptied(replace(k, priorities=()), s, i)


def is_to_be_emptied_for_an_equal(k: Bounds, s: State, i: int) -> bool:
    """For whatever waits and has no lower priority."""
    ahead = s.lanes[i].tickets if len(s.lanes[i].book) > 1 else ()
    waiting = [k.priority(t) for t, task in enumerate(s.tasks) if task.pending and task.unclaimed]
    held_up = any(max(waiting, default=-1) >= k.priority(t) for t in ahead)
    return manager.is_to_be_emptied(k, s, i) or (bool(k.priorities) and held_up)


def is_to_be_emptied_only_to_end(_k: Bounds, s: State, i: int) -> bool:
    return s.level >= ShutdownLevel.CANCEL or s.broken or gone(s.lanes[i])


def forgets_the_stop(_k: Bounds, s: State, _i: int) -> State:
    return s._replace(inbox=s.inbox[1:])


def has_a_task_to_stop(k: Bounds, s: State, i: int) -> bool:
    return supervisor.is_to_be_terminated(k, s, i) or s.lanes[i].stop != Mark.NOBODY


def blames_what_was_to_stop(k: Bounds, s: State, i: int) -> State:
    return supervisor.reaps(k, with_lane(s, i, s.lanes[i]._replace(stop=Mark.NOBODY)), i)


def ends_what_was_stopped(k: Bounds, s: State, i: int) -> State:
    t = s.lanes[i].answers[0]
    after = manager.takes_an_answer(k, s, i)
    if t < 0 or s.tasks[t].end != End.STOPPED:
        return after
    return with_task(after, t, after.tasks[t]._replace(end=End.TWICE))


def has_room_whatever_the_limit(k: Bounds, s: State, i: int) -> bool:
    lane = s.lanes[i]
    return lane.slot == Slot.READY and not lane.leave and len(lane.book) < k.window


def has_room_whatever_its_memory(k: Bounds, s: State, i: int) -> bool:
    lane = s.lanes[i]
    return manager.has_room(k, s, i) or (bool(lane.full) and not (lane.leave or lane.book or lane.signal))


def is_not_needed_whatever_its_memory(k: Bounds, s: State, i: int) -> bool:
    return supervisor.is_not_needed(k, with_lane(s, i, s.lanes[i]._replace(full=Full.NO)), i)


def more_stay_than_are_wanted(_k: Bounds, s: State, _i: int) -> bool:
    return sum(map(stays, s.lanes)) > wanted(s)


def more_stay_whatever_waits(k: Bounds, s: State, _i: int) -> bool:
    return sum(map(stays, s.lanes)) > k.min_workers


def one_more_was_ever_allowed(k: Bounds, s: State, _i: int) -> bool:
    return sum(lane.slot != Slot.EMPTY for lane in s.lanes) < k.most


def takes_a_larger_size(k: Bounds, s: State, i: int) -> State:
    return manager.takes_the_size(k, s, i)._replace(size=max(s.size, s.inbox[0].number))


def as_many_remain_as_are_allowed(_k: Bounds, s: State, _i: int) -> bool:
    return sum(map(remains, s.lanes)) >= s.size


def _as_if_it_were_to_stay(s: State, i: int) -> State:
    lane = s.lanes[i]
    return with_lane(s, i, lane._replace(full=Full.NO)) if lane.full == Full.DISMISSED else s


def has_room_though_dismissed(k: Bounds, s: State, i: int) -> bool:
    return manager.has_room(k, _as_if_it_were_to_stay(s, i), i)


def is_to_be_emptied_though_dismissed(k: Bounds, s: State, i: int) -> bool:
    return manager.is_to_be_emptied(k, _as_if_it_were_to_stay(s, i), i)


def is_not_needed_though_dismissed(k: Bounds, s: State, i: int) -> bool:
    return supervisor.is_not_needed(k, _as_if_it_were_to_stay(s, i), i)


def cancels_without_callbacks(k: Bounds, s: State, t: int) -> State:
    after = manager.cancels(k, s, t)
    return after._replace(jobs=s.jobs, owed=s.owed)


def calls_twice(k: Bounds, s: State, i: int) -> State:
    return user_threads.has_called(k, called(s, s.threads[i]), i)


def calls_before_it_tells(k: Bounds, s: State, i: int) -> State:
    t = s.threads[i]
    after = user_threads.reads(k, s, i)
    return (
        with_task(after, t, after.tasks[t]._replace(end=End.OPEN, notified=False)) if s.tasks[t].has_callback else after
    )


def fails_what_somebody_else_has_claimed(k: Bounds, s: State, i: int) -> State:
    t = s.threads[i]
    return user_threads.fails_to_pickle(k, with_task(s, t, s.tasks[t]._replace(unclaimed=True)), i)


def is_not_counted(k: Bounds, s: State, i: int) -> State:
    return manager.takes_the_job_done(k, s, i)._replace(owed=s.owed)


# --- what broken protocols do: the manager and workers ----------------------------------------------------------------


def drops_the_dead_workers_task(k: Bounds, s: State, i: int) -> State:
    return supervisor.blames_the_task(k, with_lane(s, i, s.lanes[i]._replace(book=())), i)


def deals_the_dead_workers_task_again(k: Bounds, s: State, i: int) -> State:
    s = pending_again(s, s.lanes[i].book)
    return supervisor.blames_the_task(k, with_lane(s, i, s.lanes[i]._replace(book=())), i)


def breaks_what_others_run(k: Bounds, s: State, i: int) -> State:
    return _ends_what_others_run(supervisor.blames_the_task(k, s, i), End.BROKEN)


def blames_what_others_run(k: Bounds, s: State, i: int) -> State:
    after = supervisor.blames_the_task(k, s, i)
    return _ends_what_others_run(after, End.BLAMED) if s.lanes[i].book else after


def blames_what_others_have_answered(k: Bounds, s: State, i: int) -> State:
    unread = [(number, t) for number, lane in enumerate(s.lanes) for t in lane.answers if t in lane.book]
    after = supervisor.blames_the_task(k, s, i)
    if s.lanes[i].book or not unread:
        return after
    number, t = unread[0]
    lane = after.lanes[number]
    after = with_lane(after, number, lane._replace(book=without(lane.book, (t,))))
    return with_task(after, t, ended(after.tasks[t], End.BLAMED))


def _ends_what_others_run(s: State, end: End) -> State:
    for number, lane in enumerate(s.lanes):
        if lane.running in lane.book and not lane.tickets:
            s = manager.ends_booked(s, number, end)
    return s


def blames_the_next_task(k: Bounds, s: State, i: int) -> State:
    pending = pending_tasks(s)
    if not s.lanes[i].book and pending:
        t = pending[0]
        s = with_task(s, t, ended(s.tasks[t], End.BLAMED)._replace(pending=False, unclaimed=False))
    return supervisor.blames_the_task(k, s, i)


def survives_one_death_more(k: Bounds, s: State, i: int) -> State:
    after = supervisor.blames_the_task(k, s, i)
    return after._replace(broken=False) if k.restarts is not None and s.deaths == k.restarts else after


def survives_one_death_less(k: Bounds, s: State, i: int) -> State:
    after = supervisor.blames_the_task(k, s, i)
    return after._replace(broken=True) if k.restarts is not None and after.deaths == k.restarts else after


def goes_on_counting_deaths(k: Bounds, s: State, i: int) -> State:
    return manager.takes_an_answer(k, s, i)._replace(deaths=s.deaths)


def counts_what_is_stopped(_k: Bounds, s: State, _i: int) -> bool:
    """As ``one_more_is_needed`` was at first."""
    return sum(lane.slot != Slot.EMPTY and not lane.leave and not gone(lane) for lane in s.lanes) < unfinished(s)


def was_told_or_signalled(k: Bounds, s: State, i: int) -> bool:
    """As ``was_told_to_end`` was at first."""
    lane = s.lanes[i]
    return supervisor.was_told_to_end(k, s, i) and (lane.signal != Signal.NONE or lane.stop == Mark.NOBODY)


def was_neither_told_nor_signalled(k: Bounds, s: State, i: int) -> bool:
    return not was_told_or_signalled(k, s, i)


def counts_only_ready_workers(k: Bounds, s: State, _i: int) -> bool:
    return sum(lane.slot == Slot.READY for lane in s.lanes) < k.allowed


def counts_no_starts(_k: Bounds, s: State, _i: int) -> bool:
    return all(lane.slot in (Slot.EMPTY, Slot.STARTING) for lane in s.lanes)


def pipes_are_at_their_end(_k: Bounds, s: State, i: int) -> bool:
    return gone(s.lanes[i]) and not s.lanes[i].held


def exit_status_is_there(_k: Bounds, s: State, i: int) -> bool:
    return gone(s.lanes[i]) and not s.lanes[i].stolen


def takes_a_torn_answer(k: Bounds, s: State, i: int) -> State:
    lane = s.lanes[i]
    if lane.answers[0] != Mark.TORN:
        return manager.takes_an_answer(k, s, i)
    s = with_lane(s, i, lane._replace(answers=lane.answers[1:], book=without(lane.book, (lane.running,))))
    return settled(s, lane.running, End.SUCCEEDED)


def is_open(_k: Bounds, s: State, _i: int) -> bool:
    return s.level == ShutdownLevel.OPEN and not s.broken


def was_asked_to_kill(_k: Bounds, s: State, _i: int) -> bool:
    return s.level == ShutdownLevel.KILL


def was_asked_to_terminate(_k: Bounds, s: State, _i: int) -> bool:
    return s.level == ShutdownLevel.TERMINATE or s.broken


def all_is_settled(_k: Bounds, s: State, _c: int) -> bool:
    return s.level > ShutdownLevel.OPEN and not s.inbox and unfinished(s) == 0


def all_is_settled_once_asked_before(_k: Bounds, s: State, c: int) -> bool:
    return s.manager == Manager.ENDED or s.clients[c].call > 0
