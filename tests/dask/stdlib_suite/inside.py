"""Decides: how CPython's tests are given an executor on a cluster, and what the run of each was.

    python -m tests.dask.stdlib_suite.inside OUT list
    python -m tests.dask.stdlib_suite.inside OUT ours|engine TIMES [WORD...]

One cluster of two workers and one client serve all tests; each has an executor of its own there.  A test that does not
pass is run so many times in all.
Must not know: what is expected of a test.
"""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
import unittest
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.dask.stdlib_suite.listed import is_asked
from tests.dask.stdlib_suite.startup import NAME
from tests.dask.tasks import FileEvent

POOLS: Any = import_module("stdlib_suite_inside.__main__")
"""The same part of the pool's suite."""
PACKAGE = POOLS.PACKAGE


def main(out: str, kind: str, times: str = "1", *words: str) -> None:
    every = list_tests()
    answer: dict[str, Any] = {"python": ".".join(map(str, sys.version_info[:3])), "tests": every}
    if kind != "list":
        asked = [test for test in every if is_asked(test) and (not words or any(word in test for word in words))]
        answer |= run(kind, asked, int(times))
    Path(out).write_text(json.dumps(answer), encoding="utf-8")


# --- which there are --------------------------------------------------------------------------------------------------


def list_tests() -> list[str]:
    """Every test that is written down in a class, once, however many classes of tests are made of that one."""
    return [
        f"{name}.{cls.__name__}.{test}"
        for name in ("executor", "test_thread_pool", *POOLS.MODULES)
        for cls in _written_in(import_module(f"{PACKAGE}.{name}"))
        for test in vars(cls)
        if test.startswith("test_")
    ]


def _written_in(module: ModuleType) -> list[type]:
    return [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]


# --- running them -----------------------------------------------------------------------------------------------------


def run(kind: str, tests: list[str], times: int) -> dict[str, Any]:
    """Run these."""
    import distributed  # noqa: PLC0415 - a list needs none

    from checkedpool.dask.executor import LOCAL  # noqa: PLC0415 - likewise

    with (
        distributed.LocalCluster(n_workers=2, **LOCAL) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        executor_type = {"ours": ours, "engine": engines_own}[kind](client)
        with executor_type(2) as executor:  # the engine's threads, which stay, are there before a test counts threads
            list(executor.map(abs, range(4)))
        runs = {test: run_some_times(test, executor_type, times) for test in tests}
    return {"runs": runs, "engine": distributed.__version__}


def run_some_times(test: str, executor_type: Any, times: int) -> dict[str, Any]:
    """The run of a test that passes, or the last one."""
    answer = run_one(test, executor_type)
    if answer["outcome"] == "passed" or times == 1:
        return answer | {"tries_left": times - 1}
    return run_some_times(test, executor_type, times - 1)


def ours(client: Any) -> Any:
    """The executor of this project."""
    from checkedpool.dask.executor import DaskExecutor  # noqa: PLC0415 - a list needs none

    class ClusterExecutor(DaskExecutor):
        made = 0

        def __init__(self, max_workers: int) -> None:  # noqa: ARG002 - how many there are is the cluster's
            super().__init__(client)
            type(self).made += 1

    return ClusterExecutor


def engines_own(client: Any) -> Any:
    """That of the engine, which is known not to keep what is asked: so it is seen that something is asked."""

    class ClusterExecutor:
        made = 0

        def __new__(cls, max_workers: int) -> Any:  # noqa: ARG004 - likewise
            cls.made += 1
            return client.get_executor()

    return ClusterExecutor


def run_one(test: str, executor_type: Any) -> dict[str, Any]:
    """One test, in a class like those that CPython makes for its own executors."""
    assert executor_type.__name__ == NAME
    executor_type.made = 0
    home, name, method = test.split(".")
    util, mixin = import_module(f"{PACKAGE}.util"), getattr(import_module(f"{PACKAGE}.{home}"), name)
    bases = (mixin, util.ExecutorMixin, util.BaseTestCase)
    with tempfile.TemporaryDirectory() as folder:
        events = (FileEvent(f"{folder}/{number}") for number in itertools.count())
        has = {"executor_type": executor_type, "create_event": lambda _: next(events), "__module__": __name__}
        answer: dict[str, Any] = POOLS.judged(unittest.TestSuite([type(f"OnACluster{name}", bases, has)(method)]))
    answer["made"] = executor_type.made
    return answer


if __name__ == "__main__":
    main(*sys.argv[1:])
