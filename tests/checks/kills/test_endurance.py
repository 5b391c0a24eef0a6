"""The long runs in small; and that they can fail.

Decides: loads in which a call cannot lose all its attempts, so that nothing depends on how fast the machine is.
Must not know: how a pool survives.
"""

from __future__ import annotations

import signal
from concurrent.futures import Future
from typing import Any

import pytest

from checkedpool import BrokenProcessPool
from tests import limits
from tests.checks.kills import endurance
from tests.checks.kills.endurance import RETRIES, Endured, Load, endure, is_explained, serve, without_limit

pytestmark = pytest.mark.usefixtures("counted_process")

HANG = "tests.checks.kills.loads.hang"


METHODS = pytest.mark.parametrize("method", ["forkserver", "spawn"])


@METHODS
def test_every_call_survives_kills_and_those_that_never_end_are_stopped(method: str) -> None:
    """C-01, C-84, C-132, C-149: no more kills than a call may be tried again."""
    done = endure(Load(80, 20, every=None, most=RETRIES, method=method))
    assert done.wrong == []
    assert 0 < len(done.killed) <= RETRIES
    assert done.hit <= len(done.killed)
    assert (done.stopped, done.lost) == (4, 0)


@METHODS
def test_a_service_with_a_limit_answers_every_request_and_one_without_stops(method: str) -> None:
    """C-14, C-132; the control asks the same pool without a limit."""
    served = serve(limits.SLOW_TEST, most=20, method=method)
    assert served.wrong == []
    assert (len(served.answers), served.stopped - served.hasty) == (20, 2)
    assert without_limit(0.2, 5, method) == 0


def ended(value: object = None, error: BaseException | None = None) -> Future[Any]:
    future: Future[Any] = Future()
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)
    return future


def of_death(**fields: Any) -> BrokenProcessPool:
    told: dict[str, Any] = {"pid": 7, "exitcode": -signal.SIGKILL, "task": HANG, "ran": True} | fields
    return BrokenProcessPool(f"worker process {told['pid']} was killed by SIGKILL in {told['task']}", **told)


@pytest.mark.parametrize(
    ("end", "value"),
    [
        (ended(5), 4),
        (ended(error=TimeoutError(HANG)), 4),
        (ended(5), None),
        (ended(error=TimeoutError("of somebody else")), None),
    ],
    ids=["another value", "a limit", "an end", "another limit"],
)
def test_an_end_that_is_wrong_is_found(end: Future[Any], value: object) -> None:
    done = Endured(1)
    endurance._look([(end, value)], done)
    assert len(done.wrong) == 1


def test_ends_that_are_right_are_counted() -> None:
    done = Endured(3)
    right = [(ended(4), 4), (ended(error=TimeoutError(HANG)), None), (ended(error=of_death()), None)]
    endurance._look(right, done)
    assert (done.wrong, done.stopped, done.lost) == ([], 1, 1)


@pytest.mark.parametrize("fields", [{"pid": 8}, {"exitcode": 1}, {"ran": False}, {"task": None}])
def test_a_death_that_is_not_explained_is_found(fields: dict[str, Any]) -> None:
    assert is_explained(of_death(), {7})
    assert not is_explained(of_death(**fields), {7})
