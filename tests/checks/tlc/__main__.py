"""``make tlc``: TLC and our checker side by side; a table, and an exit status: 0 they agree, 1 they do not, 3 not run.

Decides: what is asked for on the command line, how it is shown. Must not know: what is compared.
"""

# ruff: noqa: T201 - a program that prints

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from checkedpool_model.checker.parallel import each
from checkedpool_model.scopes.all import scope_named
from tests.checks.tlc.compared import Compared
from tests.checks.tlc.referee import NotRunError, find_referee
from tests.checks.tlc.work import (
    SECTIONS,
    addresses,
    beginning_sooner,
    compared,
    quick_addresses,
    written,
    wrong_addresses,
)
from tests.checks.verify.model import pool

AGREE, DIFFER, NOT_RUN = 0, 1, 3


def main() -> int:
    """A line for each graph as it is done, then what they differ in."""
    parser = argparse.ArgumentParser(prog="make tlc", description="TLC beside our checker, on the text of spec/tla.")
    parser.add_argument("--only", action="append", choices=SECTIONS, default=[], help="one of these; may be repeated")
    parser.add_argument("--name", action="append", default=[], help="only what has this name; may be repeated")
    parser.add_argument("--wrong", action="store_true", help="wrong lines of TLA+: each must be refused")
    parser.add_argument("--quick", action="store_true", help="tiny graphs, the contract, small scopes: a minute")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write the modules of the scope --name there")
    arguments = parser.parse_args()
    if arguments.write:
        for name in arguments.name:
            written(arguments.write, scope_named(name))
        return AGREE
    every = wrong_addresses() if arguments.wrong else quick_addresses() if arguments.quick else addresses()
    wanted = [
        (one.section in arguments.only or not arguments.only) and (one.name in arguments.name or not arguments.name)
        for one in every
    ]
    chosen = [one for one, is_wanted in zip(every, wanted, strict=True) if is_wanted]
    if not chosen:
        parser.error("nothing has that name")
    try:
        referee = find_referee()
    except NotRunError as error:
        print(f"not run: {error}")
        return NOT_RUN
    print(f"TLC from {referee.jar.parent.name}, Java {referee.version}", flush=True)
    begun = time.perf_counter()
    with TemporaryDirectory() as folder, pool() as executor:
        sooner = beginning_sooner(referee, Path(folder))
        work = [(one, sooner) for one in chosen]
        found = each(executor, compared, work, lambda one: print(line(one), flush=True))
    took = f"{time.perf_counter() - begun:.0f} s"
    return refused(found, took) if arguments.wrong else agreed(found, took)


def line(one: Compared) -> str:
    """What both found, in one line where they agree."""
    said = "equal" if not one.problem else "DIFFER"
    seconds = f"{one.ours.seconds:6.1f} s ours {one.tlc.seconds:6.1f} s TLC"
    found = str(one.ours) if not one.problem else f"ours: {one.ours}; TLC: {one.tlc}"
    return f"{one.section:12} {one.name:64} {said:6} {seconds}  {found}"


def agreed(found: Iterable[Compared], took: str) -> int:
    """Whether they agree in everything."""
    rows = tuple(found)
    problems = [one.problem for one in rows if one.problem]
    print(*problems, f"{len(rows)} compared, {len(problems)} differ, {took}", sep="\n")
    if any(not one.is_finished for one in rows) and all(not one.is_finished for one in rows if one.problem):
        return NOT_RUN
    return DIFFER if problems else AGREE


def refused(found: Iterable[Compared], took: str) -> int:
    """Whether every wrong line was refused, by a verdict and not by a breakdown."""
    rows = tuple(found)
    missed = [one.name for one in rows if not one.problem or not one.is_finished]
    print(
        *(f"NOT REFUSED: {name}" for name in missed), f"{len(rows)} wrong lines, {len(missed)} missed, {took}", sep="\n"
    )
    return DIFFER if missed else AGREE


if __name__ == "__main__":  # workers that are not forked read this file too
    sys.exit(main())
