"""Broken protocols that do not refine the contract, each with the rule that refuses it; two that no caller can tell.

Decides: what is broken, in which scope, which rule of the contract says so, for which of its clauses. Must not know:
how a refinement is checked.
"""

from typing import NamedTuple

from checkedpool_model.mutants import table_changes as broken
from checkedpool_model.mutants.table_changes import Change, does, drop, never, weaken

__all__ = ["REFUSED", "Refused"]


class Refused(NamedTuple):
    """A broken protocol."""

    scope: str
    change: Change
    why: str
    """What is said of it; "": nothing, since no caller can tell."""
    rule: str = ""
    clauses: str = ""
    """Of those that the rule names, the ones that it breaks."""


REFUSED = (
    Refused("two-cancel", drop("ClientRevokesItsTicket", "ticket_is_there"), "Cancels", "Cancels", "C-05"),
    Refused("exit-handlers", drop("ManagerEnds", "every_lane_is_empty"), ""),
    Refused("values", drop("ManagerEnds", "nothing_is_unfinished"), "Ends", "Ends", "C-48"),
    Refused("exit-handlers", never("ManagerTellsToLeave"), "no_deadlock", "Ends", "C-50"),
    Refused("values", does("ManagerTakesRequest", broken.keeps_the_first_request), ""),
    Refused("user-code-fails", never("ThreadHasCalled"), "no_deadlock", "CallsBack", "C-08"),
    Refused("values", drop("ManagerCancels", "is_to_cancel"), "asked_to_cancel is false", "CancelsOnRequest", "C-46"),
    Refused("values", does("ManagerTakesAnswer", broken.fails_every_call), "gives_an_error is false", "Fails", "C-33"),
    Refused("user-code-beside", drop("ThreadCannotPickle", "pickling_fails"), "cannot_be_pickled is false",
            "FailsUnbegun", "C-20"),
    Refused("patience", does("ManagerBlamesTask", broken.breaks_by_every_death), "has_a_cause_to_break is false",
            "Breaks", "C-84"),
    Refused("deaths-in-a-row", does("ManagerBlamesTask", broken.survives_one_death_less),
            "has_a_cause_to_break is false", "Breaks", "C-135"),
    Refused("patience", does("ManagerTakesFailedStart", broken.gives_up_at_once), "has_a_cause_to_break is false",
            "Breaks", "C-69"),
    Refused("values", drop("ClientIsRefused", "sees_it_shut"), "refuses is false", "Refuses", "C-17"),
    Refused("values", drop("ClientWithdraws", "sees_it_shut"), "refuses is false", "Withdraws", "C-18"),
    Refused("values", drop("ManagerBreaks", "pool_is_broken"), "broken is false", "BreaksOff", "C-82"),
    Refused("user-code", does("ThreadHasCalled", broken.calls_twice), "called: 1 -> 2", "CallsBack", "C-08"),
    Refused("exit-handlers", weaken("ClientReturns", "manager_has_ended", broken.all_is_settled), "over is false",
            "WaitReturns", "C-48"),
    Refused("idle", does("ManagerRevokesTickets", broken.deals_anew_what_is_still_out), "RUNNING -> PENDING",
            "Begins", "C-03"),
    Refused("boot", does("ManagerTakesAnswer", broken.ends_whatever_is_answered), "running is false",
            "Succeeds", "C-01"),
    Refused("boot", never("ManagerBreaks"), "no_deadlock", "BreaksOff", "C-82"),
)  # fmt: skip
