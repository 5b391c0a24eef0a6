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
from tests.checks.kills.endurance import RETRIES, Call, Endured, Load, endure, is_explained, look, serve, without_limit

pytestmark = pytest.mark.usefixtures("counted_process")

HANG = "tests.checks.kills.loads.hang"


METHODS = pytest.mark.parametrize("method", ["forkserver", "spawn"])


@METHODS
def test_every_call_survives_kills_and_those_that_never_end_are_stopped(method: str) -> None:
    """C-01, C-84, C-132, C-149: no more kills than a call may be tried again."""
    done = endure(Load(80, 20, every=None, most=RETRIES, method=method))
    assert done.wrong == []
    assert 0 < len(done.killed) <= RETRIES
    assert sum(lost * calls for lost, calls in done.hit.items()) <= len(done.killed)
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


def call_of(end: Future[Any], value: object, lost: int = 0) -> Call:
    end.tries = RETRIES - lost  # type: ignore[attr-defined]
    return Call(end, value)


def of_death(**fields: Any) -> BrokenProcessPool:
    told: dict[str, Any] = {"pid": 7, "exitcode": -signal.SIGKILL, "task": HANG, "ran": True} | fields
    error = BrokenProcessPool(f"worker process {told['pid']} was killed by SIGKILL in {told['task']}", **told)
    error.seconds = 0.5
    return error


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
    look(call_of(end, value), [], done)
    assert len(done.wrong) == 1


def test_ends_that_are_right_are_counted() -> None:
    done = Endured(2, {7})
    for call in call_of(ended(4), 4), call_of(ended(error=TimeoutError(HANG)), None, 1):
        look(call, [of_death()], done)
    assert (done.wrong, done.stopped, done.lost, done.hit) == ([], 1, 0, {0: 1, 1: 1})


def lost(*told: int) -> Future[Any]:
    """In all of its attempts, by deaths of which the first ones are told of."""
    error = of_death(pid=4)
    error.add_note("\n".join(str(of_death(pid=pid)) for pid in told))
    return ended(error=error)


@pytest.mark.parametrize(
    ("end", "value", "lost", "killed", "wrong"),
    [
        (lost(1, 2, 3), None, 3, 4, 0),
        (lost(1, 2, 3), 4, 3, 4, 1),
        (lost(1, 2), None, 3, 4, 1),
        (lost(1, 2), None, 2, 4, 1),
        (lost(1, 2, 3), None, 3, 3, 1),
    ],
    ids=["explained", "of a call that ends", "not told of", "with an attempt left", "not the killer's"],
)
def test_a_call_that_lost_all_its_attempts_is_explained_and_never_one_that_ends(
    end: Future[Any], value: object, lost: int, killed: int, wrong: int
) -> None:
    """C-164."""
    done = Endured(1, set(range(1, killed + 1)))
    look(call_of(end, value, lost), [of_death(pid=pid) for pid in (1, 2, 3)], done)
    assert (len(done.wrong), done.lost) == (wrong, 1)


@pytest.mark.parametrize("fields", [{"pid": 8}, {"exitcode": 1}, {"ran": False}, {"task": None}])
def test_a_death_that_is_not_explained_is_found(fields: dict[str, Any]) -> None:
    assert is_explained(of_death(), {7})
    assert not is_explained(of_death(**fields), {7})
