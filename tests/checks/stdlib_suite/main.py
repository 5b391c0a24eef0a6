"""Decides: the command line, the order of the steps, and the exit code.

0 every test is as expected; 1 it is not; 2 wrong use, or the suite cannot be started; 3 interrupted, not finished;
4 not run: no interpreter with CPython's test package was found. Nothing but 0 is a pass.
Must not know: how a test is run or judged.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from fnmatch import fnmatchcase
from pathlib import Path
from types import FrameType

from .deviations import Deviation, UnreadableListError, read_deviations
from .interpreters import PROJECT, candidates, has_the_tests, make_environment
from .launch import InterruptedRunError, Launcher
from .report import Result, details, line, say, summary, write_json
from .verdict import Judged, judge, unmatched

OURS = "checkedpool:ProcessPoolExecutor"
STANDARD = "concurrent.futures.process:ProcessPoolExecutor"
GOOD, BAD, UNUSABLE, NOT_FINISHED, NOT_RUN = range(5)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite; return the exit code."""
    options = _parse(arguments)
    interpreter = _find(options.interpreter)
    if interpreter is None:
        say(_not_run(options.interpreter), sys.stderr)
        return NOT_RUN
    signal.signal(signal.SIGTERM, _interrupt)
    executor = STANDARD if options.executor == "standard" else options.executor
    stop = threading.Event()
    with tempfile.TemporaryDirectory(prefix="stdlib-suite-", ignore_cleanup_errors=True) as directory:
        try:
            listed = read_deviations(options.deviations) if executor == OURS else []
            python = make_environment(interpreter, Path(directory, "env"), executor)
            launcher = Launcher(python, options.limit, Path(directory), stop)
            found = launcher.list_tests()
        except (UnreadableListError, RuntimeError, subprocess.CalledProcessError) as problem:
            say(f"stdlib-suite cannot start: {problem}", sys.stderr)
            return UNUSABLE
        every = _strings(found["tests"])
        listed = [row for row in listed if row.counts_for(str(found["python"]))]
        tests = [test for test in every if _chosen(test, options.k)]
        if options.list or not tests:
            say("\n".join(tests) or "no test is chosen by -k")
            return GOOD if tests else UNUSABLE
        say(f"{len(tests)} tests, CPython {found['python']} in {interpreter}, at most {options.jobs} at a time\n")
        began = time.monotonic()
        judged, finished = _run_all(launcher, tests, listed, options.jobs)
    result = Result(
        interpreter=str(interpreter),
        python=str(found["python"]),
        executor=str(found["executor"]),
        judged=judged,
        unmatched=[] if options.k else unmatched(listed, every),
        unknown=_strings(found["unknown"]),
        filtered=bool(options.k),
        finished=finished,
        seconds=time.monotonic() - began,
    )
    say("\n".join([*map(details, result.bad), summary(result)]))
    if options.json:
        write_json(result, options.json)
    return NOT_FINISHED if not finished else GOOD if result.good else BAD


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="stdlib-suite", description="CPython's own process-pool tests against ours.")
    parser.add_argument("--interpreter", type=Path, help="a Python with the test package (default: look for one)")
    parser.add_argument("--executor", default=OURS, help="module:attribute, or 'standard' (default: %(default)s)")
    parser.add_argument("-k", action="append", default=[], help="only tests that contain this or match this pattern")
    parser.add_argument("--json", type=Path, help="write the result to this file ('-': standard output)")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for one test (default: %(default)s)")
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=2, help="tests at a time (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="name the tests and stop")
    parser.add_argument("--deviations", type=Path, default=PROJECT / "spec" / "deviations.md", help="the list")
    return parser.parse_args(arguments)


def _find(asked: Path | None) -> Path | None:
    """The interpreter that was asked for, or the first that has the tests."""
    return next((path for path in ([asked] if asked else candidates()) if has_the_tests(path)), None)


def _not_run(asked: Path | None) -> str:
    where = f"{asked} cannot import it" if asked else "neither this Python nor a pyenv 3.13 has it"
    return (
        f"stdlib-suite NOT RUN: CPython's package test.test_concurrent_futures is needed, and {where}.\n"
        "Distributions often leave the tests out; a Python built from source has them, for example\n"
        "    pyenv install 3.13        (found by itself)\n"
        "or name one with --interpreter /path/to/python3."
    )


def _run_all(launcher: Launcher, tests: list[str], listed: list[Deviation], jobs: int) -> tuple[list[Judged], bool]:
    """Run and judge; the second value says whether nothing was interrupted."""
    judged: list[Judged] = []

    def one(test: str) -> None:
        if not launcher.stop.is_set():
            verdict = judge(launcher.run(test), listed)
            judged.append(verdict)
            say(line(verdict))

    with ThreadPoolExecutor(jobs) as threads:
        futures = [threads.submit(one, test) for test in tests]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            launcher.stop.set()
            for future in done:
                future.result()
        except (KeyboardInterrupt, InterruptedRunError):
            return judged, False
        finally:
            launcher.stop.set()
            threads.shutdown(cancel_futures=True)
    return judged, len(judged) == len(tests)


def _chosen(test: str, patterns: list[str]) -> bool:
    return not patterns or any(pattern in test or fnmatchcase(test, pattern) for pattern in patterns)


def _strings(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
