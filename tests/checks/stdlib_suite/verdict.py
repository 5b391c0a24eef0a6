"""Decides: what the run of a test is worth: good or bad, and why.

The comparison with the list goes both ways: a failure that is not listed is bad, and so is a listed test that passes.
A test says nothing unless our executor was built in it. A hang, a process that died and leftovers are never excused by
the list: only a plain failure, one that the test itself reports, is.
Must not know: how tests are run, what is printed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .deviations import Deviation
from .expected import MAY_BE_VACUOUS, MAY_SKIP, reason_for
from .trail import Trail


class Outcome(StrEnum):
    """How the run of one test ended."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    HUNG = "hung"
    DIED = "died"
    LEFTOVERS = "leftovers"


NO_TRAIL = Trail()


@dataclass(frozen=True)
class Run:
    """One test, run once."""

    test: str
    outcome: Outcome
    seconds: float
    detail: str = ""
    trail: Trail = NO_TRAIL


class Verdict(StrEnum):
    """What that means. The last five are bad."""

    OK = "ok"
    DEVIATES = "deviates as listed"
    SKIPPED = "skipped"
    FAILED = "failed"
    DEVIATES_OTHERWISE = "fails, but not as listed"
    STALE = "listed, but does not fail"
    VACUOUS = "vacuous"
    UNEXPECTED_SKIP = "skipped without being listed"

    @property
    def good(self) -> bool:
        return self in (Verdict.OK, Verdict.DEVIATES, Verdict.SKIPPED)


@dataclass(frozen=True)
class Judged:
    """A run and its worth; `why` is the listed reason or what is wrong."""

    run: Run
    verdict: Verdict
    why: str = ""


def judge(run: Run, deviations: Iterable[Deviation], may_be_vacuous: Mapping[str, str] = MAY_BE_VACUOUS) -> Judged:
    """Compare one run with the list."""
    listed = next((row for row in deviations if row.covers(run.test)), None)
    if run.outcome is Outcome.SKIPPED:
        return _judge_skip(run, listed)
    if run.outcome in (Outcome.HUNG, Outcome.DIED, Outcome.LEFTOVERS):
        return Judged(run, Verdict.FAILED, run.outcome.value)
    if run.trail.vacuous and not reason_for(run.test, dict(may_be_vacuous)):
        return Judged(run, Verdict.VACUOUS, run.trail.vacuous)
    if listed is None:
        return Judged(run, Verdict.OK) if run.outcome is Outcome.PASSED else Judged(run, Verdict.FAILED, "not listed")
    return _judge_listed(run, listed)


def _judge_listed(run: Run, listed: Deviation) -> Judged:
    if run.outcome is Outcome.PASSED:
        if listed.sometimes:
            return Judged(run, Verdict.OK, "passed this time")
        return Judged(run, Verdict.STALE, f"listed as `{listed.pattern}`")
    if listed.fails_with not in run.detail:
        return Judged(run, Verdict.DEVIATES_OTHERWISE, f"the failure does not contain `{listed.fails_with}`")
    return Judged(run, Verdict.DEVIATES, listed.reason)


def _judge_skip(run: Run, listed: Deviation | None) -> Judged:
    reason = reason_for(run.test, MAY_SKIP)
    if listed is not None and not reason:
        return Judged(run, Verdict.STALE, f"listed as `{listed.pattern}`, but skipped: {run.detail}")
    return Judged(run, Verdict.SKIPPED, reason) if reason else Judged(run, Verdict.UNEXPECTED_SKIP, run.detail)


def unmatched(deviations: Iterable[Deviation], tests: Iterable[str]) -> list[Deviation]:
    """Rows that name no test at all."""
    names = list(tests)
    return [row for row in deviations if not any(row.covers(name) for name in names)]
