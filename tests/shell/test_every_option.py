"""``with_options`` with every combination of options, right and wrong ones; and a view of that view.

Decides: which values there are of each option, and what is wrong with which, as the contract says it. Must not know:
in which order they are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import product
from typing import Any

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool._pool.shared import PoolFuture, value_end
from checkedpool.options import CancelsRunning, also
from tests.shell.lanes import LaneAndWorker, takes_back
from tests.shell.test_every_argument import CONTEXTS, SECONDS, Three, refused

LEFT_OUT = object()
VALUES: dict[str, tuple[object, ...]] = {
    "timeout": (LEFT_OUT, None, *(value for value, _ in SECONDS if value is not None)),
    "retries": (LEFT_OUT, 0, 2, Three(), -1, 1.5, "1"),
    "retry_on": (LEFT_OUT, OSError, (), (OSError, KeyboardInterrupt), None, "OSError", (OSError, 1), OSError(), int),
    "cancel_running": (LEFT_OUT, False, True, None, 1, "no"),
    "no_option": (LEFT_OUT, None),
}
NEED_STOPPING = {"timeout": None, "cancel_running": False}
"""Options that fork has not, and with which values it has them."""
Options = Mapping[str, Any]


def as_tuple(causes: object) -> tuple[object, ...]:
    return causes if isinstance(causes, tuple) else (causes,)


def wrong(given: Options, method: str) -> Iterator[type[Exception]]:
    """What each of the options is refused with."""
    timeout = given.get("timeout")
    if "no_option" in given:
        yield TypeError
    yield from (error for value, error in SECONDS if value is timeout is not None and error)
    retries, causes = given.get("retries", 0), given.get("retry_on", ())
    if not isinstance(retries, int | Three):
        yield TypeError
    elif retries == -1:
        yield ValueError
    if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in as_tuple(causes)):
        yield TypeError
    if not isinstance(given.get("cancel_running", True), bool):
        yield TypeError
    if method == "fork" and any(given.get(name, without) != without for name, without in NEED_STOPPING.items()):
        yield ValueError


@pytest.mark.every("combination of options, of which one is wrong at most, under each start method")
@pytest.mark.parametrize("method", CONTEXTS)
def test_each_combination_of_options_makes_a_view_or_is_refused(method: str) -> None:
    """C-117, C-118, C-132, C-149, C-150."""
    pool: Any = ProcessPoolExecutor(1, CONTEXTS[method])
    for values in product(*VALUES.values()):
        given = {name: value for name, value in zip(VALUES, values, strict=True) if value is not LEFT_OUT}
        errors = tuple(wrong(given, method))
        view: Any
        view, error = refused(pool.with_options, given)
        assert error in errors or (error is None and not errors), given
        if error:
            continue
        assert view is not pool
        again = view.with_options()
        assert again._pool.options == view._pool.options
        assert again._pool.pool is pool._pool


@takes_back
@pytest.mark.every("state of a future whose cancel() stops the task")
@pytest.mark.parametrize("state", ["pending", "begun", "cancelled", "done"])
def test_cancel_says_in_each_state_what_terminate_says(state: str) -> None:
    """C-118."""
    said: list[tuple[bool, bool]] = []
    for name in "cancel", "terminate":
        with closing(LaneAndWorker()) as both:
            both.future_type = also(CancelsRunning, both.future_type)
            future: PoolFuture[Any] = both.send(1, 7)
            if state != "pending":
                assert both.lane.issue(((1, 7),)) == []
                both.take_ticket()
            if state == "cancelled":
                assert future.terminate()
            elif state == "done":
                future.complete(value_end("value"))
            said.append((getattr(future, name)(), future.cancelled()))
    assert said[0] == said[1] == (state != "done", state != "done")
