"""Other pools behind the face of an executor.  Decides: that nothing is put right.  Must not know: how a pool works."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from checkedpool.testing import adapters
from checkedpool.testing.audit import Options, Scenario, Verdict, audit
from checkedpool_spec.vocabulary import DeathPolicy
from tests import limits
from tests.audit.known import BUSY, END

PATIENT, SHORT = limits.HANG, 3.0


def test_every_short_name_leads_to_a_class_or_to_a_function_here() -> None:
    for known in adapters.KNOWN.values():
        module, _, name = known.target.partition(":")
        assert module != adapters.__name__ or callable(getattr(adapters, name))
    assert Options("pebble").judged_by is DeathPolicy.REPLACE
    assert Options("pebble", policy=DeathPolicy.BREAK).judged_by is Options("loky").judged_by is DeathPolicy.BREAK


@pytest.mark.slow
def test_what_a_pool_has_no_call_for_is_not_judged() -> None:
    refused = [f"{BUSY}cancel 1{END}", f"{BUSY}look 1{END}", f"{BUSY}cancel-all{END}"]
    lines = [*refused, f"{BUSY}settle{END}", f"1: submit falsy{END}"]
    done = audit(Options("multiprocessing.Pool", limit=PATIENT), [Scenario.parse(line) for line in lines])
    assert [one.verdict for one in done.rounds] == [Verdict.NOT_OFFERED] * 3 + [Verdict.AGREES] * 2, str(done)
    assert "not offered, so not judged: Future.cancel, Future.running, shutdown(cancel_futures)" in str(done)


@pytest.mark.slow
def test_the_task_of_a_dead_worker_is_lost_in_multiprocessings_own_pool() -> None:
    done = audit(Options("multiprocessing.Pool", limit=SHORT), [Scenario.parse(f"1: submit dies{END}")])
    assert list(done.shortest()) == ["C-01"], str(done)
    assert "it is lost" in str(done)


class Peer:
    """Notes by which of its calls it is used; a result is at once an answer."""

    def __init__(self, **options: Any) -> None:
        self.calls: list[Any] = [options]

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any, **keywords: Any) -> Any:
            self.calls.append(name)
            if name == "schedule":
                future: Future[Any] = Future()
                future.set_result(arguments[0](*keywords["args"], **keywords["kwargs"]))
                return future
            if name == "apply_async":
                keywords["callback"](arguments[0](*arguments[1], **arguments[2]))
            return None

        return call


@pytest.mark.parametrize(
    ("name", "kind", "calls"),
    [
        ("pebble", "ProcessPool", ["schedule", "close", "join", "stop"]),
        ("mpire", "WorkerPool", ["apply_async", "stop_and_join", "terminate"]),
    ],
)
def test_a_peer_is_used_by_its_own_calls(name: str, kind: str, calls: list[str]) -> None:
    module = ModuleType(name)
    setattr(module, kind, Peer)
    with mock.patch.dict(sys.modules, {name: module}):
        executor = getattr(adapters, name)(2)
    assert executor.submit(pow, 2, 3, mod=5).result(timeout=0) == 3
    executor.shutdown()
    executor.terminate_workers()
    assert executor._pool.calls[1:] == calls
    assert 2 in executor._pool.calls[0].values()


@pytest.mark.parametrize("name", ["loky", "joblib"])
def test_loky_kills_by_a_keyword_of_its_shutdown(name: str) -> None:
    class Kind:
        def __init__(self, max_workers: int, context: object = None) -> None:
            self.workers, self.context = max_workers, context

        def shutdown(self, **keywords: bool) -> None:
            self.asked = keywords

    module = ModuleType("a loky")
    module.ProcessPoolExecutor = Kind  # type: ignore[attr-defined]
    with mock.patch.dict(sys.modules, {"loky": module, "joblib.externals.loky": module, "joblib": module}):
        executor: Any = getattr(adapters, name)(2)
    executor.kill_workers()
    assert (executor.workers, executor.asked) == (2, {"wait": False, "kill_workers": True})
