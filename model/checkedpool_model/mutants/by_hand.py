"""Each rule of the protocol broken by hand: a check that could not fail would check nothing.

Decides: which rule is broken, which claim must notice and in which graph. Must not know: how a table is changed
(``table_changes``), how a graph is explored.

A mutant's graph is the smallest one among the scopes in which its killer notices.
"""

from dataclasses import dataclass

from checkedpool_model.mutants import table_changes as broken
from checkedpool_model.mutants.table_changes import Change, both, does, drop, never, weaken
from checkedpool_model.protocol.actions import manager

__all__ = ["MUTANTS", "Mutant"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A broken protocol, and who must notice."""

    name: str
    """What the broken protocol does, as a sentence."""
    killer: str
    """The claim that fails first."""
    scope: str
    script: int
    """Which of the scope's scripts."""
    change: Change
    clauses: str = ""
    """The clauses that it breaks beside those that its killer names, divided by spaces."""


# --- the list ---------------------------------------------------------------------------------------------------------

MUTANTS: tuple[Mutant, ...] = (
    # submit and shutdown
    Mutant("submit() does not look at the gate again", "accepted_future_ends_with_the_pool", "gate", 0,
           drop("ClientSeesItStillOpen", "sees_it_open"), "C-61"),
    Mutant("submit() refuses although the pool is open", "is_refused_only_if_shut", "gate", 0,
           drop("ClientIsRefused", "sees_it_shut")),
    Mutant("submit() withdraws although the pool is open", "is_withdrawn_only_if_shut", "gate", 0,
           drop("ClientWithdraws", "sees_it_shut")),
    Mutant("submit() withdraws without claiming", "refused_task_never_begins", "gate", 0,
           drop("ClientWithdraws", "wins_the_claim")),
    Mutant("shutdown(wait=True) returns when all is settled", "wait_returns_when_all_is_over", "exit-handlers", 1,
           weaken("ClientReturns", "manager_has_ended", broken.all_is_settled)),
    Mutant("a second shutdown(wait=True) returns at once", "wait_returns_when_all_is_over", "shutdown-orders", 0,
           weaken("ClientReturns", "manager_has_ended", broken.all_is_settled_once_asked_before)),
    # cancel
    Mutant("cancel() ends a future and tells nobody", "ended_future_is_notified", "task-limit", 1,
           does("ClientCancels", broken.cancels_silently)),
    Mutant("cancel() says that a future has ended which has not", "cancel_finds_an_end_that_is_there", "task-limit", 1,
           drop("ClientFindsItEnded", "sees_an_end")),
    Mutant("cancel() takes what was sent for begun", "cancel_fails_only_if_begun", "two-cancel", 0,
           drop("ClientFindsItBegun", "ticket_is_taken")),
    Mutant("cancel() trusts the lane that it read before locking it", "cancel_fails_only_if_begun", "gate", 0,
           drop("ClientFindsItBegun", "task_is_still_there")),
    Mutant("cancel() overlooks the return buffer", "cancel_fails_only_if_begun", "two-cancel", 0,
           both(weaken("ClientRevokesItsTicket", "ticket_is_there", broken.ticket_is_in_the_socket),
                weaken("ClientFindsItBegun", "ticket_is_taken", broken.ticket_is_not_in_the_socket))),
    Mutant("cancel() succeeds although a worker has begun the task", "cancelled_task_never_begins", "gate", 0,
           drop("ClientRevokesItsTicket", "ticket_is_there")),
    Mutant("cancel() leaves its ticket in the socket", "ended_task_has_no_ticket", "two-cancel", 0,
           does("ClientRevokesItsTicket", broken.leaves_its_ticket)),
    Mutant("a canceller takes tickets back first and tells the manager then", "no_deadlock", "interrupted", 0,
           both(does("ClientRevokesItsTicket", broken.reads_back_without_a_word),
                does("ClientWakesManager", broken.tells_of_the_lane_and_wakes)), "C-21"),
    # sleeping and waking
    Mutant("clients do not wake the manager", "no_deadlock", "exit-handlers", 0,
           does("ClientWakesManager", broken.does_not_wake), "C-50"),
    Mutant("a client that wakes takes the flag down before he writes the byte", "no_deadlock", "interrupted", 1,
           does("ClientWakesManager", broken.takes_the_flag_down_then_wakes)),
    Mutant("the manager sleeps without a second look", "no_deadlock", "exit-handlers", 0,
           drop("ManagerSleeps", "inbox_is_empty"), "C-50"),
    Mutant("the manager sleeps although it has work", "no_task_waits_beside_an_idle_worker", "idle", 0,
           drop("ManagerPutsUpTheFlag", "has_done_all")),
    # lending
    Mutant("a client issues alone although something was posted before", "one_worker_begins_in_order", "interrupted", 0,
           both(drop("ClientIssuesAlone", "its_submitter_has_looked_again"),
                drop("ClientIssuesAlone", "next_is_pickled"),
                weaken("ClientIssuesAlone", "next_is_a_task", broken.has_posted_anywhere),
                does("ClientIssuesAlone", broken.issues_alone_whatever_is_older))),
    Mutant("a client issues alone while the manager is awake", "one_worker_begins_in_order", "interrupted", 0,
           drop("ClientIssuesAlone", "flag_is_up")),
    Mutant("a client issues alone to a worker that is at something", "no_task_waits_beside_an_idle_worker", "lent", 0,
           drop("ClientIssuesAlone", "owes_nothing")),
    Mutant("a client issues alone what has still to be pickled", "what_begins_can_be_pickled",
           "user-code-fails", 0, drop("ClientIssuesAlone", "next_is_pickled")),
    Mutant("a client issues alone without claiming", "task_is_in_one_place", "gate", 0,
           does("ClientIssuesAlone", broken.issues_alone_without_claiming)),
    Mutant("the answer of a task that was issued alone does not wake the manager", "accepted_task_0_ends",
           "live-calls", 0,
           both(does("ClientIssuesAlone", broken.issues_alone_and_marks_the_lane),
                weaken("ManagerWakes", "something_wakes_it", broken.something_but_an_answer_of_such_a_lane))),
    # taking in
    Mutant("a task that comes after the request is taken in", "no_deadlock", "gate", 1,
           does("ManagerTakesTask", broken.accepts_what_comes_after_the_request), "C-48"),
    Mutant("the latest request wins", "strongest_request_wins", "shutdown-orders", 4,
           does("ManagerTakesRequest", broken.takes_the_latest_request)),
    Mutant("the first request wins", "strongest_request_wins", "shutdown-orders", 1,
           does("ManagerTakesRequest", broken.keeps_the_first_request)),
    Mutant("what a canceller took back is forgotten", "no_deadlock", "task-limit", 2,
           does("ManagerLooksAtLane", broken.forgets_what_was_returned)),
    Mutant("an order to leave that was taken back is forgotten", "no_deadlock", "task-limit", 1,
           does("ManagerLooksAtLane", broken.forgets_the_order_to_leave)),
    Mutant("an answer ends a future that the break has ended", "future_ends_at_most_once", "boot", 0,
           does("ManagerTakesAnswer", broken.ends_whatever_is_answered)),
    Mutant("a lane is read before its start is reported", "never_more_workers_than_allowed", "patience", 0,
           both(drop("ManagerBlamesTask", "has_a_process"), drop("ManagerTakesAnswer", "has_a_process"))),
    # dealing and taking back
    Mutant("the manager issues without claiming", "ended_task_has_no_ticket", "two-cancel", 0,
           drop("ManagerIssues", "oldest_can_be_claimed")),
    Mutant("the manager claims before it has the lane's lock", "books_show_what_runs", "idle", 0,
           does("ManagerIssues", broken.claims_without_a_ticket)),
    Mutant("the manager issues past a return buffer", "one_worker_begins_in_order", "order", 0,
           drop("ManagerIssues", "has_nothing_returned")),
    Mutant("nothing is taken back from a busy worker", "no_task_waits_beside_an_idle_worker", "idle", 0,
           weaken("ManagerRevokesTickets", "is_to_be_emptied", broken.is_to_be_emptied_only_to_end)),
    Mutant("what is dealt anew is left where it was", "task_is_in_one_place", "idle", 0,
           does("ManagerRevokesTickets", broken.deals_anew_what_is_still_out)),
    Mutant("the task limit is not kept", "task_limit_is_kept", "task-limit", 0,
           weaken("ManagerIssues", "has_room", broken.has_room_whatever_the_limit)),
    Mutant("a worker over its limit in memory is dealt a task", "who_is_full_begins_nothing", "memory-limit", 0,
           weaken("ManagerIssues", "has_room", broken.has_room_whatever_its_memory)),
    Mutant("a worker over its limit in memory is not told to leave", "no_deadlock", "memory-limit", 0,
           weaken("ManagerTellsToLeave", "is_not_needed", broken.is_not_needed_whatever_its_memory), "C-151"),
    # requests and the end
    Mutant("cancelling at shutdown tells nobody", "ended_future_is_notified", "exit-handlers", 1,
           does("ManagerCancels", broken.cancels_pending_silently)),
    Mutant("cancelling at shutdown does not claim", "refused_task_never_begins", "gate", 2,
           drop("ManagerCancels", "can_be_claimed")),
    Mutant("SIGTERM is not followed by SIGKILL", "the_end_stays_in_reach", "refusing-to-die", 0,
           weaken("ManagerKills", "is_to_be_killed", broken.was_asked_to_kill), "C-53"),
    Mutant("a worker that stalls is waited for", "the_end_stays_in_reach", "exit-handlers", 0,
           both(weaken("ManagerTerminates", "is_to_be_terminated", broken.was_asked_to_terminate),
                weaken("ManagerTerminatesInVain", "is_to_be_terminated", broken.was_asked_to_terminate)), "C-75"),
    Mutant("nobody is told to leave", "no_deadlock", "exit-handlers", 0, never("ManagerTellsToLeave"), "C-45"),
    Mutant("the manager ends before its workers are reaped", "nothing_outlives_the_pool", "exit-handlers", 0,
           drop("ManagerEnds", "every_lane_is_empty")),
    Mutant("the manager ends while a worker is being started", "nothing_outlives_the_pool", "on-demand", 1,
           weaken("ManagerEnds", "every_lane_is_empty", broken.counts_no_starts)),
    Mutant("the manager ends without a last look at the inbox", "accepted_future_ends_with_the_pool", "gate", 0,
           drop("ManagerEnds", "inbox_is_empty")),
    # deaths
    Mutant("a death is not charged", "accepted_future_ends_with_the_pool", "shutdown-orders", 0,
           does("ManagerBlamesTask", broken.drops_the_dead_workers_task)),
    Mutant("a dead worker's task is run again", "task_begins_at_most_once", "replace", 0,
           does("ManagerBlamesTask", broken.deals_the_dead_workers_task_again)),
    Mutant("a death under replace fails the other workers' tasks too", "replacing_spares_the_others", "replace", 0,
           does("ManagerBlamesTask", broken.breaks_what_others_run)),
    Mutant("a death is blamed on what the other workers ran too", "death_is_blamed_once", "replace", 0,
           does("ManagerBlamesTask", broken.blames_what_others_run)),
    Mutant("a death is blamed on what another worker has answered", "answered_task_is_not_blamed", "replace", 0,
           does("ManagerBlamesTask", broken.blames_what_others_have_answered)),
    Mutant("a death that nothing had begun before is charged to the next task", "blamed_task_had_begun", "replace", 0,
           does("ManagerBlamesTask", broken.blames_the_next_task)),
    Mutant("a death is blamed before the answers are read", "death_is_blamed_on_what_ran", "shutdown-orders", 0,
           drop("ManagerBlamesTask", "has_no_answer")),
    Mutant("a death is blamed with tickets still in the socket", "death_is_blamed_on_what_ran", "shutdown-orders", 0,
           drop("ManagerBlamesTask", "has_no_tickets_out")),
    Mutant("a death is blamed past a return buffer", "death_is_blamed_on_what_ran", "gate", 0,
           drop("ManagerBlamesTask", "has_nothing_returned")),
    Mutant("a killed worker is reaped before its answers are read", "ordered_end_is_blamed_on_what_ran", "values", 4,
           drop("ManagerReaps", "has_no_answer")),
    Mutant("a worker that was told to leave is reaped before it has ended", "only_the_ended_is_reaped", "exit-handlers",
           0, drop("ManagerReaps", "has_ended")),
    Mutant("a worker that is alive is taken for dead", "a_death_is_an_end", "exit-handlers", 0,
           drop("ManagerBlamesTask", "has_ended")),
    Mutant("breaking goes before cancelling", "a_cancel_outlasts_a_death", "shutdown-orders", 4,
           drop("ManagerBreaks", "is_not_to_cancel")),
    Mutant("breaking leaves pending tasks", "no_deadlock", "shutdown-orders", 0, never("ManagerBreaks"), "C-82"),
    Mutant("breaking does not claim", "refused_task_never_begins", "gate", 0, drop("ManagerBreaks", "can_be_claimed")),
    Mutant("breaking ends a task with its ticket in the socket", "ended_task_has_no_ticket", "boot", 0,
           drop("ManagerBreaksWhatIsBegun", "has_no_tickets_out")),
    Mutant("breaking ends a task with its ticket in a return buffer", "future_ends_at_most_once", "2x2", 1,
           drop("ManagerBreaksWhatIsBegun", "has_nothing_returned")),
    Mutant("a death is what the end of file says", "no_deadlock", "what-the-dead-leave", 0,
           both(weaken("ManagerReaps", "has_ended", broken.pipes_are_at_their_end),
                weaken("ManagerBlamesTask", "has_ended", broken.pipes_are_at_their_end)), "C-77"),
    Mutant("an exit status that was stolen is waited for", "no_deadlock", "what-the-dead-leave", 0,
           both(weaken("ManagerReaps", "has_ended", broken.exit_status_is_there),
                weaken("ManagerBlamesTask", "has_ended", broken.exit_status_is_there)), "C-77"),
    Mutant("a torn answer is taken for an answer", "outcome_is_an_answers", "what-the-dead-leave", 0,
           does("ManagerTakesAnswer", broken.takes_a_torn_answer)),
    Mutant("a worker outlives its parent", "no_deadlock", "orphans", 0, never("WorkerIsOrphaned"), "C-97"),
    # stopping a task
    Mutant("a wish to stop a task is taken in and forgotten", "no_deadlock", "live-stop", 0,
           does("ManagerTakesStop", broken.forgets_the_stop), "C-111"),
    Mutant("a worker is ended before the tickets behind what is to stop are back", "who_runs_something_else_is_spared",
           "stop-beside", 0, weaken("ManagerTerminates", "is_to_be_terminated", broken.has_a_task_to_stop)),
    Mutant("a worker is killed before the tickets behind what is to stop are back",
           "who_runs_something_else_is_not_killed", "stop-beside", 0,
           weaken("ManagerKills", "is_to_be_killed", broken.has_a_task_to_stop)),
    Mutant("a worker that was ended to stop its task has died of it", "death_is_blamed_once", "stop", 0,
           does("ManagerReaps", broken.blames_what_was_to_stop), "C-112"),
    Mutant("a worker that ends by itself is blamed for what is to be stopped", "what_is_to_be_stopped_is_not_blamed",
           "stop", 0,
           both(weaken("ManagerReaps", "was_told_to_end", broken.was_told_or_signalled),
                weaken("ManagerBlamesTask", "was_not_told_to_end", broken.was_neither_told_nor_signalled))),
    Mutant("one death more in a row is survived than may be", "a_row_of_deaths_breaks_the_pool", "deaths-in-a-row", 0,
           does("ManagerBlamesTask", broken.survives_one_death_more)),
    Mutant("one death less in a row is survived than may be", "a_death_breaks_only_in_its_row", "deaths-in-a-row", 0,
           does("ManagerBlamesTask", broken.survives_one_death_less)),
    Mutant("deaths are counted on over a task that was finished", "an_answer_ends_the_row", "deaths-in-a-row", 0,
           does("ManagerTakesAnswer", broken.goes_on_counting_deaths)),
    Mutant("what is to be stopped needs a worker", "a_worker_is_started_for_a_task", "stop-and-more", 0,
           weaken("ManagerAsksForStart", "one_more_is_needed", broken.counts_what_is_stopped)),
    Mutant("an answer ends a future that was stopped", "future_ends_at_most_once", "stop-beside", 0,
           does("ManagerTakesAnswer", broken.ends_what_was_stopped)),
    # user code
    Mutant("the manager ends while user code runs", "the_end_comes_after_user_code", "user-code", 0,
           drop("ManagerEnds", "no_job_is_owed")),
    Mutant("a job that is done is not counted", "no_deadlock", "user-code", 0,
           does("ManagerTakesJobDone", broken.is_not_counted)),
    Mutant("what a callback blocks waits behind it", "the_end_stays_in_reach", "blocking-callback", 0,
           never("ManagerAddsThread"), "C-12"),
    Mutant("a callback waits for the end of its own pool", "no_deadlock", "from-a-callback", 5,
           never("ClientDoesNotWaitForItself"), "C-09 C-49"),
    Mutant("cancelling at shutdown runs no callbacks", "callback_is_called_once", "user-code", 4,
           does("ManagerCancels", broken.cancels_without_callbacks)),
    Mutant("a callback is called twice", "callback_is_called_once", "user-code", 0,
           does("ThreadHasCalled", broken.calls_twice)),
    Mutant("callbacks are called before the future is told", "told_before_called", "user-code", 0,
           does("ThreadReads", broken.calls_before_it_tells)),
    Mutant("a late pickling error ends a future that was cancelled", "future_ends_at_most_once", "user-code-fails", 1,
           does("ThreadCannotPickle", broken.fails_what_somebody_else_has_claimed)),
    # starts
    Mutant("a start that hangs is waited for", "the_end_stays_in_reach", "start-hangs", 0,
           never("ManagerGivesUpStart"), "C-69"),
    Mutant("a failed start is taken for a worker", "no_deadlock", "on-demand", 0,
           does("ManagerTakesFailedStart", manager.takes_the_start), "C-69"),
    Mutant("workers are counted by those that are ready", "never_more_workers_than_allowed", "task-limit", 0,
           weaken("ManagerAsksForStart", "one_more_is_allowed", broken.counts_only_ready_workers)),
    Mutant("no worker is replaced once the executor is closed", "no_deadlock", "task-limit", 0,
           weaken("ManagerAsksForStart", "may_deal", broken.is_open), "C-73"),
)  # fmt: skip
