"""The inductive invariant: what holds at the beginning and is kept by every action, in worlds of every size.

Decides: each conjunct with its name, its sentence and the clause that it serves, and what is claimed of steps. Must not
know: how any of it is proved. What is claimed of states stands first; the rest carries it.

An invariant is *inductive* if it holds initially and every action that is possible in a state that satisfies it leads
to one that does: no state need be known to be reachable. A variable that nothing binds stands for every value.
"""

from dataclasses import dataclass

from checkedpool_model.proof.action import Action
from checkedpool_model.proof.logic import Formula, Same, Var, every, some
from checkedpool_model.proof.system import (
    ENDS,
    IS_SHUT,
    accepted,
    answered,
    asked,
    asked_to_cancel,
    begun,
    blamed,
    booked,
    broken,
    broken_off,
    c,
    cancel,
    cancelled,
    d,
    dead,
    deferred,
    drain,
    failed,
    gated,
    inbox,
    is_listed,
    is_open,
    is_out,
    l,
    late,
    m,
    manned,
    over,
    pending,
    posted,
    raised,
    rebuilding,
    returned,
    running,
    shut,
    stopped,
    succeeded,
    t,
    ticket,
    u,
    unclaimed,
    unread,
    used,
)

__all__ = ["CARRYING", "CLAIMS", "CONSEQUENCES", "INVARIANT", "ON_STEP", "Conjunct", "OnStep", "claims_of"]


@dataclass(frozen=True, slots=True)
class Conjunct:
    """One part of the invariant."""

    name: str
    clause: str
    says: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class OnStep:
    """A claim about the state before each step that an action makes."""

    name: str
    clause: str
    says: str
    action: str
    formula: Formula


def _somewhere(task: Var) -> Formula:
    """The manager has it, will meet it, or waits for its answer."""
    return inbox(task) | is_listed(task) | rebuilding(task) | some(l)(booked(l, task))


def _untouched(task: Var) -> Formula:
    """Nobody but its submitter has heard of it."""
    return (
        is_open(task)
        & ~(accepted(task) | raised(task) | unclaimed(task) | inbox(task) | is_listed(task) | rebuilding(task))
        & ~(begun(task) | booked(l, task))
    )


def _is_at_most_one(*parts: Formula) -> Formula:
    """No two of them hold."""
    first, *others = parts
    rest = others[0]
    for other in others[1:]:
        rest = rest | other
    return ~(first & rest) & _is_at_most_one(*others) if len(others) > 1 else ~(first & rest)


# --- what is claimed --------------------------------------------------------------------------------------------------

CLAIMS: tuple[Conjunct, ...] = (
    Conjunct("future_ends_once", "C-01", "A future has one end.",
        _is_at_most_one(succeeded(t), failed(t), cancelled(t), broken_off(t), blamed(t), stopped(t))),
    Conjunct("nobody_is_lost", "C-01",
        "An accepted task whose future is open is in the inbox, on the manager's list, booked, or being rebuilt.",
        (accepted(t) & is_open(t)) >> _somewhere(t)),
    Conjunct("accepted_future_ends_with_the_pool", "C-01", "When the manager has ended, every accepted future has.",
        (over() & accepted(t)) >> ~is_open(t)),
    Conjunct("nothing_outlives_the_pool", "C-96", "When the manager has ended no worker is left, and no start.",
        over() >> ~manned(l)),
    Conjunct("value_is_an_answers", "C-02", "A value is one that a worker has written whole.",
        succeeded(t) >> answered(t)),
    Conjunct("cancelled_task_never_begins", "C-05", "A cancelled task has not begun.",
        cancelled(t) >> ~begun(t)),
    Conjunct("stopped_task_had_begun", "C-111", "Only what has begun is stopped.",
        stopped(t) >> begun(t)),
    Conjunct("refused_task_never_begins", "C-18", "A task that submit() refused has not begun, and its future is open.",
        raised(t) >> (~begun(t) & is_open(t) & ~accepted(t))),
    Conjunct("blamed_task_had_begun", "C-79", "A death is blamed on a task that has begun and was not answered.",
        blamed(t) >> (begun(t) & ~answered(t))),
    Conjunct("breaks_off_only_if_broken", "C-82", "A future is broken off only if the pool broke.",
        broken_off(t) >> broken()),
    Conjunct("task_is_in_one_place", "P-04",
        "A task not begun is claimable, or its ticket is in one socket, or in one return buffer.",
        is_out(l, t) >> (~unclaimed(t) & ~begun(t) & ~(ticket(l, t) & returned(l, t))
                         & (is_out(m, t) >> Same(l, m)))),
    Conjunct("ended_task_has_no_ticket", "P-81", "No worker can begin a task whose future has ended.",
        ticket(l, t) >> is_open(t)),
)  # fmt: skip

# --- what carries it --------------------------------------------------------------------------------------------------

CARRYING: tuple[Conjunct, ...] = (
    # Where a task is.
    Conjunct("out_is_booked", "P-05", "What is out is booked to that lane.",
        is_out(l, t) >> booked(l, t)),
    Conjunct("booked_once", "P-05", "A task is booked to one lane.",
        (booked(l, t) & booked(m, t)) >> Same(l, m)),
    Conjunct("booked_is_somewhere", "P-05", "What is booked is out, runs, or is answered and not read.",
        booked(l, t) >> (is_out(l, t) | running(l, t) | unread(l, t))),
    Conjunct("booked_is_nowhere_else", "P-05", "What is booked is claimed, and neither in the inbox nor on the list.",
        booked(l, t) >> ~(unclaimed(t) | inbox(t) | is_listed(t) | rebuilding(t))),
    Conjunct("inbox_is_apart", "P-40", "What is in the inbox is not on the manager's list, nor being rebuilt.",
        inbox(t) >> (used(t) & ~is_listed(t) & ~rebuilding(t))),
    Conjunct("listed_once", "P-43", "What is pending is not kept, and neither is being rebuilt.",
        ~(pending(t) & deferred(t)) & (is_listed(t) >> (used(t) & ~rebuilding(t)))),
    # What runs.
    Conjunct("runs_one_task", "P-81", "A worker runs one task.",
        (running(l, t) & running(l, u)) >> Same(t, u)),
    Conjunct("runs_on_one_worker", "P-81", "A task runs on one worker.",
        (running(l, t) & running(m, t)) >> Same(l, m)),
    Conjunct("running_has_begun", "P-82", "What runs has begun and is not answered.",
        running(l, t) >> (begun(t) & ~answered(t))),
    Conjunct("answered_has_begun", "P-82", "What is answered has begun.",
        answered(t) >> begun(t)),
    Conjunct("unread_is_answered", "P-82", "An answer is one of what is answered.",
        unread(l, t) >> answered(t)),
    Conjunct("begun_is_claimed", "P-81", "What has begun is claimed, and neither in the inbox nor on the list.",
        begun(t) >> (used(t) & ~(unclaimed(t) | inbox(t) | is_listed(t)))),
    Conjunct("rebuilt_was_answered", "P-47", "What is being rebuilt was answered, and its future is open, or stopped.",
        rebuilding(t) >> (answered(t) & (is_open(t) | stopped(t)))),
    Conjunct("works_where_a_worker_is", "P-50", "Where something is booked or runs there is a worker, dead or alive.",
        (booked(l, t) | running(l, t)) >> manned(l)),
    # How it ends.
    Conjunct("ended_is_claimed", "P-06", "What has ended is claimed.",
        ~is_open(t) >> ~unclaimed(t)),
    Conjunct("booked_and_ended_is_cancelled", "P-22",
        "What is booked and has ended was cancelled, and came back; or it was stopped.",
        (booked(l, t) & ~is_open(t)) >> ((cancelled(t) & returned(l, t)) | stopped(t))),
    Conjunct("blamed_runs_nowhere", "P-71", "What a death is blamed on runs no more.",
        blamed(t) >> ~running(l, t)),
    # submit().
    Conjunct("has_one_submitter", "P-11", "A task that is being submitted has one submitter, at one step.",
        ((gated(c, t) | posted(c, t)) & (gated(d, t) | posted(d, t))) >> (Same(c, d) & ~(gated(c, t) & posted(c, t)))),
    Conjunct("submitted_is_not_out_yet", "P-12", "What is being submitted is neither accepted nor refused.",
        (gated(c, t) | posted(c, t)) >> (used(t) & ~accepted(t) & ~raised(t))),
    Conjunct("gated_is_untouched", "P-11", "Before it is posted nobody has heard of it.",
        gated(c, t) >> _untouched(t)),
    Conjunct("unused_is_untouched", "P-10", "Before submit() is called there is nothing.",
        ~used(t) >> _untouched(t)),
    Conjunct("refused_is_nowhere", "P-12", "What was refused cannot be claimed, and is not booked.",
        raised(t) >> ~(unclaimed(t) | booked(l, t))),
    Conjunct("posted_is_somewhere", "P-12",
        "What is posted and open is where the manager finds it, or it can be withdrawn, and will be.",
        (posted(c, t) & is_open(t)) >> (_somewhere(t) | (unclaimed(t) & IS_SHUT))),
    Conjunct("inbox_can_be_claimed", "P-11", "What is in the inbox, open and not refused can be claimed.",
        (inbox(t) & is_open(t) & ~raised(t)) >> unclaimed(t)),
    Conjunct("listed_can_be_claimed", "P-43", "What is on the manager's list, open and not refused can be claimed.",
        (is_listed(t) & is_open(t) & ~raised(t)) >> unclaimed(t)),
    # Requests and the end.
    Conjunct("closed_before_asked", "P-13", "Who asks has closed before; who is to cancel was asked.",
        (cancel() >> (drain() & asked_to_cancel())) & ((drain() | asked_to_cancel()) >> asked()) & (asked() >> shut())),
    Conjunct("late_is_withdrawn", "P-13", "Behind a request stands only what is not accepted.",
        late(t) >> (asked() & inbox(t) & is_open(t) & ~accepted(t))),
    Conjunct("known_request_was_first", "P-13", "When a request is known, all in the inbox stands behind it.",
        (drain() & inbox(t)) >> late(t)),
    Conjunct("over_is_shut", "P-65", "When the manager has ended the gate is shut.",
        over() >> IS_SHUT),
    Conjunct("over_has_nothing_left", "P-65", "When the manager has ended it has nothing on its list or in its books.",
        over() >> ~(is_listed(t) | booked(l, t) | rebuilding(t))),
)  # fmt: skip

INVARIANT: tuple[Conjunct, ...] = (*CLAIMS, *CARRYING)

# --- what follows from it ---------------------------------------------------------------------------------------------

_HIS_LANE_CAN_GO_ON = some(l)(
    booked(l, t)
    & (
        returned(l, t)  # the manager looks at the lane
        | (ticket(l, t) & ~dead(l) & every(u)(~running(l, u)))  # the worker begins it
        | some(u)((running(l, u) & ~dead(l)) | unread(l, u))  # the worker answers, the manager takes an answer
        | dead(l)  # the manager revokes tickets, or charges the death
    )
)

CONSEQUENCES: tuple[Conjunct, ...] = (
    Conjunct("open_task_can_go_on", "C-01",
        "While an accepted future is open, something other than a client's call or a death can happen to it or on its"
        " lane: the protocol has no deadlock of its own.",
        (accepted(t) & is_open(t)) >> (
            (inbox(t) & ~late(t) & ~over()) | (pending(t) & unclaimed(t)) | deferred(t) | rebuilding(t)
            | _HIS_LANE_CAN_GO_ON)),
)  # fmt: skip


# --- what is claimed of steps -----------------------------------------------------------------------------------------

_AT_DEATH = booked(l, t) >> (running(l, t) & begun(t) & ~answered(t))
_ONE_A_DEATH = (booked(l, t) & booked(l, u)) >> Same(t, u)

ON_STEP: tuple[OnStep, ...] = (
    OnStep("begins_once", "C-03", "What a worker begins nobody has begun.", "WorkerBegins", ~begun(t)),
    OnStep("begins_what_is_wanted", "C-05", "What a worker begins is open, and submit() did not refuse it.",
        "WorkerBegins", is_open(t) & ~raised(t)),
    OnStep("false_means_begun", "C-05", "Where cancel() says False a worker has begun the task.",
        "ClientFindsItBegun", begun(t)),
    OnStep("false_means_begun", "C-05", "Where cancel() says False a worker has begun the task.",
        "ClientFindsItAnswered", begun(t)),
    OnStep("refuses_only_if_shut", "C-17", "submit() refuses only if the executor is closed or broken.",
        "ClientIsRefused", IS_SHUT),
    OnStep("refuses_only_if_shut", "C-17", "submit() refuses only if the executor is closed or broken.",
        "ClientWithdraws", IS_SHUT),
    OnStep("finds_an_end_that_is_there", "C-05", "Where cancel() says that the future has ended, it has.",
        "ClientFindsItEnded", ~is_open(t)),
    OnStep("returns_when_all_is_reaped", "C-48", "Where shutdown(wait=True) returns, every worker is reaped.",
        "ClientReturns", ~manned(l)),
    OnStep("cancel_outlasts_a_death", "C-88", "What has not begun is not broken off once a cancel request is known.",
        "ManagerBreaks", ~cancel()),
    OnStep("returns_when_all_has_ended", "C-48", "Where shutdown(wait=True) returns, every accepted future has ended.",
        "ClientReturns", accepted(t) >> ~is_open(t)),
    OnStep("cancels_only_if_asked", "C-45", "The manager cancels only if somebody asked for that.",
        "ManagerCancels", asked_to_cancel()),
    *(OnStep(name, "C-79", says, action, formula)
        for action in (
            "ManagerBlamesTask", "ManagerBlamesTaskAndBreaks", "ManagerReapsInABrokenPool", "ManagerStopsTask")
        for name, says, formula in (
            ("blames_what_ran", "A death is blamed on what the worker ran.", _AT_DEATH),
            ("one_task_a_death", "A death is blamed on one task at most.", _ONE_A_DEATH))),
)  # fmt: skip


def claims_of(action: Action) -> tuple[OnStep, ...]:
    """What is claimed of the action's steps: what stands above, and of each future that it ends that it is open."""
    ends = [change for change in action.changes if change.atom.relation in ENDS]
    return (
        *(claim for claim in ON_STEP if claim.action == action.name),
        *(OnStep("ends_once", "C-01", "What is ended is open.", action.name, change.when >> is_open(*change.atom.args))
          for change in ends),
    )  # fmt: skip
