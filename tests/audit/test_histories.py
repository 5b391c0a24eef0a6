"""Which histories the contract allows.  Decides: one history, and its opposite, a clause.  Must not know: executors."""

import pytest

from checkedpool.testing.audit import Call, Event, Kind, Work
from checkedpool.testing.audit.judge.calls import ACCEPTED, BROKEN, CLOSED
from checkedpool.testing.audit.judge.events import FROM_CALLBACK, INTERRUPTED
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel
from tests.audit.histories import Told


def test_a_task_runs_and_its_value_is_told() -> None:
    told = Told()
    task = told.submit()
    waiting = told.begin(Call.TOLD, task)
    told.event(Kind.ENTERED, task).end(waiting, "value").event(Kind.QUIET)
    assert told.difference is None


def test_what_an_answer_keeps_leads_to_nothing_that_it_does_not_keep() -> None:
    """So nothing is looked for after it; after anything else it is."""
    told = Told(workers=2)
    told.submit()
    told.begin(Call.SUBMIT, 1, Work.QUICK)
    told.call(Call.CANCEL, "True", 0)
    kept = told.checker.moments
    told.event(Kind.OPENED, 0).checker.may_be_quiet()
    assert told.checker.moments == kept
    told.event(Kind.STRUCK, 0).checker.may_be_quiet()
    assert told.checker.moments > kept


def test_a_value_of_a_task_that_nobody_entered_is_refused() -> None:
    told = Told()
    task = told.submit()
    assert told.call(Call.TOLD, "value", task).clauses == ("C-02",)


def test_another_tasks_value_is_refused() -> None:
    told = Told()
    task = told.submit()
    assert told.event(Kind.ENTERED, task).call(Call.TOLD, "another value", task).clauses == ("C-02",)


def test_a_task_that_is_begun_twice_is_refused() -> None:
    told = Told()
    task = told.submit()
    assert told.event(Kind.ENTERED, task).event(Kind.ENTERED, task).clauses == ("C-03",)


@pytest.mark.parametrize(("said", "clauses"), [(True, ()), (False, ("C-05",))])
def test_cancel_succeeds_exactly_when_no_worker_can_have_begun_the_task(said: bool, clauses: tuple[str, ...]) -> None:
    told = Told().busy()
    assert told.call(Call.CANCEL, said, told.submit()).clauses == clauses


def test_cancel_may_say_either_while_a_worker_is_free() -> None:
    for said in (True, False):
        told = Told(workers=2).busy()
        assert told.call(Call.CANCEL, said, told.submit()).difference is None


def test_cancel_of_a_task_that_has_begun_changes_nothing() -> None:
    told = Told().busy().call(Call.ADD, "returned", 0)
    told.begin(Call.CANCEL, 0)
    assert told.event(Kind.CALLED, 0, "cancelled").clauses == ("C-05", "C-01")
    told = Told().busy().call(Call.CANCEL, INTERRUPTED, 0)
    assert told.call(Call.TOLD, "cancelled", 0).clauses == ("C-05", "C-01")


def test_a_request_to_cancel_changes_nothing_of_a_task_that_has_begun() -> None:
    told = Told().busy().call(Call.ADD, "returned", 0)
    told.begin(Call.SHUTDOWN, level=ShutdownLevel.CANCEL)
    assert told.event(Kind.CALLED, 0, "cancelled").clauses == ("C-46", "C-01")


def test_a_task_that_nobody_cancels_has_another_end() -> None:
    told = Told().busy()
    told.begin(Call.CANCEL, told.submit())
    assert told.call(Call.TOLD, "cancelled", 0).clauses == ("C-01", "C-45")


def test_a_cancelled_task_never_runs() -> None:
    told = Told()
    task = told.submit()
    assert told.call(Call.CANCEL, said=True, task=task).event(Kind.ENTERED, task).clauses == ("C-05",)


def test_who_waits_for_a_cancelled_future_must_be_told() -> None:
    told = Told().busy()
    task = told.submit()
    told.begin(Call.TOLD, task)
    assert not told.call(Call.CANCEL, said=True, task=task).checker.may_be_quiet()
    assert told.event(Kind.QUIET).clauses == ("C-06",)


@pytest.mark.parametrize(("said", "clauses"), [(False, ()), (True, ("C-04",))])
def test_running_means_begun(said: bool, clauses: tuple[str, ...]) -> None:
    told = Told().busy()
    assert told.call(Call.RUNNING, said, told.submit()).clauses == clauses


def test_a_task_inside_a_worker_is_running() -> None:
    assert Told().busy().call(Call.RUNNING, said=False, task=0).clauses == ("C-04",)


def test_a_task_that_nobody_begins_although_a_worker_is_free_is_a_hang() -> None:
    told = Told()
    told.submit()
    assert told.event(Kind.QUIET).clauses == ("C-01", "C-23")


def test_a_task_behind_a_busy_worker_may_wait() -> None:
    told = Told().busy()
    told.submit()
    assert told.event(Kind.QUIET).difference is None


@pytest.mark.parametrize(("said", "clauses"), [(CLOSED, ()), (ACCEPTED, ("C-44",))])
def test_after_a_request_nothing_is_accepted(said: str, clauses: tuple[str, ...]) -> None:
    told = Told().shut_down()
    told.submit(said=said)
    assert told.clauses == clauses


def test_a_submit_beside_a_request_is_accepted_or_refused() -> None:
    for said in (ACCEPTED, CLOSED):
        told = Told()
        request = told.begin(Call.SHUTDOWN, level=ShutdownLevel.DRAIN)
        told.submit(said=said)
        assert told.end(request, "returned").difference is None


def test_an_open_executor_refuses_nothing() -> None:
    told = Told()
    told.submit(said=CLOSED)
    assert told.clauses == ("C-18",)


def test_a_wait_for_the_end_returns_only_when_all_has_ended() -> None:
    told = Told().busy()
    assert told.end(told.begin_to_wait(), "returned").clauses == ("C-48",)


def test_a_wait_for_the_end_returns_when_all_has_ended() -> None:
    told = Told().busy()
    waiting = told.begin_to_wait()
    assert told.event(Kind.QUIET).difference is None
    assert told.event(Kind.OPENED, 0).event(Kind.QUIET).clauses == ("C-48",)
    told = Told().busy()
    waiting = told.begin_to_wait()
    assert told.event(Kind.OPENED, 0).end(waiting, "returned").difference is None


def test_a_second_wait_is_no_shorter() -> None:
    told = Told().busy().shut_down()
    assert told.end(told.begin_to_wait(), "returned").clauses == ("C-48",)


def test_a_worker_that_is_there_after_the_wait_is_refused() -> None:
    told = Told()
    told.end(told.begin_to_wait(), "returned")
    assert told.event(Kind.ALIVE).clauses == ("C-48", "C-96")


def test_a_cancelling_request_leaves_no_task_that_was_not_begun() -> None:
    told = Told().busy()
    told.begin(Call.TOLD, told.submit())
    assert told.shut_down(ShutdownLevel.CANCEL).event(Kind.QUIET).clauses == ("C-46",)


def test_a_draining_request_cancels_nothing() -> None:
    told = Told().busy()
    task = told.submit()
    assert told.shut_down().call(Call.TOLD, "cancelled", task).clauses == ("C-01", "C-45")


def test_no_request_raises() -> None:
    assert Told().shut_down(said="OSError").clauses == ("C-42",)


def test_a_pool_does_not_break_by_itself() -> None:
    told = Told()
    task = told.submit()
    assert told.event(Kind.ENTERED, task).call(Call.TOLD, BROKEN, task).clauses == ("C-01", "C-82")


def test_a_value_does_not_break_a_pool() -> None:
    told = Told()
    task = told.submit(Work.UNLOADABLE)
    assert told.event(Kind.ENTERED, task).call(Call.TOLD, BROKEN, task).clauses == ("C-39", "C-41")


def test_a_death_ends_every_future() -> None:
    told = Told(workers=2).busy().busy()
    waiting = told.begin(Call.TOLD, 1)
    told.event(Kind.STRUCK, 0).call(Call.TOLD, "blamed", 0)
    assert not told.checker.may_be_quiet()
    told.end(waiting, "broken off")
    told.submit(said=BROKEN)
    assert told.event(Kind.QUIET).difference is None


def test_under_replace_a_death_ends_one_future() -> None:
    told = Told(workers=2, policy=DeathPolicy.REPLACE).busy().busy()
    told.event(Kind.STRUCK, 0).call(Call.TOLD, "blamed", 0)
    told.submit()
    assert told.difference is None
    assert told.call(Call.TOLD, "broken off", 1).clauses == ("C-80", "C-79")


def test_a_death_is_not_charged_to_the_task_of_another_worker() -> None:
    told = Told(workers=2).busy().busy()
    assert told.event(Kind.STRUCK, 0).call(Call.TOLD, "blamed", 1).clauses == ("C-80", "C-79")


def test_after_terminate_the_pool_is_closed_and_not_broken() -> None:
    told = Told().shut_down(ShutdownLevel.TERMINATE)
    told.submit(said=BROKEN)
    assert told.clauses == ("C-58",)


def test_a_callback_is_called_once_and_not_before_the_end() -> None:
    told = Told().busy().call(Call.ADD, "returned", 0)
    assert told.event(Kind.CALLED, 0, "value").difference is not None
    told = Told().busy().call(Call.ADD, "returned", 0).event(Kind.OPENED, 0)
    assert told.event(Kind.CALLED, 0, "value").difference is None
    assert told.event(Kind.CALLED, 0, "value").clauses == ("C-08",)


def test_a_callback_that_is_never_called_is_missed() -> None:
    told = Told().busy().call(Call.ADD, "returned", 0).event(Kind.OPENED, 0)
    assert told.event(Kind.QUIET).clauses == ("C-08",)


def test_the_wait_for_the_end_need_not_wait_for_the_callbacks_of_a_caller() -> None:
    told = Told().busy()
    task = told.submit()
    told.call(Call.ADD, "returned", task)
    cancelling = told.begin(Call.CANCEL, task)
    waiting = told.begin_to_wait()
    told.event(Kind.OPENED, 0).end(waiting, "returned").event(Kind.CALLED, task, "cancelled").end(cancelling, said=True)
    assert told.difference is None


def test_cancel_makes_its_callbacks_before_it_returns() -> None:
    told = Told().busy()
    task = told.submit()
    assert told.call(Call.ADD, "returned", task).call(Call.CANCEL, said=True, task=task).clauses == ("C-05", "C-08")


# --- starts that come to nothing, and calls that are interrupted ------------------------------------------------------


@pytest.mark.parametrize(("times", "clauses"), [(2, ("C-01", "C-82")), (3, ())])
def test_bad_starts_break_the_pool_when_there_are_three_and_not_before(times: int, clauses: tuple[str, ...]) -> None:
    told = Told()
    task = told.submit()
    for _ in range(times):
        told.event(Kind.BAD_START)
    assert told.call(Call.TOLD, "broken off", task).clauses == clauses


def test_after_a_bad_start_the_task_is_still_to_be_begun() -> None:
    told = Told()
    told.submit()
    assert told.event(Kind.BAD_START).event(Kind.QUIET).clauses == ("C-01", "C-23")


@pytest.mark.parametrize("policy", DeathPolicy)
def test_an_initializer_that_raises_breaks_the_pool_under_either_policy(policy: DeathPolicy) -> None:
    told = Told(policy=policy)
    task = told.submit()
    waiting = told.begin(Call.TOLD, task)
    assert not told.event(Kind.BAD_INITIALIZER).checker.may_be_quiet()
    assert told.end(waiting, "broken off").event(Kind.QUIET).difference is None


def test_the_task_of_an_interrupted_submit_may_run_and_may_be_lost() -> None:
    for runs in (True, False):
        told = Told()
        task = told.submit(said=INTERRUPTED)
        if runs:
            told.event(Kind.ENTERED, task)
        assert told.event(Kind.QUIET).difference is None


def test_an_interrupted_submit_of_a_closed_pool_runs_nothing() -> None:
    told = Told().shut_down()
    assert told.event(Kind.ENTERED, told.submit(said=INTERRUPTED)).clauses == ("C-18", "C-66")


def test_an_interrupted_cancel_may_cancel_now_later_or_not_at_all() -> None:
    for end in ("cancelled", "value"):
        told = Told().busy()
        task = told.submit()
        waiting = told.begin(Call.TOLD, task)
        told.call(Call.CANCEL, INTERRUPTED, task).event(Kind.OPENED, 0)
        if end == "value":
            told.event(Kind.ENTERED, task)
        assert told.end(waiting, end).event(Kind.QUIET).difference is None


def test_a_task_that_an_interrupted_cancel_has_cancelled_never_runs() -> None:
    told = Told().busy()
    task = told.submit()
    told.call(Call.CANCEL, INTERRUPTED, task).call(Call.TOLD, "cancelled", task).event(Kind.OPENED, 0)
    assert told.event(Kind.ENTERED, task).clauses == ("C-05",)


def test_an_interrupted_wait_loses_nothing() -> None:
    told = Told().busy()
    told.end(told.begin_to_wait(), INTERRUPTED)
    assert told.end(told.begin_to_wait(), "returned").clauses == ("C-48",)


# --- after a difference -----------------------------------------------------------------------------------------------


def found(told: Told) -> list[str]:
    """The clauses that are the first to be broken, as they were found."""
    return [one.clauses[0] for one in told.checker.differences]


def test_a_wrong_answer_hides_no_difference_of_another_call() -> None:
    told = Told().busy()
    task = told.submit()
    told.call(Call.RUNNING, said=True, task=task).call(Call.CANCEL, said=False, task=task)
    assert found(told.end(told.begin_to_wait(), "returned")) == ["C-04", "C-05", "C-48"]


def test_a_clause_is_found_once_in_a_history() -> None:
    told = Told().busy()
    for task in (told.submit(), told.submit()):
        told.call(Call.RUNNING, said=True, task=task)
    assert found(told) == ["C-04"]


def test_of_a_task_that_has_left_the_contract_nothing_more_is_judged() -> None:
    told = Told()
    task = told.submit()
    told.event(Kind.ENTERED, task).event(Kind.ENTERED, task).event(Kind.ENTERED, task)
    told.call(Call.TOLD, "another value", task).call(Call.RUNNING, said=True, task=task)
    assert found(told.event(Kind.QUIET)) == ["C-03"]


def test_a_worker_that_may_be_in_such_a_task_owes_nothing_to_another() -> None:
    told = Told()
    told.call(Call.TOLD, "another value", told.submit())
    told.submit()
    assert found(told.event(Kind.QUIET)) == ["C-02"]
    told = Told(workers=2)
    told.call(Call.TOLD, "another value", told.submit())
    told.submit()
    assert found(told.event(Kind.QUIET)) == ["C-02", "C-01"]


def test_what_a_pool_does_that_has_broken_without_a_cause_is_explained_by_one() -> None:
    told = Told(workers=2).busy().busy()
    told.call(Call.TOLD, BROKEN, 0).call(Call.TOLD, BROKEN, 1)
    told.submit(said=BROKEN)
    assert found(told) == ["C-01"]
    told.submit(said=ACCEPTED)
    assert found(told) == ["C-01", "C-83"]


def test_who_is_not_told_is_waited_for_once() -> None:
    told = Told().busy()
    task = told.submit()
    told.call(Call.ADD, "returned", task)
    waiting = told.begin(Call.TOLD, task)
    told.event(Kind.OPENED, 0).event(Kind.ENTERED, task).event(Kind.QUIET)
    before = found(told)
    assert before in (["C-07"], ["C-08"])
    assert told.checker.may_be_quiet()
    told.event(Kind.CALLED, task, "value").end(waiting, "value").event(Kind.QUIET)
    assert found(told) == before


def test_a_cancel_that_is_refused_leaves_the_task_as_it_was() -> None:
    told = Told().busy()
    task = told.submit()
    told.call(Call.CANCEL, said=False, task=task).event(Kind.OPENED, 0).event(Kind.ENTERED, task)
    told.call(Call.TOLD, "value", task)
    assert found(told) == ["C-05"]


def test_a_task_that_is_refused_for_no_reason_is_not_run() -> None:
    told = Told()
    task = told.submit(said=CLOSED)
    assert found(told.event(Kind.ENTERED, task)) == ["C-18"]


def test_what_is_allowed_is_kept_apart() -> None:
    told = Told(allowed=("C-04",)).busy()
    task = told.submit()
    told.call(Call.RUNNING, said=True, task=task).call(Call.CANCEL, said=False, task=task)
    assert found(told) == ["C-05"]
    assert [one.clauses for one in told.checker.excused] == [("C-04",)]


# --- what an answer lacks, and what has become of a future ------------------------------------------------------------


def test_a_future_that_is_not_done_and_never_will_be_is_lost() -> None:
    told = Told().busy()
    told.begin(Call.TOLD, 0)
    told.event(Kind.OPENED, 0).event(Kind.QUIET, said="0")
    assert told.clauses == ("C-01",)
    assert "it is lost" in (told.difference.says if told.difference else "")


def test_an_end_by_a_death_is_no_other_error() -> None:
    told = Told().busy().event(Kind.STRUCK, 0).call(Call.TOLD, "error", 0)
    assert told.clauses == ("C-87", "C-80")


def test_an_exception_that_is_false_is_one_all_the_same() -> None:
    told = Told()
    task = told.submit(Work.FALSY)
    assert told.event(Kind.ENTERED, task).call(Call.TOLD, "another value", task).clauses == ("C-33",)


def test_a_task_that_no_worker_can_read_ends_without_having_been_run() -> None:
    told = Told()
    task = told.submit(Work.UNREADABLE)
    waiting = told.begin(Call.TOLD, task)
    assert not told.checker.may_be_quiet()
    assert told.end(waiting, "error").event(Kind.QUIET).difference is None
    told = Told()
    assert told.call(Call.TOLD, BROKEN, told.submit(Work.UNREADABLE)).clauses == ("C-37", "C-41")


def test_sigint_between_tasks_is_no_reason_to_break() -> None:
    told = Told().event(Kind.SIGNALLED)
    told.submit(said=BROKEN)
    assert told.clauses == ("C-36",)


def test_a_death_that_a_child_of_the_task_hides_is_one() -> None:
    told = Told()
    task = told.submit(Work.LEAVES)
    told.begin(Call.TOLD, task)
    assert told.event(Kind.ENTERED, task).event(Kind.STRUCK, task).event(Kind.QUIET, said="0").clauses[0] == "C-77"


def test_a_request_in_a_callback_of_the_pool_waits_for_nobody() -> None:
    told = Told().busy()
    call = told.begin(Call.SHUTDOWN, level=ShutdownLevel.DRAIN, note=FROM_CALLBACK)
    assert told.end(call, "returned").difference is None
    call = told.begin(Call.SHUTDOWN, level=ShutdownLevel.DRAIN, note=FROM_CALLBACK)
    assert told.end(call, "RuntimeError: cannot join current thread").clauses == ("C-49", "C-42")


def test_an_error_says_what_died_and_is_its_futures_own() -> None:
    told = Told(workers=2).busy().busy().event(Kind.STRUCK, 0)
    for task in (0, 1):
        call = told.begin(Call.TOLD, task)
        told.checker.feed(Event(Kind.END, call=call, said=BROKEN, note="BrokenProcessPool", shared=task - 1))
    assert found(told) == ["C-80", "C-81"]
