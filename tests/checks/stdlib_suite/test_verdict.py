"""Decides: a run is compared with the list in both directions, and a test that says nothing about ours is no pass."""

import pytest

from .deviations import Deviation
from .trail import Trail, read_trail
from .verdict import Outcome, Run, Verdict, judge, unmatched

TEST = "test_wait.ProcessPoolForkWaitTest.test_timeout"
BUILT = Trail(ours=1, work=1)
LISTED = [Deviation("test_wait.*.test_timeout", "our answer is better", "BrokenProcessPool not raised")]


def run(outcome: Outcome, detail: str = "", trail: Trail = BUILT, test: str = TEST) -> Run:
    return Run(test, outcome, 0.1, detail, trail)


def test_a_pass_that_is_not_listed_is_good() -> None:
    assert judge(run(Outcome.PASSED), []).verdict is Verdict.OK


def test_a_failure_that_is_not_listed_is_bad() -> None:
    assert judge(run(Outcome.FAILED), []).verdict is Verdict.FAILED


def test_a_listed_failure_is_good_and_shows_its_reason() -> None:
    judged = judge(run(Outcome.FAILED, "AssertionError: BrokenProcessPool not raised"), LISTED)
    assert (judged.verdict, judged.why) == (Verdict.DEVIATES, "our answer is better")


def test_a_listed_test_that_fails_in_another_way_is_bad() -> None:
    assert judge(run(Outcome.FAILED, "AttributeError"), LISTED).verdict is Verdict.DEVIATES_OTHERWISE


def test_a_listed_test_that_passes_is_bad() -> None:
    assert judge(run(Outcome.PASSED), LISTED).verdict is Verdict.STALE


def test_a_test_that_is_listed_as_failing_sometimes_may_pass_and_may_fail_only_as_listed() -> None:
    listed = [Deviation("test_wait.*.test_timeout", "a race that we may lose", "0 not greater", sometimes=True)]
    assert judge(run(Outcome.PASSED), listed).verdict is Verdict.OK
    assert judge(run(Outcome.FAILED, "0 not greater than 0"), listed).verdict is Verdict.DEVIATES
    assert judge(run(Outcome.FAILED, "AttributeError"), listed).verdict is Verdict.DEVIATES_OTHERWISE


@pytest.mark.parametrize("outcome", [Outcome.HUNG, Outcome.DIED, Outcome.LEFTOVERS])
def test_hangs_deaths_and_leftovers_are_never_excused(outcome: Outcome) -> None:
    assert judge(run(outcome, "BrokenProcessPool not raised"), LISTED).verdict is Verdict.FAILED


def test_a_skip_must_be_listed_as_one() -> None:
    known = "test_shutdown.ProcessPoolSpawnProcessPoolShutdownTest.test_hang_gh83386"
    assert judge(run(Outcome.SKIPPED, "Hangs", test=known), []).verdict is Verdict.SKIPPED
    assert judge(run(Outcome.SKIPPED, "unavailable"), []).verdict is Verdict.UNEXPECTED_SKIP
    assert judge(run(Outcome.SKIPPED, "unavailable"), LISTED).verdict is Verdict.STALE
    for_other_methods = [Deviation("test_shutdown.*.test_hang_gh83386", "r")]
    assert judge(run(Outcome.SKIPPED, "Hangs", test=known), for_other_methods).verdict is Verdict.SKIPPED


@pytest.mark.parametrize(
    "trail",
    [Trail(), Trail(ours=1, standard=1), Trail(ours=1, interpreters=1)],
    ids=["never built", "the standard one was built", "not in the started interpreter"],
)
@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FAILED])
def test_a_test_that_says_nothing_about_ours_is_bad(trail: Trail, outcome: Outcome) -> None:
    judged = judge(run(outcome, "BrokenProcessPool not raised", trail), [])
    assert judged.verdict is Verdict.VACUOUS
    assert judged.why
    if outcome is Outcome.PASSED:
        assert judge(run(outcome, "", trail), [], {"test_wait.*": "a reason"}).verdict is Verdict.OK


def test_every_bad_verdict_is_bad() -> None:
    assert {verdict for verdict in Verdict if verdict.good} == {Verdict.OK, Verdict.DEVIATES, Verdict.SKIPPED}


def test_a_row_without_a_test_is_found() -> None:
    stray = Deviation("test_wait.*.test_tmeout", "r")
    assert unmatched([*LISTED, stray], [TEST]) == [stray]


def test_the_trail_is_counted() -> None:
    lines = ["ours 10 10", "work 10 10", "interpreter 10 10", "ours 20 20", "interpreter 10 10", "ours 20 21"]
    assert read_trail("\n".join(lines)) == Trail(ours=3, work=1, interpreters=2, interpreters_with_ours=1)
    assert read_trail("") == Trail()


def test_workers_forked_from_the_test_do_not_count_as_interpreters_of_their_own() -> None:
    trail = read_trail("ours 10 10\ninterpreter 10 10\nours 10 11\n")
    assert trail.interpreters_with_ours == 0
    assert "not built in 1 of 1" in trail.vacuous
