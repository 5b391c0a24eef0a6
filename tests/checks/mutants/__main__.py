"""``make mutants``: break the code in each listed way and see that the check which must catch it does.

Then up the ladder: each kind of check kills a mutant that no cheaper kind kills, and is silent where nothing is broken.
``--quick`` leaves that out. Last the score of the mutants that a rule makes, as ``make mutation`` has written it down.
The exit status is 1 if a mutant survives, is killed by a cheaper check than it should be,
or cannot be applied.

Decides: how the lists are shown, the exit status. Must not know: what is broken.
"""

# ruff: noqa: T201 - a program that prints

import argparse
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.checks.mutants.ladder import LADDER, WITNESSES, Witness
from tests.checks.mutants.listed import MUTANTS, NOTHING
from tests.checks.mutants.mutant import Mutant
from tests.checks.mutants.under import OWN, NotAppliedError, said_under
from tests.checks.mutation.results import Results


def main() -> int:
    """A line for each mutant, then a line for each kind of check."""
    parser = argparse.ArgumentParser(prog="make mutants", description="Break the code in every listed way.")
    parser.add_argument("--quick", action="store_true", help="do not go up the ladder of checks")
    quick = parser.parse_args().quick
    wrong: list[str] = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as threads:  # each waits for a process
        wrong += filter(None, threads.map(own, MUTANTS))
        if not quick:
            print("\nwhat no cheaper check kills", flush=True)
            wrong += filter(None, threads.map(witnessed, WITNESSES))
            wrong += filter(None, threads.map(silent, [check.name for check in LADDER]))
    print(*wrong, f"{len(MUTANTS)} mutants, {len(WITNESSES)} kinds of checks, {len(wrong)} wrong", sep="\n")
    print(Results.read().score())
    return bool(wrong)


def own(mutant: Mutant) -> str:
    """Whether the check that it names catches it; what is wrong."""
    try:
        said = said_under(mutant.name, OWN)
    except NotAppliedError as error:
        return f"NOT APPLIED: {error}"
    caught = bool(said) and said.startswith(mutant.found)
    print(f"{'caught  ' if caught else 'SURVIVES'} {mutant.name:56} {said or 'nothing was found'}", flush=True)
    return "" if caught else f"SURVIVES: {mutant.name}"


def witnessed(witness: Witness) -> str:
    """Whether this check kills it and no cheaper one does; what is wrong."""
    cheaper = [check.name for check in LADDER[: [check.name for check in LADDER].index(witness.check)]]
    try:
        early = [f"{name}: {said}" for name, said in _each(witness.mutant, cheaper) if said]
        said = said_under(witness.mutant, witness.check)
    except NotAppliedError as error:
        return f"NOT APPLIED: {error}"
    print(f"{witness.check:20} {witness.mutant:50} {'; '.join(early) or said or 'SURVIVES'}", flush=True)
    if early or not said:
        return f"{witness.check}: {witness.mutant}: {'killed by ' + '; '.join(early) if early else 'survives'}"
    return ""


def _each(mutant: str, checks: list[str]) -> Iterator[tuple[str, str]]:
    yield from zip(checks, map(partial(said_under, mutant), checks), strict=True)


def silent(check: str) -> str:
    """Whether a check says nothing where nothing is broken."""
    try:
        said = said_under(NOTHING.name, check)
    except NotAppliedError as error:
        return f"BROKE DOWN: {error}"
    return f"{check} finds something where nothing is broken: {said}" if said else ""


if __name__ == "__main__":
    sys.exit(main())
