"""Decides: which of CPython's tests are asked of the executor on a cluster, and what is wrong with a run of them.

A test is asked, or left out by a reason; one that is neither is wrong, as is a reason for a test that there is not.
What a run is worth the pool's suite says, by the pool's list of tests that do not pass (spec/deviations.md).
Must not know: how tests are run, what is printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from tests.checks.stdlib_suite.deviations import Deviation
from tests.checks.stdlib_suite.expected import reason_for
from tests.checks.stdlib_suite.trail import Trail
from tests.checks.stdlib_suite.verdict import Judged, Outcome, Run, judge

#: Tests that call what every Executor has, whatever its constructor takes.
ASKED = (
    "executor.ExecutorTest.*",
    "test_shutdown.ExecutorShutdownTest.*",
    "test_wait.WaitTests.*",
    "test_as_completed.AsCompletedTests.*",
    "test_process_pool.ProcessPoolExecutorTest.test_map_chunksize",
)

#: Pattern -> reason.  Of two patterns for a test the longer one counts, here or in ASKED.
LEFT_OUT = {
    "executor.ExecutorTest.test_max_workers_negative": "it is about `max_workers`; the workers are the cluster's",
    "test_init.*": "an initializer of workers; the workers are the cluster's",
    "test_process_pool.*": "what the process pool has beyond the interface: its constructor, its processes, their ends",
    "test_deadlock.*": "it reaches into the process pool's own threads and queues",
    "test_shutdown.ProcessPoolShutdownTest.*": "it reaches for the process pool's processes",
    "test_shutdown.ThreadPoolShutdownTest.*": "it reaches for the thread pool's threads",
    "test_thread_pool.*": "threads of one process",
    "test_wait.ThreadPoolWaitTests.*": "its tasks wait for an event of one process",
}


def is_asked(test: str) -> bool:
    return len(_longest(test, ASKED)) > len(_longest(test, LEFT_OUT))


def _longest(test: str, patterns: Mapping[str, str] | tuple[str, ...]) -> str:
    return max((pattern for pattern in patterns if fnmatchcase(test, pattern)), key=len, default="")


def why(test: str) -> str:
    """The reason for which it is left out."""
    return "asked" if is_asked(test) else reason_for(test, LEFT_OUT)


def wrong_with_the_list(tests: list[str]) -> list[str]:
    """What the list does not know of, and what it knows that is not there."""
    return [
        *(f"{test}: neither asked nor left out" for test in tests if not why(test)),
        *(
            f"{pattern}: there is no such test"
            for pattern in (*ASKED, *LEFT_OUT)
            if not any(fnmatchcase(test, pattern) for test in tests)
        ),
    ]


def judged(runs: Mapping[str, Mapping[str, Any]], deviations: list[Deviation]) -> list[Judged]:
    """What each of them is worth."""
    return [
        judge(Run(test, Outcome(run["outcome"]), run["seconds"], run["detail"], Trail(ours=run["made"])), deviations)
        for test, run in runs.items()
    ]
