"""``make verify``: every check, one page, and an exit status: 0 holds, 1 violated, 3 not finished.

Decides: which checks there are and in which order; what ``make verify-long`` has besides. Must not know: how any of
them works.
"""

import argparse
import json
import sys
import time
from dataclasses import replace

from rich.console import Console

from tests.verify import code, contract, histories, kills, mechanical, model, museum, programs, schedules
from tests.verify.page import page
from tests.verify.report import Check, collect

MACHINE = Check("Model as a whole", mechanical.rows, f"{model.COMMAND} --mechanical")
BEFORE = (
    Check("Code", programs.types, "make types"),
    Check("Code", programs.layers, "make layers"),
)
QUICK = (
    Check("Model", model.rows, f"{model.COMMAND} --all"),
    MACHINE,
    Check("Contract", contract.rows, "make verify"),
    Check("Kills", kills.rows, "make kills"),
    Check("The code", code.rows, code.COMMAND),
    Check("Schedules", schedules.rows, schedules.COMMAND),
    Check("Histories", histories.rows, "make verify"),
)
LONG = (
    Check("Model", model.long_rows, f"{model.COMMAND} --all --long"),
    MACHINE,
    Check("Contract", contract.long_rows, "make verify-long"),
    Check("Kills", kills.long_rows, "make kills"),
    Check("The code", code.long_rows, f"{code.COMMAND} --long"),
    Check("Schedules", schedules.long_rows, schedules.COMMAND),
    Check("Histories", histories.long_rows, "make verify-long"),
)
AFTER = (
    Check("Traces", kills.mutants, 'make test ARGS="tests/traces/test_mutations.py"'),
    Check("Museum", museum.rows, f"{model.CHECKEDPOOL} museum"),
    Check("Real pool", programs.demonstration, "make demo"),
)


def main() -> int:
    """Run everything and show it; the page goes to standard output, progress to standard error."""
    parser = argparse.ArgumentParser(prog="make verify", description="Check everything; one page.")
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of the page")
    parser.add_argument("--long", action="store_true", help="explore what takes long as well: minutes")
    arguments = parser.parse_args()
    checks = (*BEFORE, *(LONG if arguments.long else QUICK), *AFTER)
    progress = Console(stderr=True)
    begun = time.perf_counter()
    with progress.status("") as status:
        report = collect(checks, status.update if progress.is_terminal else progress.print)
    report = replace(report, elapsed=time.perf_counter() - begun)
    if arguments.json:
        sys.stdout.write(json.dumps(report.plain(), indent=2) + "\n")
    else:
        Console().print(page(report))
    return report.exit_status


if __name__ == "__main__":  # workers that are not forked read this file too
    sys.exit(main())
