"""Decides: where CPython's tests are run on a cluster, the command line, the exit code.

0 every test that is asked passes; 1 one does not; 4 not run: no interpreter has the tests and can import the engine.

A Python that has CPython's tests need not have the engine: it reads that where this one has it, if it can.
Must not know: which tests are asked, what a run is worth.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from checkedpool.testing.audit.run import process_group
from tests.checks.stdlib_suite.deviations import read_deviations
from tests.checks.stdlib_suite.interpreters import (
    PROJECT,
    ROOTS,
    candidates,
    clean_environment,
    environment_with,
    has_the_tests,
)
from tests.checks.stdlib_suite.report import details, line, say
from tests.dask.stdlib_suite.listed import is_asked, judged, why, wrong_with_the_list

GOOD, BAD, NOT_RUN = 0, 1, 4
LIMIT = 600.0
"""Seconds for all of them; most of the time tasks sleep."""
DEVIATIONS = PROJECT / "spec" / "deviations.md"
START = "import tests.dask.stdlib_suite.startup as it; it.install()"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.dask.stdlib_suite", description=__doc__)
    parser.add_argument("--interpreter", type=Path, help="a Python that has the tests (default: look for one)")
    parser.add_argument("--packages", type=Path, default=_packages(), help="where the engine is installed")
    parser.add_argument("--executor", choices=("ours", "engine"), default="ours", help="engine: client.get_executor()")
    parser.add_argument("--times", type=int, default=1, help="how often one is run that fails (default: %(default)s)")
    parser.add_argument("-k", action="append", default=[], help="only tests in whose name this is")
    parser.add_argument("--list", action="store_true", help="say what is asked and what is left out, and why")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="stdlib-suite-", ignore_cleanup_errors=True) as directory:
        return _run(options, Path(directory))


def _packages() -> Path | None:
    """Where this Python has the engine."""
    found = find_spec("distributed")
    return Path(found.origin).parents[1] if found is not None and found.origin else None


def _run(options: argparse.Namespace, directory: Path) -> int:
    python = _interpreter(options, directory)
    if python is None:
        say("NOT RUN: no Python has CPython's package test.test_concurrent_futures and can import dask.distributed")
        return NOT_RUN
    begun = time.monotonic()
    if options.list:
        say("\n".join(f"{test}: {why(test)}" for test in _ask(python, directory, "list")["tests"]))
        return GOOD
    answer = _ask(python, directory, options.executor, str(options.times), *options.k)
    rows = [row for row in read_deviations(DEVIATIONS) if row.counts_for(answer["python"])]
    runs, wrong = judged(answer["runs"], rows), wrong_with_the_list(answer["tests"])
    bad = [run for run in runs if not run.verdict.good]
    counts = Counter(run.verdict.value for run in runs)
    left = len(answer["tests"]) - sum(map(is_asked, answer["tests"]))
    say("\n".join([
        *map(line, runs),
        *map(details, bad),
        *wrong,
        *(f"run again: {test}" for test, run in answer["runs"].items() if run["tries_left"] < options.times - 1),
        "",
        f"CPython {answer['python']}, its tests of executors, on a cluster of distributed {answer['engine']}",
        f"{', '.join(f'{count} {verdict}' for verdict, count in counts.items())}; {left} left out (--list)",
        f"{'FAILED' if bad or wrong or not runs else 'passed'} in {time.monotonic() - begun:.0f} s",
    ]))  # fmt: skip
    return BAD if bad or wrong or not runs else GOOD


def _interpreter(options: argparse.Namespace, directory: Path) -> Path | None:
    """That of an environment in which both are: the tests, and the engine."""
    for number, base in enumerate([options.interpreter] if options.interpreter else candidates()):
        if options.packages is not None and has_the_tests(base):
            lines = [*map(str, [PROJECT, *ROOTS, options.packages]), START]
            python = environment_with(lines, base, directory / f"env{number}")
            command = [str(python), "-c", "import distributed, test.test_concurrent_futures.executor"]
            if process_group.run(command, directory / "probe", LIMIT, clean_environment()) == 0:
                return python
    return None


def _ask(python: Path, directory: Path, *words: str) -> dict[str, Any]:
    """The answer of `inside`; what it wrote, if it has none."""
    answer, output = directory / "answer.json", directory / "output"
    answer.unlink(missing_ok=True)
    command = [str(python), "-X", "faulthandler", "-m", "tests.dask.stdlib_suite.inside", str(answer), *words]
    code = process_group.run(command, output, LIMIT, clean_environment())
    if code != 0 or not answer.exists():
        raise RuntimeError(f"inside ended with {code}:\n{output.read_text(encoding='utf-8', errors='replace')}")
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main())
