"""``make crosshair``: what CrossHair says of each contract, beside what it has said; and each mutant refuted.

Exit status: 0 all is as ``said.toml`` has it, 1 it is not, 3 there was no answer, 2 wrong use.  Decides: what can be
asked for and how it is shown.  Must not know: what a contract is.
"""

# ruff: noqa: T201 - a program that prints

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from checkedpool_model.cli.many import usable_cores
from tests.checks.crosshair.mutants import MUTANTS
from tests.checks.crosshair.report import Report, contracts_there, listed, report


def main() -> int:
    """A table of contracts, one of mutants, then what is wrong."""
    options = _options()
    known = listed()
    if contracts_there() != set(known):
        print(f"said.toml and the contracts differ in {sorted(contracts_there() ^ set(known))}")
        return 1
    wanted = [name for name in known if name.startswith(options.name) and options.only != "mutants"]
    mutants = [one for one in MUTANTS if one.contract.startswith(options.name) and options.only != "contracts"]
    if not wanted and not mutants:
        print(f"nothing begins with {options.name!r}", file=sys.stderr)
        return 2
    found = report(lambda what: print(what, file=sys.stderr, flush=True), wanted, mutants, options.jobs)
    if options.json:
        print(json.dumps(plain(found), indent=2))
    else:
        show(found)
    return found.verdict.exit_status


def show(found: Report) -> None:
    """For people."""
    console = Console(highlight=False)
    contracts = Table("contract", "conditions", "seconds", "CrossHair says", box=None, header_style="dim")
    for one in found.contracts:
        contracts.add_row(one.contract, str(one.conditions), f"{one.seconds:.1f}", one.said)
    mutants = Table("mutant", "contract", "seconds", "CrossHair says", box=None, header_style="dim")
    for one in found.mutants:
        mutants.add_row(one.mutant, one.contract, f"{one.seconds:.1f}", one.said)
    for table in contracts, mutants:
        if table.row_count:
            console.print(table)
    for problem in found.problems:
        console.print(problem, markup=False, soft_wrap=True)
    console.print(f"{found.verdict.value}, {found.seconds:.0f} s")


def plain(found: Report) -> dict[str, object]:
    """For programs."""
    return {
        "verdict": found.verdict.value,
        "exit_status": found.verdict.exit_status,
        "seconds": round(found.seconds, 3),
        "contracts": [asdict(one) for one in found.contracts],
        "mutants": [asdict(one) for one in found.mutants],
        "problems": list(found.problems),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make crosshair", description="Contracts, asked of CrossHair.")
    parser.add_argument("--only", choices=("contracts", "mutants"), help="one of the two")
    parser.add_argument("--name", default="", metavar="BEGINNING", help="contracts that begin so, and their mutants")
    parser.add_argument("--jobs", type=int, default=usable_cores(), metavar="N", help="at a time")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
