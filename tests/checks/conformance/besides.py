"""What the real code may do besides the model, in the proof's terms.

Decides: the steps that the table of allowed actions has and the model has not, as actions of the proof or as none. Must
not know: the proof's own actions.

Each keeps the proof's invariant (a test asks the solvers).
"""

from __future__ import annotations

from checkedpool_model.proof.action import Action, puts, takes, when
from checkedpool_model.proof.logic import every
from checkedpool_model.proof.system import (
    accepted,
    asked,
    booked,
    broken,
    broken_off,
    cancelled,
    dead,
    deferred,
    inbox,
    is_listed,
    is_open,
    is_out,
    l,
    late,
    manned,
    over,
    pending,
    rebuilding,
    returned,
    running,
    shut,
    t,
    ticket,
    unclaimed,
    x,
)

__all__ = ["BESIDES", "NO_STEPS"]

BESIDES: tuple[Action, ...] = (
    Action("ClientLooksInVain", "P-22", (l,),
        when(),
        (puts(returned(l, x), when=ticket(l, x)), takes(ticket(l, x)))),
    Action("ClientCancelsWhatCameBack", "P-22", (l, t),
        when(ticket_was_taken_back=returned(l, t), sees_no_end=is_open(t)),
        (puts(cancelled(t)),)),
    Action("ManagerRevokesTicketsBlindly", "P-44", (l,),
        when(),
        (puts(pending(x), when=is_out(l, x)), puts(unclaimed(x), when=is_out(l, x) & is_open(x)),
         takes(booked(l, x), when=is_out(l, x)), takes(ticket(l, x)), takes(returned(l, x)))),
    Action("ManagerBreaksLate", "P-73", (t,),
        when(is_listed=is_listed(t), can_be_claimed=unclaimed(t), pool_is_broken=broken()),
        (takes(pending(t)), takes(deferred(t)), takes(unclaimed(t)), puts(broken_off(t)))),
    Action("ManagerBreaksWhatIsHeld", "P-73", (l, t),
        when(pool_is_broken=broken(), ticket_is_out=ticket(l, t)),
        (takes(ticket(l, t)), takes(booked(l, t)), puts(broken_off(t)))),
    Action("ClientEndsWhatNeverBegan", "C-51", (),
        when(has_closed=shut(), nothing_is_accepted=every(x)(~accepted(x)), nothing_is_listed=every(x)(~is_listed(x)),
             nothing_is_booked=every(l, x)(~booked(l, x)), nothing_runs=every(l, x)(~running(l, x)),
             no_job_is_owed=every(x)(~rebuilding(x))),
        (puts(over()), puts(asked()), takes(inbox(x)), takes(late(x)), takes(manned(l)), takes(dead(l)))),
)  # fmt: skip

NO_STEPS = {
    "ThreadTakes": "there is any number of user-code threads",
    "ManagerHasItPickled": "what is kept may be pickled at any moment",
    "ClientNotesALook": "a manager may look at any lane at any moment",
    "ManagerHearsOfALook": "a manager may look at any lane at any moment",
    "ManagerWakesInVain": "a manager may act at any moment: sleep only takes steps away",
    "ManagerPutsOffAFailedStart": "starts that fail are none of the relations",
    "ClientCallsBackInstead": "callbacks change none of the relations",
    "ClientAsksInVain": "why a worker ends is not in the proof",
    "ManagerDismissesUnawares": "to whom nothing is issued is not in the proof",
    "ManagerTellsTheDeadToLeave": "an order to leave is no task's ticket",
}
"""Steps that are none of the proof, each with the reason."""
