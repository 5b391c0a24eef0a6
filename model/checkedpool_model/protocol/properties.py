"""What must hold in every state of every scope, each claim with its witness: a state in which it is about something.

Decides: the claims of the protocol. Must not know: how the actions bring them about; a claim reads the state only.
"""

from checkedpool_model.checker.system import Always, OnStep
from checkedpool_model.protocol.bounds import Bounds, Cancel, Kind, Start, Stop, Submit
from checkedpool_model.protocol.state import (
    Budget,
    End,
    Full,
    Handed,
    Job,
    Lane,
    Manager,
    Mark,
    Note,
    Signal,
    Slot,
    State,
    Step,
    Worker,
    alive,
    gone,
)
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel

__all__ = ["ALWAYS", "ON_STEP", "terminal"]


def terminal(k: Bounds, s: State) -> bool:
    """It is right that nothing happens any more.

    Every client has made all its calls and the manager has ended; or the parent is dead and so are its workers. The
    calls of a callback that is never called in a thread of the pool (a canceller has called it) are not made.
    """
    if s.manager == Manager.DEAD:
        return not any(alive(lane) for lane in s.lanes)
    return s.manager == Manager.ENDED and all(
        client.step == Step.FINISHED or _is_never_called(k, s, c) for c, client in enumerate(s.clients)
    )


def _is_never_called(k: Bounds, s: State, c: int) -> bool:
    t = k.callback_of(c)
    return t != Mark.NOBODY and s.clients[c].call == 0 and s.tasks[t].end in (End.CANCELLED, End.OPEN)


# --- futures ----------------------------------------------------------------------------------------------------------


def future_ends_at_most_once(_k: Bounds, s: State) -> bool:
    """No future is ended twice (C-01)."""
    return all(task.end != End.TWICE for task in s.tasks)


def a_future_ends(_k: Bounds, s: State) -> bool:
    """Some future has an end."""
    return any(task.end != End.OPEN for task in s.tasks)


def ended_future_is_notified(_k: Bounds, s: State) -> bool:
    """Whoever waits for a future is notified when it ends, a cancelled one included (C-06, C-07)."""
    return all(task.notified for task in s.tasks if task.end != End.OPEN)


def a_future_is_cancelled(_k: Bounds, s: State) -> bool:
    """Some future was cancelled."""
    return any(task.end == End.CANCELLED for task in s.tasks)


def accepted_future_ends_with_the_pool(_k: Bounds, s: State) -> bool:
    """When the manager has ended, every future that was handed out is done (C-01)."""
    return s.manager != Manager.ENDED or all(task.end != End.OPEN for task in s.tasks if task.handed == Handed.RETURNED)


def the_manager_ends(_k: Bounds, s: State) -> bool:
    """The manager has ended and a future was handed out."""
    return s.manager == Manager.ENDED and any(task.handed == Handed.RETURNED for task in s.tasks)


def outcome_is_an_answers(_k: Bounds, s: State) -> bool:
    """A value is one that a worker has written whole (C-02)."""
    return all(task.answered for task in s.tasks if task.end == End.SUCCEEDED)


def a_task_succeeds(_k: Bounds, s: State) -> bool:
    """Some future has a value."""
    return any(task.end == End.SUCCEEDED for task in s.tasks)


def answered_task_is_not_blamed(_k: Bounds, s: State) -> bool:
    """What a worker answered before it died counts (C-78)."""
    return not any(task.answered for task in s.tasks if task.end == End.BLAMED)


def an_answer_is_left_by_the_dead(_k: Bounds, s: State) -> bool:
    """Some worker has died with an answer of it unread."""
    return any(gone(lane) and any(answer >= 0 for answer in lane.answers) for lane in s.lanes)


# --- user code --------------------------------------------------------------------------------------------------------


def the_end_comes_after_user_code(_k: Bounds, s: State) -> bool:
    """When the manager has ended, every callback that ran in a thread of the pool has returned (C-48)."""
    return s.manager != Manager.ENDED or not (s.jobs or any(t != Mark.NOBODY for t in s.threads))


def user_code_runs_at_the_end(_k: Bounds, s: State) -> bool:
    """Some job is under way when nothing else keeps the manager from ending."""
    busy = any(t != Mark.NOBODY for t in s.threads)
    return busy and s.level >= ShutdownLevel.DRAIN and all(lane.slot == Slot.EMPTY for lane in s.lanes)


def callback_is_called_once(_k: Bounds, s: State) -> bool:
    """Each callback is called once, and when the manager has ended none is left to call (C-08)."""
    if any(task.called > 1 for task in s.tasks):
        return False
    ended = (task for task in s.tasks if task.handed == Handed.RETURNED and task.has_callback)
    return s.manager != Manager.ENDED or all(task.called for task in ended)


def a_callback_is_called(_k: Bounds, s: State) -> bool:
    """Some user-code thread is at a callback."""
    return any(t != Mark.NOBODY and s.tasks[t].job == Job.CALL for t in s.threads)


def told_before_called(_k: Bounds, s: State) -> bool:
    """A callback is called when its future has ended and its waiters were notified (C-13)."""
    return all(task.end != End.OPEN and task.notified for task in s.tasks if task.job == Job.CALL or task.called)


# --- begin and cancel -------------------------------------------------------------------------------------------------


def task_begins_at_most_once(_k: Bounds, s: State) -> bool:
    """No task is begun twice, by whichever workers (C-03)."""
    return all(task.begun <= 1 for task in s.tasks)


def a_task_begins(_k: Bounds, s: State) -> bool:
    """Some worker has begun a task."""
    return any(task.begun for task in s.tasks)


def cancelled_task_never_begins(_k: Bounds, s: State) -> bool:
    """cancel() succeeds only if no worker has begun the task, and then none ever does (C-05)."""
    return all(not task.begun for task in s.tasks if task.end == End.CANCELLED)


def stopped_task_had_begun(_k: Bounds, s: State) -> bool:
    """Only what a worker has begun is stopped: before that it is cancelled (C-111)."""
    return all(task.begun for task in s.tasks if task.end == End.STOPPED)


def a_task_is_stopped(_k: Bounds, s: State) -> bool:
    """Some task was stopped."""
    return any(task.end == End.STOPPED for task in s.tasks)


def refused_task_never_begins(_k: Bounds, s: State) -> bool:
    """A submit() that raised runs nothing (C-18)."""
    return all(not task.begun and task.end == End.OPEN for task in s.tasks if task.handed == Handed.RAISED)


def a_task_is_refused(_k: Bounds, s: State) -> bool:
    """Some submit() raised."""
    return any(task.handed == Handed.RAISED for task in s.tasks)


def ended_task_has_no_ticket(_k: Bounds, s: State) -> bool:
    """No ticket in a socket is for a task whose future has ended: no worker can begin it."""
    return all(s.tasks[t].end == End.OPEN for lane in s.lanes for t in lane.tickets if t >= 0)


def a_ticket_is_out(_k: Bounds, s: State) -> bool:
    """Some ticket lies in a socket."""
    return any(t >= 0 for lane in s.lanes for t in lane.tickets)


def is_refused_only_if_shut(_k: Bounds, before: State, _after: State, _c: int) -> bool:
    """submit() refuses only if the executor is closed or broken (C-17, C-18)."""
    return before.closed or before.broken


def cancel_finds_an_end_that_is_there(k: Bounds, before: State, _after: State, c: int) -> bool:
    """When cancel() says that the future has ended, it has (C-05)."""
    call = k.script[c][before.clients[c].call]
    return not isinstance(call, Cancel | Stop) or before.tasks[call.task].end != End.OPEN


def cancel_fails_only_if_begun(k: Bounds, before: State, _after: State, c: int) -> bool:
    """When cancel() concludes that a worker has begun the task, a worker has (C-05)."""
    call = k.script[c][before.clients[c].call]
    return not isinstance(call, Cancel | Stop) or bool(before.tasks[call.task].begun)


def nothing_to_cancel_is_no_future(k: Bounds, before: State, _after: State, c: int) -> bool:
    """cancel() has nothing to do only where submit() handed out no future (C-05)."""
    call = k.script[c][before.clients[c].call]
    return not isinstance(call, Cancel | Stop) or before.tasks[call.task].handed in (Handed.RAISED, Handed.LOST)


def cancel_leaves_what_is_answered(k: Bounds, before: State, _after: State, c: int) -> bool:
    """When cancel() leaves a task to whoever rebuilds its value, a worker has answered (C-05)."""
    call = k.script[c][before.clients[c].call]
    return not isinstance(call, Cancel | Stop) or before.tasks[call.task].answered


def cancel_starts_again_where_it_moved(k: Bounds, before: State, _after: State, c: int) -> bool:
    """cancel() starts again only if its task has left the lane that it looked at: no round is in vain (P-22)."""
    call = k.script[c][before.clients[c].call]
    return not isinstance(call, Cancel | Stop) or call.task not in before.lanes[before.clients[c].lane].book


def what_is_over_has_its_outcome(k: Bounds, _before: State, after: State, c: int) -> bool:
    """Each submit() before the call that comes next has handed out a future, raised, or was interrupted (P-14)."""
    over = k.script[c][: after.clients[c].call]
    return all(after.tasks[call.task].handed != Handed.NOT_YET for call in over if isinstance(call, Submit))


def is_cancelled_on_request(_k: Bounds, before: State, _after: State, _t: int) -> bool:
    """The manager cancels only if somebody has asked for it (C-45, C-46)."""
    return before.asked >= ShutdownLevel.CANCEL


def only_the_bad_fail_to_pickle(k: Bounds, before: State, _after: State, i: int) -> bool:
    """A future fails in pickling only if its arguments cannot be pickled (C-20)."""
    return k.kind(before.threads[i]) == Kind.LATE_BAD


# --- one place for each task, one begun task for each worker ----------------------------------------------------------


def task_is_in_one_place(_k: Bounds, s: State) -> bool:
    """A task not begun is in the shared table, or in one socket, or in one return buffer."""
    places = [t for lane in s.lanes for t in (*lane.tickets, *lane.returned) if t >= 0]
    places += [t for t, task in enumerate(s.tasks) if task.unclaimed]
    return len(places) == len(set(places))


def a_ticket_is_returned(_k: Bounds, s: State) -> bool:
    """Some ticket lies in a return buffer."""
    return any(t >= 0 for lane in s.lanes for t in lane.returned)


def books_show_what_runs(_k: Bounds, s: State) -> bool:
    """What is booked, not out, not returned and not answered is what the worker runs, or died of: at most one task."""
    for lane in s.lanes:
        if not lane.book:
            continue
        left = [t for t in lane.book if t not in lane.tickets and t not in lane.returned and t not in lane.answers]
        if left != [lane.running] * (lane.running != Mark.NOBODY):
            return False
    return True


def a_worker_runs_with_more_ahead(_k: Bounds, s: State) -> bool:
    """Some worker runs a task while another is booked to it."""
    return any(lane.running >= 0 and len(lane.book) > 1 for lane in s.lanes)


# --- requests ---------------------------------------------------------------------------------------------------------


def strongest_request_wins(_k: Bounds, s: State) -> bool:
    """When the manager has read all requests, it acts on the strongest (C-43)."""
    if s.level == s.asked or s.manager == Manager.ENDED:
        return True
    return any(message.note == Note.REQUESTED for message in s.inbox)


def requests_differ(_k: Bounds, s: State) -> bool:
    """Some request is weaker than one before it."""
    return any(message.note == Note.REQUESTED and message.number < s.asked for message in s.inbox)


def returns_when_all_is_over(_k: Bounds, before: State, _after: State, _c: int) -> bool:
    """shutdown(wait=True) returns only when all is settled and every worker is reaped (C-48)."""
    settled = all(task.end != End.OPEN and task.notified for task in before.tasks if task.handed == Handed.RETURNED)
    return settled and all(_is_empty(lane) for lane in before.lanes)


def only_a_callback_leaves_its_wait(k: Bounds, before: State, _after: State, c: int) -> bool:
    """shutdown(wait=True) comes back early only in a callback of the pool (C-49)."""
    return k.callback_of(c) != Mark.NOBODY and before.clients[c].step == Step.WAITING


def _is_empty(lane: Lane) -> bool:
    return lane.slot == Slot.EMPTY and not alive(lane) and not gone(lane)


# --- deaths -----------------------------------------------------------------------------------------------------------


def death_is_blamed_once(k: Bounds, s: State) -> bool:
    """Unless workers were told to end, there are never more blamed tasks than workers that crashed (C-79)."""
    if s.asked >= ShutdownLevel.TERMINATE:
        return True
    return sum(task.end == End.BLAMED for task in s.tasks) <= _deaths(k.budget) - _deaths(s.budget)


def _deaths(budget: Budget) -> int:
    return budget.crashes + budget.tears


def a_task_is_blamed(_k: Bounds, s: State) -> bool:
    """Some task is blamed."""
    return any(task.end == End.BLAMED for task in s.tasks)


def blamed_task_had_begun(_k: Bounds, s: State) -> bool:
    """The task that a death is blamed on is the one that the worker had begun (C-79)."""
    return all(task.begun for task in s.tasks if task.end == End.BLAMED)


def end_is_blamed_on_what_ran(_k: Bounds, before: State, _after: State, i: int) -> bool:
    """What a worker's end is blamed on is what it ran when it ended, if it ran anything (C-79)."""
    lane = before.lanes[i]
    ran = () if lane.running == Mark.NOBODY else (lane.running,)
    return lane.book == ran or (before.broken and not lane.book)


def only_the_ended_is_reaped(_k: Bounds, before: State, _after: State, i: int) -> bool:
    """A worker is reaped, and its lane given away, only when its process has ended (C-66, C-96)."""
    return gone(before.lanes[i])


def a_cancel_outlasts_a_death(_k: Bounds, before: State, _after: State, _t: int) -> bool:
    """A task not begun when a cancel request is carried out ends cancelled, whatever dies after (C-88)."""
    return before.level < ShutdownLevel.CANCEL


def one_worker_begins_in_order(k: Bounds, before: State, _after: State, i: int) -> bool:
    """With one worker, tasks of one thread begin in the order of submission; not those pickled late (C-22).

    One of lower priority does not hold up one that comes after it (C-156).
    """
    t = before.lanes[i].tickets[0]
    return k.most > 1 or all(
        task.begun or task.end != End.OPEN or k.is_late(earlier) or k.priority(earlier) < k.priority(t)
        for earlier, task in enumerate(before.tasks[:t])
        if task.handed == Handed.RETURNED and k.submitter(earlier) == k.submitter(t)
    )


def what_begins_can_be_pickled(k: Bounds, before: State, _after: State, i: int) -> bool:
    """A task whose arguments cannot be pickled, early or late, never begins (C-20)."""
    t = before.lanes[i].tickets[0]
    return t < 0 or k.kind(t) not in (Kind.BAD_ARGUMENT, Kind.LATE_BAD)


def replacing_spares_the_others(k: Bounds, s: State) -> bool:
    """Under "replace" only the blamed task fails, unless the pool broke or was told to terminate (C-84)."""
    if k.policy != DeathPolicy.REPLACE or s.broken or s.asked >= ShutdownLevel.TERMINATE:
        return True
    return all(task.end != End.BROKEN for task in s.tasks)


def a_death_is_survived(k: Bounds, s: State) -> bool:
    """Under "replace" some task succeeds after another was blamed."""
    if k.policy != DeathPolicy.REPLACE or s.broken:
        return False
    return a_task_is_blamed(k, s) and any(task.end == End.SUCCEEDED for task in s.tasks)


def a_row_of_deaths_breaks_the_pool(k: Bounds, s: State) -> bool:
    """While no task has been answered, no more are blamed than deaths in a row are survived (C-135)."""
    if k.restarts is None or s.broken or s.asked >= ShutdownLevel.TERMINATE or any(task.answered for task in s.tasks):
        return True
    return sum(task.end == End.BLAMED for task in s.tasks) <= k.restarts


def a_row_of_deaths_is_too_long(k: Bounds, s: State) -> bool:
    """More workers have died in a row than may."""
    return k.restarts is not None and s.deaths > k.restarts


def a_death_breaks_only_in_its_row(k: Bounds, before: State, after: State, i: int) -> bool:
    """Under "replace" a death breaks the pool as one too many in a row, or as a start too many (C-84, C-135)."""
    if not after.broken or k.policy != DeathPolicy.REPLACE:
        return True
    return before.deaths == k.restarts or (before.lanes[i].slot != Slot.READY and after.failures == k.patience)


def an_answer_ends_the_row(_k: Bounds, before: State, after: State, i: int) -> bool:
    """Once a task was answered, deaths are counted from the beginning (C-135)."""
    return before.lanes[i].answers[0] not in before.lanes[i].book or after.deaths == 0


# --- workers ----------------------------------------------------------------------------------------------------------


def who_runs_something_else_is_spared(_k: Bounds, before: State, _after: State, i: int) -> bool:
    """A worker is ended before its time only where it runs what is to be stopped, or nothing (C-112)."""
    lane = before.lanes[i]
    if before.level >= ShutdownLevel.TERMINATE or before.broken or lane.leave:
        return True
    return lane.running in (lane.stop, Mark.NOBODY)


def what_is_to_be_stopped_is_not_blamed(_k: Bounds, before: State, _after: State, i: int) -> bool:
    """No death is charged of a worker that is to be stopped at its task, whatever it ended of (C-112)."""
    return before.lanes[i].stop == Mark.NOBODY


def stop_finds_an_end_that_is_there(k: Bounds, before: State, _after: State, c: int) -> bool:
    """A call that stops a task comes too late only if its future has ended (C-111)."""
    call = k.script[c][before.clients[c].call]
    return isinstance(call, Stop) and before.tasks[call.task].end != End.OPEN


def never_more_workers_than_allowed(k: Bounds, s: State) -> bool:
    """Processes that exist, and starts under way, are never more than max_workers, or than that was (C-66, C-160)."""
    there = sum(lane.slot != Slot.EMPTY or alive(lane) for lane in s.lanes)
    return there <= k.allowed or there <= k.most


def no_start_makes_one_too_many(k: Bounds, _before: State, after: State, _i: int) -> bool:
    """Where more workers were allowed once, none is started beside as many as are allowed now (C-160)."""
    return after.size == k.most or sum(lane.slot != Slot.EMPTY for lane in after.lanes) <= after.size


def the_size_is_what_was_asked_for(_k: Bounds, before: State, after: State, _i: int) -> bool:
    """As many workers are allowed as the client said whose number was taken in last (C-160)."""
    return [message.number for message in before.inbox if message.note == Note.RESIZED][:1] == [after.size]


def who_is_dismissed_is_too_many(_k: Bounds, before: State, after: State, _i: int) -> bool:
    """Who is dismissed was to remain, and no fewer remain than are allowed (C-161)."""
    return _remaining(before) > _remaining(after) >= after.size


def who_asks_for_a_size_is_asked_for_one(_k: Bounds, before: State, _after: State, c: int) -> bool:
    """A size is asked for by a call that is to do so (C-160)."""
    return before.clients[c].step == Step.RESIZING


def a_size_is_refused_only_if_shut(_k: Bounds, before: State, _after: State, c: int) -> bool:
    """resize() refuses only if the executor is closed or broken (C-162)."""
    return before.clients[c].step == Step.RESIZING and (before.closed or before.broken)


def who_is_dismissed_is_dealt_nothing(_k: Bounds, before: State, _after: State, i: int) -> bool:
    """A worker that is to leave since it is one too many gets no further task (C-161)."""
    return before.lanes[i].full != Full.DISMISSED


def _remaining(s: State) -> int:
    staying = (lane for lane in s.lanes if lane.slot != Slot.EMPTY and not lane.leave and lane.signal == Signal.NONE)
    return sum(lane.full != Full.DISMISSED and not gone(lane) for lane in staying)


def none_too_many_remains(_k: Bounds, s: State) -> bool:
    """When nothing wakes the manager, none too many remains; who leaves runs something, or has its order (C-161)."""
    if s.manager != Manager.ASLEEP or s.inbox or any(lane.answers or gone(lane) for lane in s.lanes):
        return True
    dismissed = [lane for lane in s.lanes if lane.full == Full.DISMISSED and lane.slot >= Slot.UP and not lane.leave]
    return _remaining(s) <= s.size and all(lane.book and not _ahead(lane) for lane in dismissed)


def a_worker_is_dismissed(_k: Bounds, s: State) -> bool:
    """Some worker was one too many."""
    return any(lane.full == Full.DISMISSED for lane in s.lanes)


def a_worker_is_started_for_a_task(_k: Bounds, before: State, _after: State, _i: int) -> bool:
    """A worker is started only if fewer can still run a task than there are tasks, but for stopped ones (C-67)."""
    kept = [lane for lane in before.lanes if lane.signal == Signal.NONE]
    can_run = sum(lane.slot != Slot.EMPTY and not lane.leave and not gone(lane) for lane in kept)
    tasks = {t for t, task in enumerate(before.tasks) if task.pending or task.job == Job.PICKLE}
    return can_run < len(tasks.union(*({*lane.book} - {lane.stop} for lane in kept)))


def is_told_to_leave_once(_k: Bounds, before: State, _after: State, i: int) -> bool:
    """No worker has two orders to leave, in its socket and its return buffer together (P-53)."""
    return Mark.LEAVE not in (*before.lanes[i].tickets, *before.lanes[i].returned)


def who_is_let_go_is_idle(_k: Bounds, before: State, _after: State, i: int) -> bool:
    """A worker that leaves since it was idle is ready and runs nothing, and no ticket is on its way (C-158)."""
    lane = before.lanes[i]
    return lane.slot == Slot.READY and lane.running == Mark.NOBODY and not lane.tickets + lane.returned


def as_many_stay_as_must(k: Bounds, _before: State, after: State, _i: int) -> bool:
    """No worker is let go as idle if fewer than min_workers would stay (C-159)."""
    return _staying(after) >= k.min_workers


def who_is_let_go_is_not_wanted(_k: Bounds, before: State, after: State, _i: int) -> bool:
    """No worker is let go as idle for which another one would have to be started (C-158)."""
    tasks = {t for t, task in enumerate(before.tasks) if task.pending or task.job == Job.PICKLE}
    kept = [lane for lane in before.lanes if lane.signal == Signal.NONE]
    return _staying(after) >= len(tasks.union(*({*lane.book} - {lane.stop} for lane in kept)))


def _staying(s: State) -> int:
    there = (lane for lane in s.lanes if lane.slot != Slot.EMPTY and not lane.leave and lane.signal == Signal.NONE)
    return sum(lane.full != Full.DISMISSED for lane in there)


def its_process_is_known(_k: Bounds, before: State, _after: State, i: int) -> bool:
    """The manager lets go, signals and reaps only processes that it was told of (P-51)."""
    return before.lanes[i].slot >= Slot.UP


def a_thread_is_added_beside_blocked_ones(k: Bounds, before: State, _after: State, _i: int) -> bool:
    """There is one more user-code thread only beside callbacks that block (P-66)."""
    return all(t in k.blocking for t in before.threads)


def an_end_is_final(_k: Bounds, before: State, _after: State, _i: int) -> bool:
    """A manager that has ended never wakes again (C-96)."""
    return before.manager not in (Manager.ENDED, Manager.DEAD)


def all_allowed_workers_are_there(k: Bounds, s: State) -> bool:
    """As many workers as are allowed exist, and they were added on demand."""
    return k.start == Start.ON_DEMAND and sum(lane.slot != Slot.EMPTY for lane in s.lanes) == k.allowed


def task_limit_is_kept(k: Bounds, s: State) -> bool:
    """No worker is dealt more tasks than it may run (C-73)."""
    return k.task_limit is None or all(lane.dealt <= k.task_limit for lane in s.lanes)


def a_worker_is_spent(k: Bounds, s: State) -> bool:
    """Some worker has been dealt all that it may run."""
    return k.task_limit is not None and any(lane.dealt == k.task_limit for lane in s.lanes)


def who_is_full_begins_nothing(_k: Bounds, s: State) -> bool:
    """A worker that has said that its memory is over the limit begins no further task (C-151)."""
    return not any(lane.full == Full.MEMORY and lane.worker == Worker.RUNNING for lane in s.lanes)


def a_worker_is_full(_k: Bounds, s: State) -> bool:
    """Some worker's memory is over the limit."""
    return any(lane.full == Full.MEMORY for lane in s.lanes)


def nothing_outlives_the_pool(_k: Bounds, s: State) -> bool:
    """When the manager has ended there is no process, running or unreaped, and no start under way (C-96)."""
    return s.manager != Manager.ENDED or all(_is_empty(lane) for lane in s.lanes)


def a_manager_without_lanes_ends(_k: Bounds, s: State) -> bool:
    """The manager has ended."""
    return s.manager == Manager.ENDED


def no_task_waits_beside_an_idle_worker(_k: Bounds, s: State) -> bool:
    """When nothing wakes the manager, no task waits, in its list or behind another, while a worker is idle (C-23)."""
    if s.manager != Manager.ASLEEP or s.inbox or any(lane.answers or gone(lane) for lane in s.lanes):
        return True
    idle = (lane for lane in s.lanes if lane.slot == Slot.READY and not lane.book and not lane.leave)
    if all(lane.full == Full.DISMISSED for lane in idle):
        return True
    waiting = any(task.pending and task.unclaimed for task in s.tasks)
    return not waiting and not any(lane.running >= 0 and any(t >= 0 for t in lane.tickets) for lane in s.lanes)


def a_manager_sleeps_beside_work(_k: Bounds, s: State) -> bool:
    """The manager sleeps while one worker runs and another is idle."""
    idle = any(lane.slot == Slot.READY and not lane.book for lane in s.lanes)
    return s.manager == Manager.ASLEEP and idle and any(lane.running >= 0 for lane in s.lanes)


def _ahead(lane: Lane) -> list[int]:
    """The tasks whose tickets are out behind what the worker runs, or is to take first."""
    return [t for t in lane.tickets if t in lane.book[1:]]


def nothing_lower_goes_first(k: Bounds, s: State) -> bool:
    """What is sent ahead stands by priority; and when nothing wakes the manager, nothing higher waits (C-157)."""
    if not k.priorities:
        return True
    ahead = [[k.priority(t) for t in _ahead(lane)] for lane in s.lanes if not gone(lane)]
    if any(ranks != sorted(ranks, reverse=True) for ranks in ahead):
        return False
    if s.manager != Manager.ASLEEP or s.inbox or any(lane.answers or gone(lane) for lane in s.lanes):
        return True
    highest = max((k.priority(t) for t, task in enumerate(s.tasks) if task.pending and task.unclaimed), default=None)
    return highest is None or all(ranks[-1] >= highest for ranks in ahead if ranks)


def something_higher_goes_first(k: Bounds, s: State) -> bool:
    """Something is sent ahead of a worker, and what was submitted before it and has a lower priority waits."""
    return any(
        task.pending and k.priority(t) < k.priority(later)
        for lane in s.lanes for later in _ahead(lane) for t, task in enumerate(s.tasks[:later])
    )  # fmt: skip


def the_highest_is_issued(k: Bounds, before: State, after: State, i: int) -> bool:
    """Whatever the manager issues, nothing that it could have claimed has a higher priority (C-156)."""
    issued = after.lanes[i].book[-1]
    return not any(
        task.pending and task.unclaimed and k.priority(t) > k.priority(issued) for t, task in enumerate(before.tasks)
    )


# --- the lists --------------------------------------------------------------------------------------------------------

DEATHS = ("tasks", "broken", "asked", "budget", "deaths")
AT_THE_END = ("lanes", "manager", "jobs", "threads", "level")
CALLBACKS = ("tasks", "threads", "manager")
WORK = ("lanes", "tasks", "inbox", "manager", "size")
"""What claims read of which several read the like: they are asked together, once for each value of these fields."""

ALWAYS: tuple[Always[Bounds, State], ...] = tuple(
    Always(holds.__name__, holds, sometimes, reads)
    for reads, holds, sometimes in (
        (("tasks",), future_ends_at_most_once, a_future_ends),
        (("tasks",), ended_future_is_notified, a_future_is_cancelled),
        (("tasks",), task_begins_at_most_once, a_task_begins),
        (("tasks",), cancelled_task_never_begins, a_future_is_cancelled),
        (("tasks",), stopped_task_had_begun, a_task_is_stopped),
        (("tasks",), refused_task_never_begins, a_task_is_refused),
        (("tasks",), blamed_task_had_begun, a_task_is_blamed),
        (DEATHS, death_is_blamed_once, a_task_is_blamed),
        (("tasks", "lanes"), ended_task_has_no_ticket, a_ticket_is_out),
        (("tasks", "lanes"), task_is_in_one_place, a_ticket_is_returned),
        (("lanes",), books_show_what_runs, a_worker_runs_with_more_ahead),
        (("lanes",), never_more_workers_than_allowed, all_allowed_workers_are_there),
        (("lanes",), task_limit_is_kept, a_worker_is_spent),
        (("lanes",), who_is_full_begins_nothing, a_worker_is_full),
        (AT_THE_END, nothing_outlives_the_pool, a_manager_without_lanes_ends),
        (("tasks",), outcome_is_an_answers, a_task_succeeds),
        (("tasks", "lanes"), answered_task_is_not_blamed, an_answer_is_left_by_the_dead),
        (AT_THE_END, the_end_comes_after_user_code, user_code_runs_at_the_end),
        (CALLBACKS, callback_is_called_once, a_callback_is_called),
        (CALLBACKS, told_before_called, a_callback_is_called),
        (CALLBACKS, accepted_future_ends_with_the_pool, the_manager_ends),
        (DEATHS, replacing_spares_the_others, a_death_is_survived),
        (DEATHS, a_row_of_deaths_breaks_the_pool, a_row_of_deaths_is_too_long),
        (("level", "asked", "manager", "inbox"), strongest_request_wins, requests_differ),
        (WORK, no_task_waits_beside_an_idle_worker, a_manager_sleeps_beside_work),
        (WORK, nothing_lower_goes_first, something_higher_goes_first),
        (WORK, none_too_many_remains, a_worker_is_dismissed),
    )
)

ON_STEP: tuple[OnStep[Bounds, State], ...] = (
    OnStep("is_refused_only_if_shut", "ClientIsRefused", is_refused_only_if_shut),
    OnStep("is_withdrawn_only_if_shut", "ClientWithdraws", is_refused_only_if_shut),
    OnStep("cancel_finds_an_end_that_is_there", "ClientFindsItEnded", cancel_finds_an_end_that_is_there),
    OnStep("cancel_fails_only_if_begun", "ClientFindsItBegun", cancel_fails_only_if_begun),
    OnStep("death_is_blamed_on_what_ran", "ManagerBlamesTask", end_is_blamed_on_what_ran),
    OnStep("ordered_end_is_blamed_on_what_ran", "ManagerReaps", end_is_blamed_on_what_ran),
    OnStep("only_the_ended_is_reaped", "ManagerReaps", only_the_ended_is_reaped),
    OnStep("a_death_is_an_end", "ManagerBlamesTask", only_the_ended_is_reaped),
    OnStep("a_cancel_outlasts_a_death", "ManagerBreaks", a_cancel_outlasts_a_death),
    OnStep("one_worker_begins_in_order", "WorkerBegins", one_worker_begins_in_order),
    OnStep("what_begins_can_be_pickled", "WorkerBegins", what_begins_can_be_pickled),
    OnStep("wait_returns_when_all_is_over", "ClientReturns", returns_when_all_is_over),
    OnStep("nothing_to_cancel_is_no_future", "ClientHasNothingToCancel", nothing_to_cancel_is_no_future),
    OnStep("cancel_leaves_what_is_answered", "ClientFindsItAnswered", cancel_leaves_what_is_answered),
    OnStep("cancel_finds_the_end_of_meanwhile", "ClientFindsItEndedMeanwhile", cancel_finds_an_end_that_is_there),
    OnStep("only_a_callback_leaves_its_wait", "ClientDoesNotWaitForItself", only_a_callback_leaves_its_wait),
    OnStep("is_cancelled_on_request", "ManagerCancels", is_cancelled_on_request),
    OnStep("a_cancel_outlasts_a_death_while_pickled", "ManagerBreaksWhatIsDeferred", a_cancel_outlasts_a_death),
    OnStep("a_worker_is_started_for_a_task", "ManagerAsksForStart", a_worker_is_started_for_a_task),
    OnStep("no_start_makes_one_too_many", "ManagerAsksForStart", no_start_makes_one_too_many),
    OnStep("who_asks_for_a_size_is_asked_for_one", "ClientResizes", who_asks_for_a_size_is_asked_for_one),
    OnStep("a_size_is_refused_only_if_shut", "ClientIsRefusedASize", a_size_is_refused_only_if_shut),
    OnStep("the_size_is_what_was_asked_for", "ManagerTakesSize", the_size_is_what_was_asked_for),
    OnStep("who_is_dismissed_is_too_many", "ManagerDismisses", who_is_dismissed_is_too_many),
    OnStep("who_is_dismissed_is_dealt_nothing", "ManagerIssues", who_is_dismissed_is_dealt_nothing),
    OnStep("is_told_to_leave_once", "ManagerTellsToLeave", is_told_to_leave_once),
    OnStep("who_is_told_to_leave_is_known", "ManagerTellsToLeave", its_process_is_known),
    OnStep("who_is_let_go_is_idle", "ManagerLetsAnIdleWorkerGo", who_is_let_go_is_idle),
    OnStep("as_many_stay_as_must", "ManagerLetsAnIdleWorkerGo", as_many_stay_as_must),
    OnStep("who_is_let_go_is_not_wanted", "ManagerLetsAnIdleWorkerGo", who_is_let_go_is_not_wanted),
    OnStep("who_is_reaped_is_known", "ManagerReaps", its_process_is_known),
    OnStep("who_ignores_a_signal_is_known", "ManagerTerminatesInVain", its_process_is_known),
    OnStep("a_thread_is_added_beside_blocked_ones", "ManagerAddsThread", a_thread_is_added_beside_blocked_ones),
    OnStep("an_end_is_final_at_a_look", "ManagerLooksAgain", an_end_is_final),
    OnStep("cancel_starts_again_where_it_moved", "ClientStartsAgain", cancel_starts_again_where_it_moved),
    OnStep("who_runs_something_else_is_spared", "ManagerTerminates", who_runs_something_else_is_spared),
    OnStep("who_runs_something_else_is_not_killed", "ManagerKills", who_runs_something_else_is_spared),
    OnStep("a_death_breaks_only_in_its_row", "ManagerBlamesTask", a_death_breaks_only_in_its_row),
    OnStep("an_answer_ends_the_row", "ManagerTakesAnswer", an_answer_ends_the_row),
    OnStep("what_is_to_be_stopped_is_not_blamed", "ManagerBlamesTask", what_is_to_be_stopped_is_not_blamed),
    OnStep("stop_finds_an_end_that_is_there", "ClientComesTooLateToStop", stop_finds_an_end_that_is_there),
    OnStep("what_is_over_has_its_outcome", "ClientReturns", what_is_over_has_its_outcome),
    OnStep("the_highest_is_issued", "ManagerIssues", the_highest_is_issued),
    OnStep("only_the_bad_fail_to_pickle", "ThreadCannotPickle", only_the_bad_fail_to_pickle),
)
