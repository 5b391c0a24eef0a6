"""The ticket protocol for any number of tasks, lanes and clients: what exists, and everything that can happen.

Decides: the sorts, the relations, the actions. Must not know: what holds of it (``conjuncts``), how the model's states
and steps are read as its own (``reading``, ``mapping``).

Left open on purpose, so that the proof speaks of more than the model does: which lane a task goes to and in which
order, when tickets are revoked, which lane a canceller looks at, when the pool breaks and starts workers, how many
there are of anything. A guard asks what some claim needs, and no more (``mutants`` has the list). Of the inbox's order
there is what matters: whether a task stands behind a request (``late``). A lane whose worker was reaped is as good as a
new one. Sleeping, waking and callbacks change none of these relations.
"""

from checkedpool_model.proof.action import Action, puts, takes, when
from checkedpool_model.proof.logic import Formula, Relation, Sort, Var, every

__all__ = ["ACTIONS", "ENDS", "INITIALLY", "RELATIONS", "is_open", "is_out"]

TASK, LANE, CLIENT = Sort.TASK, Sort.LANE, Sort.CLIENT
t, u, x, y = (Var(name, TASK) for name in "tuxy")
l, m = Var("l", LANE), Var("m", LANE)  # noqa: E741 - a lane
c, d = Var("c", CLIENT), Var("d", CLIENT)


# --- what there is to know --------------------------------------------------------------------------------------------

# Of a task.
used = Relation("used", (TASK,), "some submit() was called for it")
accepted = Relation("accepted", (TASK,), "submit() returns its future, or is sure to")
raised = Relation("raised", (TASK,), "submit() refused it")
unclaimed = Relation("unclaimed", (TASK,), "it is in the table of claimable tasks")
inbox = Relation("inbox", (TASK,), "it was posted, and the manager has not taken it in")
late = Relation("late", (TASK,), "it stands in the inbox behind a request")
pending = Relation("pending", (TASK,), "it is on the manager's list of tasks to deal")
deferred = Relation("deferred", (TASK,), "its arguments are kept: a user-code thread is to pickle them")
rebuilding = Relation("rebuilding", (TASK,), "its answer was read, and a user-code thread is to rebuild the value")
begun = Relation("begun", (TASK,), "a worker has taken its ticket")
answered = Relation("answered", (TASK,), "its worker has written a whole answer")

# How its future ended.
succeeded = Relation("succeeded", (TASK,), "its future has a value")
failed = Relation("failed", (TASK,), "its future has an exception of its own")
cancelled = Relation("cancelled", (TASK,), "its future is cancelled")
broken_off = Relation("broken_off", (TASK,), "its future ended because the pool broke")
blamed = Relation("blamed", (TASK,), "its future ended because the worker that ran it did")
stopped = Relation("stopped", (TASK,), "its caller had it stopped while a worker ran it")

# Of a lane and a task.
ticket = Relation("ticket", (LANE, TASK), "its ticket is in the lane's socket")
returned = Relation("returned", (LANE, TASK), "its ticket is in the lane's return buffer")
booked = Relation("booked", (LANE, TASK), "it stands in the manager's book of the lane")
running = Relation("running", (LANE, TASK), "the lane's worker has begun it and not answered, or died of it")
unread = Relation("unread", (LANE, TASK), "its answer is in the lane's answer pipe")
manned = Relation("manned", (LANE,), "a worker is there, or is being started, or has ended and was not reaped")
dead = Relation("dead", (LANE,), "the lane's worker has ended, in whatever way")

# Of a client and a task.
gated = Relation("gated", (CLIENT, TASK), "within submit(): the gate was open, nothing is posted")
posted = Relation("posted", (CLIENT, TASK), "within submit(): posted, the gate not looked at again")

# Of the pool.
shut = Relation("closed", (), "the gate: a shutdown of some kind was called")
broken = Relation("broken", (), "the gate: the pool broke")
asked = Relation("asked", (), "a request was put in the inbox")
asked_to_cancel = Relation("asked_to_cancel", (), "a request to cancel was, or a stronger one")
drain = Relation("drain", (), "the manager knows of a request")
cancel = Relation("cancel", (), "the manager knows of a request to cancel, or a stronger one")
over = Relation("over", (), "the manager has ended")

OF_A_TASK = (used, accepted, raised, unclaimed, inbox, late, pending, deferred, rebuilding, begun, answered)
ENDS = (succeeded, failed, cancelled, broken_off, blamed, stopped)
RELATIONS = (
    *OF_A_TASK, *ENDS, ticket, returned, booked, running, unread, manned, dead, gated, posted, shut, broken, asked,
    asked_to_cancel, drain, cancel, over,
)  # fmt: skip


def is_open(task: Var) -> Formula:
    """Its future has no end yet."""
    return ~(succeeded(task) | failed(task) | cancelled(task) | broken_off(task) | blamed(task) | stopped(task))


def is_out(lane: Var, task: Var) -> Formula:
    """Its ticket was written to the lane, and no worker has received it."""
    return ticket(lane, task) | returned(lane, task)


def is_listed(task: Var) -> Formula:
    """The manager has it to deal, or to deal when it is pickled."""
    return pending(task) | deferred(task)


IS_SHUT = shut() | broken()
MANAGER_IS_THERE = ~over()

INITIALLY: dict[str, Formula] = {
    "a run may begin with tasks that were taken in already": every(t)(
        (used(t) & accepted(t) & pending(t) & unclaimed(t)) | ~(used(t) | accepted(t) | pending(t) | unclaimed(t))
    ),
    **{
        f"nothing is {relation.name}": ~relation(*args) if not args else every(*args)(~relation(*args))
        for relation in RELATIONS
        if relation not in (used, accepted, pending, unclaimed, manned)
        for args in [tuple({TASK: t, LANE: l, CLIENT: c}[sort] for sort in relation.sorts)]
    },
}


# --- what can happen --------------------------------------------------------------------------------------------------

CLIENTS = (
    Action("ClientPassesGate", "P-10", (c, t),
        when(task_is_new=~used(t)),
        (puts(used(t)), puts(gated(c, t)))),
    Action("ClientIsRefused", "P-10", (t,),
        when(task_is_new=~used(t), sees_it_shut=IS_SHUT),
        (puts(used(t)), puts(raised(t)))),
    Action("ClientCannotPickle", "P-15", (t,),
        when(task_is_new=~used(t)),
        (puts(used(t)), puts(accepted(t)), puts(failed(t)))),
    Action("ClientPosts", "P-11", (c, t),
        when(is_gated=gated(c, t)),
        (takes(gated(c, t)), puts(posted(c, t)), puts(unclaimed(t)), puts(inbox(t)), puts(late(t), when=asked()))),
    Action("ClientSeesItStillOpen", "P-12", (c, t),
        when(is_posted=posted(c, t), sees_it_open=~IS_SHUT),
        (takes(posted(c, t)), puts(accepted(t)))),
    Action("ClientWithdraws", "P-12", (c, t),
        when(is_posted=posted(c, t), sees_it_shut=IS_SHUT, wins_the_claim=unclaimed(t)),
        (takes(posted(c, t)), takes(unclaimed(t)), puts(raised(t)))),
    Action("ClientIsOutrun", "P-12", (c, t),
        when(is_posted=posted(c, t), loses_the_claim=~unclaimed(t)),
        (takes(posted(c, t)), puts(accepted(t)))),
    Action("ClientIssuesAlone", "P-33", (l, t),
        when(worker_is_there=manned(l), is_in_the_inbox=inbox(t), has_looked_again=accepted(t),
             wins_the_claim=unclaimed(t)),
        (takes(inbox(t)), takes(unclaimed(t)), puts(booked(l, t)), puts(ticket(l, t)))),
    Action("ClientCancels", "P-20", (t,),
        when(has_the_future=accepted(t), wins_the_claim=unclaimed(t)),
        (takes(unclaimed(t)), puts(cancelled(t)))),
    Action("ClientRevokesItsTicket", "P-22", (l, t),
        when(sees_no_end=is_open(t), ticket_is_there=is_out(l, t)),
        (puts(returned(l, x), when=ticket(l, x)), takes(ticket(l, x)), puts(cancelled(t)))),
    Action("ClientFindsItBegun", "P-22", (l, t),
        when(task_is_still_there=booked(l, t), ticket_is_taken=~is_out(l, t)),
        (puts(returned(l, x), when=ticket(l, x)), takes(ticket(l, x)))),
    Action("ClientFindsItAnswered", "P-21", (t,),
        when(is_answered_and_not_read=rebuilding(t)),
        ()),
    Action("ClientFindsItEnded", "P-20", (t,),
        when(sees_an_end=~is_open(t)),
        ()),
    Action("ClientStops", "P-24", (t,),
        when(has_begun=begun(t), sees_no_end=is_open(t)),
        (puts(stopped(t)),)),
    Action("ClientCloses", "P-13", (),
        when(),
        (puts(shut()),)),
    Action("ClientRequests", "P-13", (),
        when(has_closed=shut()),
        (puts(asked()),)),
    Action("ClientRequestsToCancel", "P-13", (),
        when(has_closed=shut()),
        (puts(asked()), puts(asked_to_cancel()))),
    Action("ClientReturns", "P-14", (),
        when(manager_has_ended=over()),
        ()),
    Action("ClientIsThrownOutAtOnce", "P-93", (t,),
        when(),
        (puts(used(t)),)),
    Action("ClientIsThrownOut", "P-93", (c, t),
        when(),
        (takes(gated(c, t)), takes(posted(c, t)), takes(accepted(t)))),
)  # fmt: skip

MANAGER = (
    Action("ManagerTakesTask", "P-40", (t,),
        when(manager_is_there=MANAGER_IS_THERE, is_in_the_inbox=inbox(t), no_request_is_before_it=~late(t)),
        (takes(inbox(t)), puts(pending(t)))),
    Action("ManagerTakesTaskToPickle", "P-40", (t,),
        when(manager_is_there=MANAGER_IS_THERE, is_in_the_inbox=inbox(t), no_request_is_before_it=~late(t)),
        (takes(inbox(t)), puts(deferred(t)))),
    Action("ManagerDropsLateTask", "P-40", (t,),
        when(request_is_known=drain()),
        (takes(inbox(t)), takes(late(t)))),
    Action("ManagerTakesRequest", "P-60", (),
        when(is_asked=asked(), no_task_is_before_it=every(x)(inbox(x) >> late(x))),
        (puts(drain()),)),
    Action("ManagerTakesRequestToCancel", "P-60", (),
        when(is_asked=asked_to_cancel(), no_task_is_before_it=every(x)(inbox(x) >> late(x))),
        (puts(drain()), puts(cancel()))),
    Action("ManagerTakesPickled", "P-64", (t,),
        when(is_deferred=deferred(t)),
        (takes(deferred(t)), puts(pending(t)))),
    Action("ManagerForgets", "P-43", (t,),
        when(was_claimed_by_another=~unclaimed(t)),
        (takes(pending(t)), takes(deferred(t)))),
    Action("ManagerIssues", "P-41", (l, t),
        when(worker_is_there=manned(l), is_pending=pending(t), can_be_claimed=unclaimed(t)),
        (takes(pending(t)), takes(unclaimed(t)), puts(booked(l, t)), puts(ticket(l, t)))),
    Action("ManagerLooksAtLane", "P-45", (l,),
        when(),
        (puts(pending(x), when=returned(l, x) & is_open(x)), puts(unclaimed(x), when=returned(l, x) & is_open(x)),
         takes(booked(l, x), when=returned(l, x)), takes(returned(l, x)))),
    Action("ManagerRevokesTickets", "P-44", (l,),
        when(),
        (puts(pending(x), when=is_out(l, x) & is_open(x)), puts(unclaimed(x), when=is_out(l, x) & is_open(x)),
         takes(booked(l, x), when=is_out(l, x)), takes(ticket(l, x)), takes(returned(l, x)))),
    Action("ManagerCancels", "P-62", (t,),
        when(is_listed=is_listed(t), can_be_claimed=unclaimed(t), is_to_cancel=cancel()),
        (takes(pending(t)), takes(deferred(t)), takes(unclaimed(t)), puts(cancelled(t)))),
    Action("ManagerBreaks", "P-73", (t,),
        when(is_listed=is_listed(t), can_be_claimed=unclaimed(t), pool_is_broken=broken(), is_not_to_cancel=~cancel()),
        (takes(pending(t)), takes(deferred(t)), takes(unclaimed(t)), puts(broken_off(t)))),
    Action("ManagerBreaksWhatIsBegun", "P-73", (l,),
        when(pool_is_broken=broken(), has_no_tickets_out=every(x)(~ticket(l, x)),
             has_nothing_returned=every(x)(~returned(l, x))),
        (puts(broken_off(x), when=booked(l, x) & ~stopped(x)), takes(booked(l, x)))),
    Action("ManagerTakesValue", "P-46", (l, t),
        when(has_an_answer=unread(l, t), is_booked=booked(l, t)),
        (takes(unread(l, t)), takes(booked(l, t)), puts(succeeded(t), when=~stopped(t)))),
    Action("ManagerTakesError", "P-46", (l, t),
        when(has_an_answer=unread(l, t), is_booked=booked(l, t)),
        (takes(unread(l, t)), takes(booked(l, t)), puts(failed(t), when=~stopped(t)))),
    Action("ManagerTakesValueToRebuild", "P-46", (l, t),
        when(has_an_answer=unread(l, t), is_booked=booked(l, t)),
        (takes(unread(l, t)), takes(booked(l, t)), puts(rebuilding(t)))),
    Action("ManagerTakesAnswerForNobody", "P-46", (l, t),
        when(is_not_booked=~booked(l, t)),
        (takes(unread(l, t)),)),
    Action("ManagerBreaksThePool", "P-73", (),
        when(),
        (puts(broken()),)),
    Action("ManagerAsksForStart", "P-50", (l,),
        when(manager_is_there=MANAGER_IS_THERE),
        (puts(manned(l)),)),
    Action("ManagerGivesUpStart", "P-54", (l,),
        when(nothing_is_booked=every(x)(~booked(l, x)), nothing_runs=every(x)(~running(l, x))),
        (takes(manned(l)),)),
    Action("ManagerGivesUpStartAndBreaks", "P-52", (l,),
        when(nothing_is_booked=every(x)(~booked(l, x)), nothing_runs=every(x)(~running(l, x))),
        (takes(manned(l)), puts(broken()))),
    Action("ManagerReapsInABrokenPool", "P-70", (l,),
        when(pool_is_broken=broken(), has_ended=dead(l), has_no_answer=every(x)(~unread(l, x)),
             has_no_tickets_out=every(x)(~ticket(l, x)), has_nothing_returned=every(x)(~returned(l, x))),
        (puts(broken_off(x), when=booked(l, x) & ~stopped(x)), takes(booked(l, x)), takes(running(l, x), when=dead(l)),
         takes(dead(l)), takes(manned(l)))),
    Action("ManagerStopsTask", "P-70", (l,),
        when(has_ended=dead(l), has_no_answer=every(x)(~unread(l, x)),
             has_no_tickets_out=every(x)(~ticket(l, x)), has_nothing_returned=every(x)(~returned(l, x))),
        (puts(stopped(x), when=booked(l, x) & ~stopped(x)), takes(booked(l, x)), takes(running(l, x), when=dead(l)),
         takes(dead(l)), takes(manned(l)))),
    Action("ManagerBlamesTask", "P-71", (l,),
        when(has_ended=dead(l), has_no_answer=every(x)(~unread(l, x)),
             has_no_tickets_out=every(x)(~ticket(l, x)), has_nothing_returned=every(x)(~returned(l, x))),
        (puts(blamed(x), when=booked(l, x) & ~stopped(x)), takes(booked(l, x)), takes(running(l, x), when=dead(l)),
         takes(dead(l)), takes(manned(l)))),
    Action("ManagerBlamesTaskAndBreaks", "P-73", (l,),
        when(has_ended=dead(l), has_no_answer=every(x)(~unread(l, x)),
             has_no_tickets_out=every(x)(~ticket(l, x)), has_nothing_returned=every(x)(~returned(l, x))),
        (puts(blamed(x), when=booked(l, x) & ~stopped(x)), takes(booked(l, x)), takes(running(l, x), when=dead(l)),
         takes(dead(l)), takes(manned(l)), puts(broken()))),
    Action("ManagerEnds", "P-65", (),
        when(pool_is_to_end=drain() | broken(), inbox_is_empty=every(x)(~inbox(x)),
             nothing_is_pending=every(x)(~pending(x)), nothing_is_deferred=every(x)(~deferred(x)),
             every_lane_is_empty=every(l)(~manned(l)), no_job_is_owed=every(x)(~rebuilding(x))),
        (puts(over()),)),
)  # fmt: skip

OTHERS = (
    Action("ThreadCannotPickle", "P-16", (t,),
        when(is_deferred=deferred(t), wins_the_claim=unclaimed(t)),
        (takes(deferred(t)), takes(unclaimed(t)), puts(failed(t)))),
    Action("ThreadFindsItClaimed", "P-16", (t,),
        when(loses_the_claim=~unclaimed(t)),
        (takes(deferred(t)),)),
    Action("ThreadReadsValue", "P-47", (t,),
        when(is_reading=rebuilding(t)),
        (takes(rebuilding(t)), puts(succeeded(t), when=~stopped(t)))),
    Action("ThreadReadsError", "P-47", (t,),
        when(is_reading=rebuilding(t)),
        (takes(rebuilding(t)), puts(failed(t), when=~stopped(t)))),
    Action("WorkerBegins", "P-81", (l, t),
        when(next_ticket_is_a_task=ticket(l, t), is_alive=~dead(l), waits=every(x)(~running(l, x))),
        (takes(ticket(l, t)), puts(running(l, t)), puts(begun(t)))),
    Action("WorkerAnswers", "P-82", (l, t),
        when(runs=running(l, t), is_alive=~dead(l)),
        (takes(running(l, t)), puts(unread(l, t)), puts(answered(t)))),
    Action("WorkerEnds", "P-90", (l,),
        when(),
        (puts(dead(l)),)),
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (*CLIENTS, *MANAGER, *OTHERS)
