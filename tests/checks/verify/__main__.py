"""``make verify``: every check, one page, and an exit status: 0 holds, 1 violated, 3 not finished, 130 interrupted.

Decides: which checks there are and in which order; what ``make verify-long`` has besides; which a part of it has; where
its files go. Must not know: how any of them works.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.checks.verify import (
    cluster,
    code,
    contract,
    crosshair,
    generated_mutants,
    histories,
    interleavings,
    kills,
    model,
    museum,
    programs,
    proof,
    schedules,
    tables,
    tlc,
    written,
)
from tests.checks.verify import times as record
from tests.checks.verify.page import page
from tests.checks.verify.report import INTERRUPTED, Check, Report
from tests.checks.verify.times import NoRecordError, Times
from tests.checks.verify.tracks import collect
from tests.checks.verify.watching import watched

BEFORE = (
    Check("Code", programs.types, "make types", beside=True),
    Check("Code", programs.layers, "make layers", beside=True),
)
PLATFORM = Check("The code", code.suite, 'make test ARGS="tests/platform"', beside=True)
QUICK = (
    Check("Model", model.rows, f"{model.COMMAND} --all"),
    Check("Model as a whole", generated_mutants.rows, f"{model.COMMAND} --generated"),
    Check("CrossHair", crosshair.rows, crosshair.COMMAND),
    Check("Contract", contract.rows, "make verify"),
    Check("Kills", kills.rows, "make kills", beside=True),
    Check("Tables", tables.rows, tables.COMMAND),
    PLATFORM,
    Check("The code", code.rows, code.COMMAND),
    Check("Interleavings", interleavings.rows, interleavings.COMMAND),
    Check("Schedules", schedules.rows, schedules.COMMAND),
    Check("Histories", histories.rows, "make verify", beside=True),
)
LONG = (
    Check("Model", model.long_rows, f"{model.COMMAND} --all --long"),
    Check("Model as a whole", generated_mutants.long_rows, f"{model.COMMAND} --generated"),
    Check("CrossHair", crosshair.long_rows, crosshair.COMMAND),
    Check("Proof", proof.rows, "make proof"),
    Check("TLC", tlc.rows, tlc.COMMAND),
    Check("Contract", contract.long_rows, "make verify-long"),
    Check("Kills", kills.long_rows, "make kills", beside=True),
    Check("Tables", tables.rows, tables.COMMAND),
    PLATFORM,
    Check("The code", code.long_rows, f"{code.COMMAND} --long"),
    Check("Interleavings", interleavings.long_rows, f"{interleavings.COMMAND} --long"),
    Check("Schedules", schedules.long_rows, schedules.COMMAND),
    Check("Histories", histories.long_rows, "make verify-long", beside=True),
)
AFTER = (
    Check("Traces", kills.mutants, 'make test ARGS="tests/checks/traces/test_mutations.py"', beside=True),
    Check("Cluster", cluster.rows, 'make test ARGS="tests/model/test_cluster.py"', beside=True),
    Check("Museum", museum.rows, f"{model.CHECKEDPOOL} museum", beside=True),
    Check("Real pool", programs.demonstration, "make demo", beside=True),
)


def chosen(*, long: bool, only: Collection[str] = ()) -> tuple[Check, ...]:
    """The checks of a run; ``only``: those with these names, none of them left out because it is quick or dear."""
    checks = (*BEFORE, *(LONG if long else QUICK), *AFTER)
    return tuple(check for check in checks if not only or check.section in only)


BUILD = programs.ROOT / "build"
TIMES, REPORT = "verify-times.json", "verify.html"


def main(arguments: Sequence[str] | None = None, checks: Sequence[Check] | None = None, folder: Path = BUILD) -> int:
    """Run everything and show it; the page goes to standard output, progress to standard error.

    ``checks``: others than those that are asked for. ``folder``: where what is kept for the next time lies.
    """
    asked = _asked(arguments)
    wanted = chosen(long=asked.long, only=asked.only) if checks is None else checks
    progress = Console(stderr=True, highlight=False)
    report = _run(wanted, folder / TIMES, "long" if asked.long else "quick", progress)
    if asked.json:
        sys.stdout.write(json.dumps(report.plain(), indent=2) + "\n")
    else:
        Console().print(page(report), crop=False)
    _write(report, asked.report or folder / REPORT, "make verify-long" if asked.long else "make verify", progress)
    return report.exit_status


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make verify", description="Check everything; one page.")
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of the page")
    parser.add_argument("--long", action="store_true", help="explore what takes long as well: a quarter of an hour")
    names = tuple(dict.fromkeys(check.section for check in chosen(long=True)))
    parser.add_argument("--only", action="append", choices=names, default=[], help="one of these; may be repeated")
    parser.add_argument("--report", type=Path, metavar="FILE", help="where the HTML report goes: build/verify.html")
    return parser.parse_args(arguments)


def _run(checks: Sequence[Check], file: Path, kind: str, progress: Console) -> Report:
    """Run the checks, watched; what each row took is kept for the next estimate."""
    before: dict[str, float] = {}
    try:
        before = record.read(file, kind)
    except NoRecordError as error:
        progress.print(str(error), markup=False, soft_wrap=True)
    begun = time.monotonic()
    times = Times(checks, before, time.monotonic)
    with watched(progress, times) as watcher:
        report = collect(checks, watcher)
    try:
        record.write(file, kind, record.kept(before, times.took, report.left))
    except OSError as error:
        progress.print(f"no record of times is kept: {error}", markup=False, soft_wrap=True)
    return replace(report, elapsed=time.monotonic() - begun)


def _write(report: Report, path: Path, made_by: str, progress: Console) -> None:
    """Write the HTML report; where that cannot be, the verdict is still the verdict."""
    try:
        with progress.status("the report") as status:
            written.write(report, path, made_by, lambda what: status.update(Text(what)))
    except OSError as error:
        progress.print(f"no HTML report: {error}", markup=False, soft_wrap=True)
    except KeyboardInterrupt:
        progress.print("no HTML report: interrupted")
    else:
        progress.print(f"HTML report: {os.path.relpath(path)}", markup=False, soft_wrap=True)


def leave(status: int) -> None:
    """After an interrupt nobody waits for what still computes in a thread: no process is left to be ended."""
    if status == INTERRUPTED:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":  # workers that are not forked read this file too
    leave(main())
