"""Decides: which of CPython's tests are tests of the process pool, and what the run of one test was.

    python -m stdlib_suite_inside list OUT
    python -m stdlib_suite_inside run TEST OUT

It is a package's `__main__`, so that spawn and forkserver children do not import it again as their main module.
Must not know: which tests are expected to pass.
"""

from __future__ import annotations

import concurrent.futures.process
import gc
import json
import sys
import threading
import time
import unittest
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from . import startup

PACKAGE = "test.test_concurrent_futures"
MODULES = ("test_process_pool", "test_shutdown", "test_deadlock", "test_init", "test_wait", "test_as_completed")
POOL_MIXINS = ("ProcessPoolForkMixin", "ProcessPoolForkserverMixin", "ProcessPoolSpawnMixin")
OTHER_MIXINS = ("ThreadPoolMixin", "InterpreterPoolMixin")
#: Test cases without a mixin that nevertheless test the process pool.
POOL_CLASSES = ("FailingInitializerResourcesTest",)


def list_tests() -> dict[str, Any]:
    """Every test of the process pool, and the test classes of which this program does not know what they test."""
    executor = concurrent.futures.ProcessPoolExecutor
    if executor is not concurrent.futures.process.ProcessPoolExecutor:
        raise RuntimeError("concurrent.futures and concurrent.futures.process disagree on ProcessPoolExecutor")
    tests: list[str] = []
    unknown: list[str] = []
    util = import_module(f"{PACKAGE}.util")
    for name in MODULES:
        module = import_module(f"{PACKAGE}.{name}")
        for cls in vars(module).values():
            if isinstance(cls, type) and issubclass(cls, unittest.TestCase) and cls.__module__ == module.__name__:
                methods = unittest.defaultTestLoader.getTestCaseNames(cls)
                if _is_pool_test(cls, util):
                    tests += [f"{name}.{cls.__name__}.{method}" for method in methods]
                elif methods and not _mixes_in(cls, util, OTHER_MIXINS):
                    unknown.append(f"{name}.{cls.__name__}")
    version = ".".join(map(str, sys.version_info[:3]))
    called = f"{executor.__module__}.{executor.__qualname__}"
    return {"python": version, "executor": called, "tests": tests, "unknown": unknown}


def _is_pool_test(cls: type, util: ModuleType) -> bool:
    return cls.__name__ in POOL_CLASSES or _mixes_in(cls, util, POOL_MIXINS)


def _mixes_in(cls: type, util: ModuleType, mixins: tuple[str, ...]) -> bool:
    return any(hasattr(util, name) and issubclass(cls, getattr(util, name)) for name in mixins)


def run_test(test: str) -> dict[str, Any]:
    """Run one test with the fixtures of its module."""
    _note_interpreters()
    suite = unittest.defaultTestLoader.loadTestsFromName(f"{PACKAGE}.{test}")
    if suite.countTestCases() != 1:
        raise RuntimeError(f"{test} names {suite.countTestCases()} tests")
    return judged(suite)


def judged(suite: unittest.TestSuite) -> dict[str, Any]:
    """Run a suite of one test, and say what that was."""
    support: Any = import_module("test.support")
    support.environment_altered = False
    complaints = _collect_complaints()
    result = TidyResult()
    began = time.monotonic()
    suite.run(result)
    seconds = time.monotonic() - began
    if support.environment_altered:
        complaints.append("the test left threads or processes behind (test.support.environment_altered)")
    problems = [text for _, text in result.failures + result.errors]
    problems += [f"{case}: passed although it was expected to fail" for case in result.unexpectedSuccesses]
    if problems:
        outcome, detail = "failed", "\n".join(problems)
    elif result.skipped:
        outcome, detail = "skipped", "; ".join(reason for _, reason in result.skipped)
    elif result.testsRun != 1:
        outcome, detail = "failed", f"{result.testsRun} tests ran instead of one"
    elif complaints:
        outcome, detail = "leftovers", "\n".join(complaints)
    else:
        outcome, detail = "passed", ""
    return {"outcome": outcome, "detail": detail, "seconds": seconds}


class TidyResult(unittest.TestResult):
    """Lets go of what a failed test held, before the fixtures of its module wait for the last worker to leave.

    A test that fails on the way does not come to its shutdown(), and the exception keeps the executor alive through
    its traceback; such a failure is one failure and not a hang besides.
    """

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802  # unittest's name
        super().stopTest(test)
        gc.collect()


def _note_interpreters() -> None:
    """Write down every Python that the test starts by hand: ours must be built there too."""
    script_helper = import_module("test.support.script_helper")
    script_helper.interpreter_requires_environment()  # it starts one itself, once: now, not during the test

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "subprocess.Popen" and args[0] == sys.executable:
            startup.note("interpreter")

    sys.addaudithook(hook)


def _collect_complaints() -> list[str]:
    """Exceptions that nobody caught, in a thread or in a finalizer, are not shown by the test's own result."""
    complaints: list[str] = []
    show_thread, show_unraisable = threading.excepthook, sys.unraisablehook

    def in_thread(args: threading.ExceptHookArgs) -> None:
        complaints.append(f"uncaught in thread {args.thread and args.thread.name}: {args.exc_value!r}")
        show_thread(args)

    def in_finalizer(args: sys.UnraisableHookArgs) -> None:
        complaints.append(f"uncaught in a finalizer: {args.exc_value!r} ({args.err_msg})")
        show_unraisable(args)

    threading.excepthook, sys.unraisablehook = in_thread, in_finalizer
    return complaints


def main(arguments: list[str]) -> None:
    match arguments:
        case ["list", out]:
            answer = list_tests()
        case ["run", test, out]:
            answer = run_test(test)
        case _:
            sys.exit(f"usage: list OUT | run TEST OUT, not {arguments}")
    Path(out).write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
