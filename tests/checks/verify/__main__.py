"""``make verify``: every check, one page, and an exit status: 0 holds, 1 violated, 3 not finished, 130 interrupted.

Decides: which checks there are and in which order; which has which size; which a part of it has; where
its files go. Must not know: how any of them works.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from tests.checks.size import Size
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
from tests.checks.verify.report import INTERRUPTED, Check, Report, Row, Say
from tests.checks.verify.times import NoRecordError, Times
from tests.checks.verify.tracks import collect
from tests.checks.verify.watching import watched

Rows = Callable[[Say, Size], Iterable[Row]]


def every_check(size: Size) -> Iterator[Check]:
    """The checks of a size, in their order: each asks its share of that size."""

    def sized(section: str, rows: Rows, again: str, *, beside: bool = False) -> Check:
        same = again if size is Size.QUICK else f"{size.value} ARGS=\"--only '{section}'\""
        return Check(section, partial(_of_size, rows, size), same, beside)

    yield Check("Code", programs.types, "make types", beside=True)
    yield Check("Code", programs.layers, "make layers", beside=True)
    yield sized("Model", model.rows, f"{model.COMMAND} --all")
    yield sized("Model as a whole", generated_mutants.rows, f"{model.COMMAND} --generated")
    yield sized("CrossHair", crosshair.rows, crosshair.COMMAND)
    if size is not Size.QUICK:
        yield Check("Proof", proof.rows, "make proof")
        yield sized("TLC", tlc.rows, tlc.COMMAND)
    yield sized("Contract", contract.rows, "make verify")
    yield sized("Kills", kills.rows, "make kills", beside=True)
    yield sized("Tables", tables.rows, tables.COMMAND)
    yield sized("The code", code.suite, code.PLATFORM, beside=True)
    yield sized("The code", code.rows, code.COMMAND)
    yield sized("Interleavings", interleavings.rows, interleavings.COMMAND)
    yield sized("Schedules", schedules.rows, schedules.COMMAND)
    yield sized("Histories", histories.rows, "make verify", beside=True)
    yield sized("Traces", kills.mutants, 'make test ARGS="tests/checks/traces/test_mutations.py"', beside=True)
    yield sized("Cluster", cluster.rows, 'make test ARGS="tests/model/test_cluster.py"', beside=True)
    yield Check("Museum", museum.rows, f"{model.CHECKEDPOOL} museum", beside=True)
    yield Check("Real pool", programs.demonstration, "make demo", beside=True)


def _of_size(rows: Rows, size: Size, say: Say) -> Iterable[Row]:
    return rows(say, size)


def chosen(size: Size, only: Collection[str] = (), without: Collection[str] = ()) -> tuple[Check, ...]:
    """The checks of a run; ``only``: those with these names; ``without``: all but those."""
    return tuple(
        check for check in every_check(size)
        if (not only or check.section in only) and check.section not in without
    )  # fmt: skip


BUILD = programs.ROOT / "build"
TIMES, REPORT = "verify-times.json", "verify.html"


def main(arguments: Sequence[str] | None = None, checks: Sequence[Check] | None = None, folder: Path = BUILD) -> int:
    """Run everything and show it; the page goes to standard output, progress to standard error.

    ``checks``: others than those that are asked for. ``folder``: where what is kept for the next time lies.
    """
    asked = _asked(arguments)
    wanted = chosen(asked.size, asked.only, asked.without) if checks is None else checks
    progress = Console(stderr=True, highlight=False)
    report = _run(wanted, folder / TIMES, asked.size.name.lower(), progress)
    if asked.json:
        sys.stdout.write(json.dumps(report.plain(), indent=2) + "\n")
    else:
        Console().print(page(report), crop=False)
    _write(report, asked.report or folder / REPORT, asked.size.value, progress)
    return report.exit_status


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make verify", description="Check everything; one page.")
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of the page")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--long", dest="size", action="store_const", const=Size.LONG, help="ask what takes minutes")
    size.add_argument(
        "--all", dest="size", action="store_const", const=Size.ALL, help="ask everything: most of an hour"
    )
    parser.set_defaults(size=Size.QUICK)
    names = tuple(dict.fromkeys(check.section for check in chosen(Size.ALL)))
    parser.add_argument("--only", action="append", choices=names, default=[], help="one of these; may be repeated")
    parser.add_argument("--without", action="append", choices=names, default=[], help="all but this; may be repeated")
    parser.add_argument("--report", type=Path, metavar="FILE", help="where the HTML report goes: build/verify.html")
    asked = parser.parse_args(arguments)
    missing = set(asked.only) - {check.section for check in every_check(asked.size)}
    if missing:
        parser.error(f"{asked.size.value} has no part {', '.join(sorted(missing))}: {Size.LONG.value} has")
    return asked


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
