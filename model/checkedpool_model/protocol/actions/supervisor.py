"""How the manager supervises its workers, sleeps and ends: starts, orders to leave, signals, deaths.

Decides: when a process is started, told to leave, terminated, killed, reaped; what its death costs; when the manager
may sleep and when it may end. Must not know: which task goes to which lane (``manager``).

Time is not in the model: a limit passes over a process that does not obey (it is stalled, it ignores SIGTERM), and over
no other.
"""
# ruff: noqa: D103 - the names of conjuncts and effects are sentences

from dataclasses import replace
from functools import lru_cache

from checkedpool_model.checker.system import Action, Conjunct, Fair, Seen, none_of
from checkedpool_model.protocol.actions.manager import (
    DRAIN,
    KILL,
    LANE,
    TAKING_IN,
    TASK,
    TERMINATE,
    ManagerAction,
    after_failure,
    ends_booked,
    every_lane_is_empty,
    has_a_process,
    has_no_answer,
    has_no_tickets_out,
    has_nothing_returned,
    inbox_is_empty,
    may_deal,
    row,
    some_calls_resize,
    taking_in,
)
from checkedpool_model.protocol.actions.manager import PLAN as PLAN_FOR_TASKS
from checkedpool_model.protocol.bounds import Bounds, Start
from checkedpool_model.protocol.state import (
    End,
    Full,
    Job,
    Lane,
    Manager,
    Mark,
    Signal,
    Slot,
    State,
    Worker,
    alive,
    goes_on,
    gone,
    is_full,
    remains,
    runs_what_is_to_stop,
    spent,
    stays,
    unfinished,
    wanted,
    with_lane,
)
from checkedpool_spec.vocabulary import DeathPolicy

# --- conjuncts: workers -----------------------------------------------------------------------------------------------


def is_not_leaving(_k: Bounds, s: State, i: int) -> bool:
    return not s.lanes[i].leave


def is_not_needed(k: Bounds, s: State, i: int) -> bool:
    """Whether the worker is to go in peace: it has had its share, or all is done and nobody asked for more haste."""
    if is_full(s.lanes[i]) or (k.task_limit is not None and s.lanes[i].dealt >= k.task_limit):
        return True
    return DRAIN <= s.level < TERMINATE and not s.broken and unfinished(s) == 0


def some_idle_ones_leave(k: Bounds, _s: State, _i: int) -> bool:
    return k.budget.idles > 0


def may_be_idle_for_too_long(_k: Bounds, s: State, _i: int) -> bool:
    return s.budget.idles > 0


def is_ready(_k: Bounds, s: State, i: int) -> bool:
    return s.lanes[i].slot == Slot.READY


def owes_nothing(_k: Bounds, s: State, i: int) -> bool:
    """Whether the manager's book of it is empty: no ticket can be out, or come back."""
    return not s.lanes[i].book


def more_stay_than_must(k: Bounds, s: State, _i: int) -> bool:
    """Whether without it there is still a worker for each task, and as many as stay anyway."""
    return sum(map(stays, s.lanes)) > max(wanted(s), k.min_workers)


def is_to_remain(_k: Bounds, s: State, i: int) -> bool:
    return remains(s.lanes[i])


def more_remain_than_are_allowed(_k: Bounds, s: State, _i: int) -> bool:
    """Whether one worker is too many, of those that are there or come and that are not to leave anyway."""
    return sum(map(remains, s.lanes)) > s.size


def is_to_be_terminated(_k: Bounds, s: State, i: int) -> bool:
    if s.level == TERMINATE or s.broken or s.lanes[i].worker == Worker.STALLED:  # its limit has passed
        return True
    return runs_what_is_to_stop(s.lanes[i])


def is_to_be_killed(_k: Bounds, s: State, i: int) -> bool:
    return s.level == KILL or s.lanes[i].signal == Signal.IGNORED  # its limit has passed


def was_sent_nothing(_k: Bounds, s: State, i: int) -> bool:
    return s.lanes[i].signal == Signal.NONE


def has_not_obeyed(_k: Bounds, s: State, i: int) -> bool:
    return s.lanes[i].signal != Signal.OBEYED


def some_are_deaf(k: Bounds, _s: State, _i: int) -> bool:
    return k.budget.deaf > 0


def may_be_deaf(_k: Bounds, s: State, i: int) -> bool:
    return s.budget.deaf > 0 and alive(s.lanes[i])


def has_ended(_k: Bounds, s: State, i: int) -> bool:
    return gone(s.lanes[i])


def was_told_to_end(_k: Bounds, s: State, i: int) -> bool:
    """Whether its end is no death: it was to end, for its task or with all, or was told to leave and owes nothing."""
    lane = s.lanes[i]
    was_to_stop = lane.signal != Signal.NONE or lane.stop != Mark.NOBODY
    return was_to_stop or s.broken or s.level >= TERMINATE or (lane.leave and not lane.book)


def ordered_end(s: State, i: int) -> End:
    """How a future ends whose worker was told to end while it ran the task."""
    if s.broken:
        return End.BROKEN
    return End.BLAMED if s.lanes[i].stop == Mark.NOBODY else End.STOPPED


def was_not_told_to_end(k: Bounds, s: State, i: int) -> bool:
    return not was_told_to_end(k, s, i)


def start_is_stuck(_k: Bounds, s: State, i: int) -> bool:
    """Whether it hangs: the limit for it passes."""
    return s.lanes[i].slot == Slot.STARTING and s.lanes[i].worker == Worker.STUCK


def some_starts_hang(k: Bounds, _s: State, _i: int) -> bool:
    return k.budget.hangs > 0


def adds_lanes(k: Bounds, _s: State, _i: int) -> bool:
    return k.start == Start.ON_DEMAND


def is_empty(_k: Bounds, s: State, i: int) -> bool:
    return s.lanes[i].slot == Slot.EMPTY


def one_more_is_allowed(_k: Bounds, s: State, _i: int) -> bool:
    return _in_use(s) < s.size


def one_more_is_needed(_k: Bounds, s: State, _i: int) -> bool:
    """Whether more tasks are to run than there are workers that can still run one."""
    return sum(map(goes_on, s.lanes)) < wanted(s)


def no_start_is_under_way(_k: Bounds, s: State, _i: int) -> bool:
    return all(lane.slot != Slot.STARTING for lane in s.lanes)


def _in_use(s: State) -> int:
    return sum(lane.slot != Slot.EMPTY for lane in s.lanes)


# --- conjuncts: sleep and end -----------------------------------------------------------------------------------------


def sleeps_at_all(k: Bounds, _s: State, _i: int) -> bool:
    return k.sleeps


def has_put_up_the_flag(_k: Bounds, s: State, _i: int) -> bool:
    return s.manager == Manager.ANNOUNCED


def is_asleep(_k: Bounds, s: State, _i: int) -> bool:
    return s.manager == Manager.ASLEEP


def inbox_is_not_empty(_k: Bounds, s: State, _i: int) -> bool:
    return bool(s.inbox)


def something_wakes_it(_k: Bounds, s: State, _i: int) -> bool:
    """The wake-up, an answer, the end of a process, or a limit that has passed."""
    return (
        s.wakeup
        or any(
            (lane.slot >= Slot.UP and (lane.answers or gone(lane)))
            or (lane.worker == Worker.STALLED and lane.signal == Signal.NONE)
            or (lane.worker == Worker.STUCK)
            or lane.signal == Signal.IGNORED
            for lane in s.lanes
        )
        or jobs_are_held_up(_k, s, _i)
        or an_idle_one_is_to_leave(_k, s)
    )


def an_idle_one_is_to_leave(k: Bounds, s: State) -> bool:
    """Whether a worker may be let go as idle: the limit for it passes."""
    return s.budget.idles > 0 and any(all(holds(k, s, i) for holds in IS_IDLE) for i in range(len(s.lanes)))


def some_callbacks_block(k: Bounds, _s: State, _i: int) -> bool:
    return bool(k.blocking)


def jobs_are_held_up(k: Bounds, s: State, _i: int) -> bool:
    """Whether jobs wait and every thread is at a callback that does not return: its limit for patience passes."""
    return bool(s.jobs) and all(t in k.blocking and s.tasks[t].job == Job.CALL for t in s.threads)


def no_job_is_owed(_k: Bounds, s: State, _i: int) -> bool:
    return not s.owed


def pool_is_to_end(_k: Bounds, s: State, _i: int) -> bool:
    return s.level >= DRAIN or s.broken


def nothing_is_unfinished(_k: Bounds, s: State, _i: int) -> bool:
    return unfinished(s) == 0


# --- effects: workers -------------------------------------------------------------------------------------------------


def asks_for_a_start(_k: Bounds, s: State, i: int) -> State:
    """The start thread is to start a worker for the lane."""
    return with_lane(s, i, Lane(slot=Slot.STARTING))


def tells_to_leave(_k: Bounds, s: State, i: int) -> State:
    """The order to leave stands behind the tickets."""
    lane = s.lanes[i]
    return with_lane(s, i, lane._replace(leave=True, tickets=(*lane.tickets, Mark.LEAVE)))


def dismisses(_k: Bounds, s: State, i: int) -> State:
    """Its worker is dealt nothing more; the order to leave follows when it has answered."""
    return with_lane(s, i, s.lanes[i]._replace(full=Full.DISMISSED))


def ends_by_signal(_k: Bounds, s: State, i: int) -> State:
    """The process is sent a signal and has ended.

    Sending and dying are one step. All that the worker could do in between it could as well do before, since a lane
    that was sent a signal gets no ticket any more.
    """
    return with_lane(s, i, s.lanes[i]._replace(signal=Signal.OBEYED, worker=Worker.ENDED))


def terminates_in_vain(_k: Bounds, s: State, i: int) -> State:
    """The process is sent SIGTERM, and ignores it."""
    s = spent(s, "deaf")
    return with_lane(s, i, s.lanes[i]._replace(signal=Signal.IGNORED))


def reaps(_k: Bounds, s: State, i: int) -> State:
    """What had begun, if anything, is stopped or blamed, or broken off if the pool is broken. The lane is empty."""
    return with_lane(ends_booked(s, i, ordered_end(s, i)), i, Lane())


def blames_the_task(k: Bounds, s: State, i: int) -> State:
    """What is left in the book is what the worker ran: it is blamed. The lane is empty. Then the policy."""
    was_ready = s.lanes[i].slot == Slot.READY
    s = with_lane(ends_booked(s, i, End.BLAMED), i, Lane())
    if k.policy == DeathPolicy.BREAK:
        return s._replace(broken=True)
    s = s if k.restarts is None else s._replace(deaths=s.deaths + 1, broken=s.deaths >= k.restarts)
    return s if was_ready else after_failure(k, s)


def lets_an_idle_one_go(k: Bounds, s: State, i: int) -> State:
    """The order to leave stands in the socket, and nothing before it."""
    return tells_to_leave(k, spent(s, "idles"), i)


# --- effects: sleep and end -------------------------------------------------------------------------------------------


def gives_up_the_start(k: Bounds, s: State, i: int) -> State:
    """The lane is empty. The pool breaks if that ends the patience with starts and no worker is left.

    What may still come of it is ended by the start thread, and is no worker of this pool.
    """
    return after_failure(k, with_lane(s, i, Lane()))


def adds_a_thread(_k: Bounds, s: State, _i: int) -> State:
    """There is one more user-code thread."""
    return s._replace(threads=(*s.threads, Mark.NOBODY))


def puts_up_the_flag(_k: Bounds, s: State, _i: int) -> State:
    """The flag is up."""
    return s._replace(manager=Manager.ANNOUNCED, asleep=True)


def goes_to_sleep(_k: Bounds, s: State, _i: int) -> State:
    """The manager waits."""
    return s._replace(manager=Manager.ASLEEP)


def wakes(_k: Bounds, s: State, _i: int) -> State:
    """The flag is down and the wake-up empty, in this order and before anything is read."""
    return s._replace(manager=Manager.AWAKE, asleep=False, wakeup=False)


def ends(_k: Bounds, s: State, _i: int) -> State:
    """The manager has ended."""
    return s._replace(manager=Manager.ENDED)


IS_IDLE = (is_ready, is_not_leaving, owes_nothing, more_stay_than_must)
"""What is asked of a worker that has been idle for too long."""

# --- the table --------------------------------------------------------------------------------------------------------

PLAN: tuple[ManagerAction, ...] = (
    *PLAN_FOR_TASKS,
    row("ManagerAsksForStart", LANE, "P-50", adds_lanes, may_deal, is_empty, one_more_is_allowed, one_more_is_needed,
        no_start_is_under_way, does=asks_for_a_start, to="starter"),
    row("ManagerDismisses", LANE, "P-58", some_calls_resize, is_to_remain, more_remain_than_are_allowed,
        does=dismisses),
    row("ManagerTellsToLeave", LANE, "P-53", has_a_process, is_not_leaving, was_sent_nothing, is_not_needed,
        does=tells_to_leave, to="worker {i}"),
    row("ManagerTerminates", LANE, "P-63", has_a_process, was_sent_nothing, is_to_be_terminated, does=ends_by_signal,
        to="worker {i}"),
    row("ManagerTerminatesInVain", LANE, "P-63", some_are_deaf, has_a_process, may_be_deaf, was_sent_nothing,
        is_to_be_terminated, does=terminates_in_vain, to="worker {i}"),
    row("ManagerKills", LANE, "P-63", has_a_process, has_not_obeyed, is_to_be_killed, does=ends_by_signal,
        to="worker {i}"),
    row("ManagerGivesUpStart", LANE, "P-54", some_starts_hang, start_is_stuck, does=gives_up_the_start),
    row("ManagerAddsThread", "", "P-66", some_callbacks_block, jobs_are_held_up, does=adds_a_thread),
    row("ManagerEnds", "", "P-65", pool_is_to_end, inbox_is_empty, nothing_is_unfinished, every_lane_is_empty,
        no_job_is_owed, does=ends, seen=Seen.OBSERVABLE),
)  # fmt: skip


def has_done_all(plan: tuple[ManagerAction, ...]) -> Conjunct[Bounds, State]:
    """The conjunct: nothing of this plan is possible."""

    def holds(k: Bounds, s: State, _i: int) -> bool:
        sizes = {"": 1, LANE: len(s.lanes), TASK: len(s.tasks)}
        return not any(action.enabled(k, s, at) for action in plan for at in range(sizes[action.over]))

    holds.__name__ = "has_done_all"
    return none_of(plan, holds)


@lru_cache(maxsize=4)
def of_one_piece(table: tuple[ManagerAction, ...]) -> tuple[ManagerAction, ...]:
    """A changed table in which the manager sleeps when it has done all of *its* plan, not of the one in this file."""
    names = {action.name for action in PLAN}
    conjunct = has_done_all(tuple(action for action in table if action.name in names))
    return tuple(
        replace(
            action, guard=tuple(conjunct if asked.__name__ == conjunct.__name__ else asked for asked in action.guard)
        )
        for action in table
    )


IDLE: tuple[ManagerAction, ...] = (
    row("ManagerLetsAnIdleWorkerGo", LANE, "P-55", some_idle_ones_leave, may_be_idle_for_too_long, *IS_IDLE,
        does=lets_an_idle_one_go, to="worker {i}", fair=Fair.NONE),
)  # fmt: skip
"""No part of the plan: the limit need not have passed when the manager goes to sleep."""

DEATHS: tuple[ManagerAction, ...] = (
    taking_in("ManagerReaps", LANE, "P-70", has_a_process, has_ended, has_no_answer, has_no_tickets_out,
        has_nothing_returned, was_told_to_end, does=reaps, seen=Seen.OBSERVABLE),
    taking_in("ManagerBlamesTask", LANE, "P-71", has_a_process, has_ended, has_no_answer, has_no_tickets_out,
        has_nothing_returned, was_not_told_to_end, does=blames_the_task, seen=Seen.OBSERVABLE),
)  # fmt: skip

SLEEP: tuple[ManagerAction, ...] = (
    row("ManagerPutsUpTheFlag", "", "P-30", sleeps_at_all, has_done_all(PLAN), does=puts_up_the_flag),
    Action(
        "ManagerLooksAgain",
        "",
        (has_put_up_the_flag, inbox_is_not_empty),
        wakes,
        Fair.WEAK,
        Seen.HIDDEN,
        "P-30",
        "manager",
    ),
    Action(
        "ManagerSleeps",
        "",
        (has_put_up_the_flag, inbox_is_empty),
        goes_to_sleep,
        Fair.WEAK,
        Seen.HIDDEN,
        "P-30",
        "manager",
    ),
    Action("ManagerWakes", "", (is_asleep, something_wakes_it), wakes, Fair.WEAK, Seen.HIDDEN, "P-32", "manager"),
)

ACTIONS: tuple[ManagerAction, ...] = (*TAKING_IN, *DEATHS, *PLAN, *IDLE, *SLEEP)
