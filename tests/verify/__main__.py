"""``make verify``: every check, one page, and an exit status: 0 holds, 1 violated, 3 not finished.

Decides: which checks there are and in which order. Must not know: how any of them works.
"""

import argparse
import json
import sys

from rich.console import Console

from tests.verify import model, programs
from tests.verify.page import page
from tests.verify.report import Check, collect

CHECKS = (
    Check("Code", programs.types, "make types"),
    Check("Code", programs.layers, "make layers"),
    Check("Model", model.rows, f"{model.COMMAND} --all"),
    Check("Real pool", programs.demonstration, "make demo"),
)


def main() -> int:
    """Run everything and show it; the page goes to standard output, progress to standard error."""
    parser = argparse.ArgumentParser(prog="make verify", description="Check everything; one page.")
    parser.add_argument("--json", action="store_true", help="print the report as JSON instead of the page")
    arguments = parser.parse_args()
    progress = Console(stderr=True)
    with progress.status("") as status:
        report = collect(CHECKS, status.update if progress.is_terminal else progress.print)
    if arguments.json:
        sys.stdout.write(json.dumps(report.plain(), indent=2) + "\n")
    else:
        Console().print(page(report))
    return report.exit_status


sys.exit(main())
