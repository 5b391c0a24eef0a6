"""``make verify``: every check, one page, and an exit status: 0 holds, 1 violated, 3 not finished.

Decides: which checks there are and in which order; what ``make verify-long`` has besides; which a part of it has. Must
not know: how any of them works.
"""

import argparse
import json
import sys
import time
from collections.abc import Collection
from dataclasses import replace

from rich.console import Console

from tests.checks.verify import (
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
)
from tests.checks.verify.page import page
from tests.checks.verify.report import Check, Say, collect

MACHINE = Check("Model as a whole", generated_mutants.rows, f"{model.COMMAND} --generated")
BEFORE = (
    Check("Code", programs.types, "make types", beside=True),
    Check("Code", programs.layers, "make layers", beside=True),
)
PLATFORM = Check("The code", code.suite, 'make test ARGS="tests/platform"', beside=True)
QUICK = (
    Check("Model", model.rows, f"{model.COMMAND} --all"),
    MACHINE,
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
    MACHINE,
    Check("CrossHair", crosshair.rows, crosshair.COMMAND),
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
    Check("Traces", kills.mutants, 'make test ARGS="tests/checks/traces/test_mutations.py"'),
    Check("Museum", museum.rows, f"{model.CHECKEDPOOL} museum", beside=True),
    Check("Real pool", programs.demonstration, "make demo"),
)


def chosen(*, long: bool, only: Collection[str] = ()) -> tuple[Check, ...]:
    """The checks of a run; ``only``: those with these names, none of them left out because it is quick or dear."""
    checks = (*BEFORE, *(LONG if long else QUICK), *AFTER)
    return tuple(check for check in checks if not only or check.section in only)


def said_in(console: Console) -> Say:
    """Where nobody watches a terminal: a line for each step, as it is."""
    return lambda what: console.print(what, markup=False, highlight=False, soft_wrap=True)


def main() -> int:
    """Run everything and show it; the page goes to standard output, progress to standard error."""
    parser = argparse.ArgumentParser(prog="make verify", description="Check everything; one page.")
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of the page")
    parser.add_argument("--long", action="store_true", help="explore what takes long as well: half an hour")
    names = tuple(dict.fromkeys(check.section for check in chosen(long=True)))
    parser.add_argument("--only", action="append", choices=names, default=[], help="one of these; may be repeated")
    arguments = parser.parse_args()
    checks = chosen(long=arguments.long, only=arguments.only)
    progress = Console(stderr=True)
    begun = time.perf_counter()
    with progress.status("") as status:
        report = collect(checks, status.update if progress.is_terminal else said_in(progress))
    report = replace(report, elapsed=time.perf_counter() - begun)
    if arguments.json:
        sys.stdout.write(json.dumps(report.plain(), indent=2) + "\n")
    else:
        Console().print(page(report), crop=False)
    return report.exit_status


if __name__ == "__main__":  # workers that are not forked read this file too
    sys.exit(main())
