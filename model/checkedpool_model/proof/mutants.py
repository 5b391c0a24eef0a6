"""Each condition of the proof that is needed, dropped: z3 must find a world that refutes what is left.

Decides: what is dropped, and what must notice. Must not know: how a condition is asked (``discharge``) or told
(``story``).

A proof that goes through with a guard less than the protocol has would not be about the protocol; and a conjunct that
nothing needs would say more than is understood. So the tables are whole: every condition of every guard stands in
``GUARDS`` or, with a reason, in ``NOT_NEEDED``; every conjunct that is not itself a claim stands in ``CONJUNCTS``.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from checkedpool_model.proof.action import Action
from checkedpool_model.proof.conjuncts import INVARIANT, Conjunct
from checkedpool_model.proof.discharge import Paper, ask, paper_of
from checkedpool_model.proof.solvers import Z3
from checkedpool_model.proof.story import story
from checkedpool_model.proof.system import ACTIONS

__all__ = ["CONJUNCTS", "GUARDS", "MUTANTS", "NOT_NEEDED", "Caught", "Dropped", "caught", "refusal"]

GUARDS: tuple[tuple[str, str, str], ...] = (
    ("ClientPassesGate", "task_is_new", "has_one_submitter"),
    ("ClientIsRefused", "task_is_new", "refused_task_never_begins"),
    ("ClientIsRefused", "sees_it_shut", "refuses_only_if_shut"),
    ("ClientCannotPickle", "task_is_new", "ends_once"),
    ("ClientPosts", "is_gated", "task_is_in_one_place"),
    ("ClientSeesItStillOpen", "is_posted", "nobody_is_lost"),
    ("ClientSeesItStillOpen", "sees_it_open", "nobody_is_lost"),
    ("ClientWithdraws", "is_posted", "refused_task_never_begins"),
    ("ClientWithdraws", "sees_it_shut", "refuses_only_if_shut"),
    ("ClientWithdraws", "wins_the_claim", "refused_task_never_begins"),
    ("ClientIsOutrun", "is_posted", "nobody_is_lost"),
    ("ClientIsOutrun", "loses_the_claim", "nobody_is_lost"),
    ("ClientIssuesAlone", "worker_is_there", "works_where_a_worker_is"),
    ("ClientIssuesAlone", "is_in_the_inbox", "booked_is_nowhere_else"),
    ("ClientIssuesAlone", "has_looked_again", "late_is_withdrawn"),
    ("ClientIssuesAlone", "wins_the_claim", "ended_task_has_no_ticket"),
    ("ClientCancels", "has_the_future", "late_is_withdrawn"),
    ("ClientCancels", "wins_the_claim", "ends_once"),
    ("ClientRevokesItsTicket", "sees_no_end", "ends_once"),
    ("ClientRevokesItsTicket", "ticket_is_there", "cancelled_task_never_begins"),
    ("ClientFindsItBegun", "task_is_still_there", "false_means_begun"),
    ("ClientFindsItBegun", "ticket_is_taken", "false_means_begun"),
    ("ClientFindsItAnswered", "is_answered_and_not_read", "false_means_begun"),
    ("ClientFindsItEnded", "sees_an_end", "finds_an_end_that_is_there"),
    ("ClientStops", "has_begun", "stopped_task_had_begun"),
    ("ClientStops", "sees_no_end", "ends_once"),
    ("ClientRequests", "has_closed", "closed_before_asked"),
    ("ClientRequestsToCancel", "has_closed", "closed_before_asked"),
    ("ClientReturns", "manager_has_ended", "returns_when_all_is_reaped"),
    ("ManagerTakesTask", "manager_is_there", "over_has_nothing_left"),
    ("ManagerTakesTask", "is_in_the_inbox", "booked_is_nowhere_else"),
    ("ManagerTakesTask", "no_request_is_before_it", "late_is_withdrawn"),
    ("ManagerTakesTaskToPickle", "manager_is_there", "over_has_nothing_left"),
    ("ManagerTakesTaskToPickle", "is_in_the_inbox", "booked_is_nowhere_else"),
    ("ManagerTakesTaskToPickle", "no_request_is_before_it", "late_is_withdrawn"),
    ("ManagerDropsLateTask", "request_is_known", "nobody_is_lost"),
    ("ManagerTakesRequest", "is_asked", "closed_before_asked"),
    ("ManagerTakesRequest", "no_task_is_before_it", "known_request_was_first"),
    ("ManagerTakesRequestToCancel", "is_asked", "closed_before_asked"),
    ("ManagerTakesRequestToCancel", "no_task_is_before_it", "known_request_was_first"),
    ("ManagerTakesPickled", "is_deferred", "booked_is_nowhere_else"),
    ("ManagerForgets", "was_claimed_by_another", "nobody_is_lost"),
    ("ManagerIssues", "worker_is_there", "works_where_a_worker_is"),
    ("ManagerIssues", "is_pending", "booked_is_nowhere_else"),
    ("ManagerIssues", "can_be_claimed", "ended_task_has_no_ticket"),
    ("ManagerCancels", "is_listed", "late_is_withdrawn"),
    ("ManagerCancels", "can_be_claimed", "ends_once"),
    ("ManagerCancels", "is_to_cancel", "cancels_only_if_asked"),
    ("ManagerBreaks", "is_listed", "late_is_withdrawn"),
    ("ManagerBreaks", "can_be_claimed", "ends_once"),
    ("ManagerBreaks", "pool_is_broken", "breaks_off_only_if_broken"),
    ("ManagerBreaks", "is_not_to_cancel", "cancel_outlasts_a_death"),
    ("ManagerBreaksWhatIsBegun", "pool_is_broken", "breaks_off_only_if_broken"),
    ("ManagerBreaksWhatIsBegun", "has_no_tickets_out", "ended_task_has_no_ticket"),
    ("ManagerBreaksWhatIsBegun", "has_nothing_returned", "ends_once"),
    ("ManagerTakesValue", "has_an_answer", "ends_once"),
    ("ManagerTakesValue", "is_booked", "ends_once"),
    ("ManagerTakesError", "has_an_answer", "ends_once"),
    ("ManagerTakesError", "is_booked", "ends_once"),
    ("ManagerTakesValueToRebuild", "has_an_answer", "out_is_booked"),
    ("ManagerTakesValueToRebuild", "is_booked", "booked_is_nowhere_else"),
    ("ManagerTakesAnswerForNobody", "is_not_booked", "booked_is_somewhere"),
    ("ManagerAsksForStart", "manager_is_there", "nothing_outlives_the_pool"),
    ("ManagerGivesUpStart", "nothing_is_booked", "works_where_a_worker_is"),
    ("ManagerGivesUpStart", "nothing_runs", "works_where_a_worker_is"),
    ("ManagerGivesUpStartAndBreaks", "nothing_is_booked", "works_where_a_worker_is"),
    ("ManagerGivesUpStartAndBreaks", "nothing_runs", "works_where_a_worker_is"),
    ("ManagerReapsInABrokenPool", "pool_is_broken", "breaks_off_only_if_broken"),
    ("ManagerReapsInABrokenPool", "has_ended", "works_where_a_worker_is"),
    ("ManagerReapsInABrokenPool", "has_no_answer", "blames_what_ran"),
    ("ManagerReapsInABrokenPool", "has_no_tickets_out", "blames_what_ran"),
    ("ManagerReapsInABrokenPool", "has_nothing_returned", "blames_what_ran"),
    ("ManagerStopsTask", "has_ended", "works_where_a_worker_is"),
    ("ManagerStopsTask", "has_no_answer", "blames_what_ran"),
    ("ManagerStopsTask", "has_no_tickets_out", "blames_what_ran"),
    ("ManagerStopsTask", "has_nothing_returned", "blames_what_ran"),
    ("ManagerBlamesTask", "has_ended", "works_where_a_worker_is"),
    ("ManagerBlamesTask", "has_no_answer", "blames_what_ran"),
    ("ManagerBlamesTask", "has_no_tickets_out", "blames_what_ran"),
    ("ManagerBlamesTask", "has_nothing_returned", "blames_what_ran"),
    ("ManagerBlamesTaskAndBreaks", "has_ended", "works_where_a_worker_is"),
    ("ManagerBlamesTaskAndBreaks", "has_no_answer", "blames_what_ran"),
    ("ManagerBlamesTaskAndBreaks", "has_no_tickets_out", "blames_what_ran"),
    ("ManagerBlamesTaskAndBreaks", "has_nothing_returned", "blames_what_ran"),
    ("ManagerEnds", "pool_is_to_end", "over_is_shut"),
    ("ManagerEnds", "inbox_is_empty", "accepted_future_ends_with_the_pool"),
    ("ManagerEnds", "nothing_is_pending", "accepted_future_ends_with_the_pool"),
    ("ManagerEnds", "nothing_is_deferred", "accepted_future_ends_with_the_pool"),
    ("ManagerEnds", "every_lane_is_empty", "accepted_future_ends_with_the_pool"),
    ("ManagerEnds", "no_job_is_owed", "accepted_future_ends_with_the_pool"),
    ("ThreadCannotPickle", "is_deferred", "late_is_withdrawn"),
    ("ThreadCannotPickle", "wins_the_claim", "ends_once"),
    ("ThreadFindsItClaimed", "loses_the_claim", "nobody_is_lost"),
    ("ThreadReadsValue", "is_reading", "ends_once"),
    ("ThreadReadsError", "is_reading", "ends_once"),
    ("WorkerBegins", "next_ticket_is_a_task", "begins_once"),
    ("WorkerBegins", "waits", "runs_one_task"),
    ("WorkerAnswers", "runs", "blamed_task_had_begun"),
)
"""Action, the condition of its guard that is dropped, and what is refused then."""

NOT_NEEDED: dict[tuple[str, str], str] = {
    ("WorkerBegins", "is_alive"): "what a worker does before it is reaped is found before it is reaped",
    ("WorkerAnswers", "is_alive"): "what a worker does before it is reaped is found before it is reaped",
}
"""Conditions that say what is the case, and that no claim rests on."""

CONJUNCTS: tuple[tuple[str, str, str], ...] = (
    ("out_is_booked", "ClientCannotPickle", "ended_task_has_no_ticket"),
    ("booked_once", "ManagerBreaksWhatIsBegun", "booked_and_ended_is_cancelled"),
    ("booked_is_somewhere", "ClientFindsItBegun", "false_means_begun"),
    ("booked_is_nowhere_else", "ManagerBreaksWhatIsBegun", "rebuilt_was_answered"),
    ("inbox_is_apart", "ClientIssuesAlone", "booked_is_nowhere_else"),
    ("listed_once", "ManagerIssues", "booked_is_nowhere_else"),
    ("runs_one_task", "ManagerReapsInABrokenPool", "one_task_a_death"),
    ("runs_on_one_worker", "ManagerBlamesTask", "blamed_runs_nowhere"),
    ("running_has_begun", "ClientFindsItBegun", "false_means_begun"),
    ("answered_has_begun", "ClientFindsItBegun", "false_means_begun"),
    ("unread_is_answered", "ClientFindsItBegun", "false_means_begun"),
    ("begun_is_claimed", "ClientWithdraws", "refused_task_never_begins"),
    ("rebuilt_was_answered", "ClientFindsItAnswered", "false_means_begun"),
    ("works_where_a_worker_is", "ManagerEnds", "accepted_future_ends_with_the_pool"),
    ("ended_is_claimed", "ClientWithdraws", "refused_task_never_begins"),
    ("booked_and_ended_is_cancelled", "ManagerBreaksWhatIsBegun", "ends_once"),
    ("blamed_runs_nowhere", "WorkerAnswers", "blamed_task_had_begun"),
    ("has_one_submitter", "ClientPosts", "gated_is_untouched"),
    ("submitted_is_not_out_yet", "ClientPassesGate", "has_one_submitter"),
    ("gated_is_untouched", "ClientPosts", "task_is_in_one_place"),
    ("unused_is_untouched", "ClientIsRefused", "refused_task_never_begins"),
    ("refused_is_nowhere", "ClientRevokesItsTicket", "refused_task_never_begins"),
    ("posted_is_somewhere", "ClientSeesItStillOpen", "nobody_is_lost"),
    ("inbox_can_be_claimed", "ClientIsOutrun", "accepted_future_ends_with_the_pool"),
    ("listed_can_be_claimed", "ManagerForgets", "nobody_is_lost"),
    ("closed_before_asked", "ManagerCancels", "cancels_only_if_asked"),
    ("late_is_withdrawn", "ManagerDropsLateTask", "nobody_is_lost"),
    ("known_request_was_first", "ManagerDropsLateTask", "nobody_is_lost"),
    ("over_is_shut", "ClientSeesItStillOpen", "accepted_future_ends_with_the_pool"),
    ("over_has_nothing_left", "ClientIsOutrun", "accepted_future_ends_with_the_pool"),
)
"""The conjunct that is dropped, the action that then breaks another, and which."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """The proof with one condition less."""

    name: str
    action: Action
    invariant: tuple[Conjunct, ...]
    stated: str
    """What must be refused."""

    @property
    def paper(self) -> Paper:
        """What the solvers are asked."""
        return paper_of(self.action, self.invariant)


@dataclass(frozen=True, slots=True)
class Caught:
    """What the solvers said to it."""

    name: str
    stated: str
    refused_by: str
    """The stated condition if a world shows that it fails, else the first that does; "" if none does."""
    story: tuple[str, ...] = ()

    @property
    def as_stated(self) -> bool:
        """Whether it is refused by what is named for it."""
        return self.refused_by == self.stated


BY_NAME = {action.name: action for action in ACTIONS}


def _mutants() -> Iterator[Dropped]:
    for name, condition, stated in GUARDS:
        yield Dropped(f"{name} without {condition}", BY_NAME[name].without(condition), INVARIANT, stated)
    for conjunct, name, stated in CONJUNCTS:
        less = tuple(one for one in INVARIANT if one.name != conjunct)
        yield Dropped(f"the invariant without {conjunct}", BY_NAME[name], less, stated)


MUTANTS: tuple[Dropped, ...] = tuple(_mutants())


def refusal(mutant: Dropped, *, told: bool = False) -> Caught:
    """What becomes of the mutant, and why, if that is to be told."""
    paper = mutant.paper
    answered = ask(paper, (Z3,))
    refused = [one for one in answered.refused if one.is_wrong]
    names = [one.question.name for one in refused]
    by = mutant.stated if mutant.stated in names else next(iter(names), "")
    lines: tuple[str, ...] = ()
    if told and by:
        question = refused[names.index(by)].question
        lines = (mutant.name, *story(paper, question, mutant.action, mutant.invariant), "")
    return Caught(mutant.name, mutant.stated, by, lines)


def caught(say: Callable[[str], None], *, jobs: int = 1, stories: bool = False) -> list[Caught]:
    """What becomes of each."""
    with ThreadPoolExecutor(jobs) as threads:
        found = []
        for one in threads.map(lambda mutant: refusal(mutant, told=stories), MUTANTS):
            say(f"{one.name}: {one.refused_by or 'not refused'}")
            found.append(one)
    return found
