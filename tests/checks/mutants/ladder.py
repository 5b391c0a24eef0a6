"""The kinds of checks from cheap to dear, and for each a mutant that it kills and no cheaper one does.

Decides: the order, what stands for a kind of check, which mutant is whose. Must not know: how a mutant is applied
(``under`` does that, in a process of its own, since a broken pool may hang or leave things behind).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from unittest.mock import patch

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool.testing import SCOPES, Plan, campaign
from checkedpool.testing.audit import NoExecutorError, Options, Scenario, audit
from checkedpool_model.traces.verdict import Verdict as Judged
from checkedpool_model.traces.verdict import judge
from tests.checks.conformance import check as checking
from tests.checks.kills import campaign as kills
from tests.checks.mutants.histories import ruled
from tests.checks.traces.runs import run as traced

__all__ = ["LADDER", "WITNESSES", "Check", "Tests", "Witness"]

ROOT = Path(__file__).parents[3]
PLANS = {"sweep": Plan(runs=1), "pct": Plan(runs=20), "random": Plan(runs=20)}
SCENARIOS = (
    "1: submit held; settle; submit quick; cancel 1; settle; open 0; settle; drain wait &; settle",
    "1: submit held; settle; submit quick; look 1; settle; open 0; settle; drain wait &; settle",
)
RUNS = 12
LIMIT = 20.0


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of check."""

    name: str
    run: Callable[[], str] | None = None
    """Says what it has found; "": nothing. None: as a whole it takes too long, the mutant names the part that it is."""
    around: Callable[[], AbstractContextManager[object]] = nullcontext
    """What of that part is left out."""


class _First:
    """What failed first in a run of pytest."""

    name = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest for each phase of each test."""
        if report.failed and not self.name:
            self.name = report.nodeid


@dataclass(frozen=True, slots=True)
class Tests:
    """These tests, up to the first that fails."""

    arguments: tuple[str, ...]
    """Of pytest."""

    def __call__(self) -> str:
        """The name of the one that fails."""
        first = _First()
        always = ("-q", "-x", "-p", "no:cacheprovider", f"--rootdir={ROOT}")
        status = pytest.main([*always, *self.arguments], plugins=[first])
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            raise RuntimeError(f"pytest {self.arguments}: {pytest.ExitCode(status).name}")
        return first.name


def tests(*arguments: str) -> Tests:
    """The tests that these arguments choose."""
    return Tests(arguments)


def schedules() -> str:
    """A share of the chosen schedules of ``make verify``."""
    for strategy, plan in PLANS.items():
        for name, scope in SCOPES.items():
            report = campaign(name, scope, strategy, plan)
            if report.verdict != "holds":
                what = report.failures[0].wrong if report.failures else report.verdict
                return f"{strategy} in {name}: {what}"
    return ""


def histories() -> str:
    """Histories of the real pool against the contract; the pool is broken in the audit's own processes."""
    options = Options("tests.checks.mutants.under:Pool", limit=LIMIT / 4)
    try:
        done = audit(options, [Scenario.parse(line) for line in SCENARIOS])
    except NoExecutorError as error:
        return str(error)
    return "" if done else str(done).splitlines()[0]


def traces() -> str:
    """Real runs, traced, and each trace followed through the model."""
    for seed in range(RUNS + 1):
        with tempfile.TemporaryDirectory() as directory:
            if seed:
                traced(seed, Path(directory), faulty=False)
            else:
                one_after_the_other(directory)
            report = judge(Path(directory), draw=False)
            if report.verdict is not Judged.COMPLETE:
                return f"run {seed}: {report.verdict.value}: {' '.join(report.why)}"
    return ""


def one_after_the_other(directory: str) -> None:
    """The calmest run: a worker, and a task when the last one is done."""
    with ProcessPoolExecutor(1, get_context("spawn"), trace=directory) as pool:
        for number in range(2):
            pool.submit(abs, number).result(LIMIT)


def deaths() -> str:
    """Real workers killed at points of their lives."""
    result = kills.campaign(30, 0, 1)
    return next(iter(result.wrong), "")


def without_the_protocol() -> AbstractContextManager[object]:
    """Explored graphs are held against the contract, and not against the protocol."""
    return patch.object(checking, "is_followed", lambda _scope: False)


simulated_platform = tests("tests/platform", "-k", "simulated")
real_platform = tests("tests/platform", "-k", "fork and not simulated and not forkserver")
runs = tests("tests/simulated/test_runs.py")
machines = tests("tests/machines")
shell = tests("tests/shell", "-k", "not spawn and not forkserver")

LADDER = (
    Check("platform, simulated", simulated_platform),
    Check("histories", histories),
    Check("traces", traces),
    Check("platform, real", real_platform),
    Check("runs", runs),
    Check("schedules", schedules),
    Check("rules", partial(ruled, examples=100)),
    Check("machines", machines),
    Check("kills", deaths),
    Check("shell", shell),
    Check("every schedule", around=without_the_protocol),
    Check("forward simulation"),
)
"""By what each costs here: from 1 second to 20; the last two, as a whole, minutes."""


@dataclass(frozen=True, slots=True)
class Witness:
    """This check kills this mutant, and none before it on the ladder does."""

    check: str
    mutant: str


WITNESSES = (
    Witness("platform, simulated", "the simulator tears no message"),
    Witness("histories", "a cancelled future tells no waiter"),
    Witness("traces", "a worker is told to leave for no reason"),
    Witness("platform, real", "SIGKILL is SIGTERM"),
    Witness("runs", "the loop loses what came of its operations"),
    Witness("schedules", "the manager leaves tasks behind others"),
    Witness("rules", "a pool gives up after one bad start"),
    Witness("machines", "a death is blamed before the tickets are back"),
    Witness("kills", "no future says that its task was begun"),
    Witness("shell", "the pool's running() trusts the lane that it found"),
    Witness("every schedule", "cancel does not say that it reads tickets back"),
    Witness("forward simulation", "the manager takes tickets back from one worker only when it cancels"),
)
