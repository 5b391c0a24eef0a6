"""``make mutants``: break the code in each listed way and see that the check which must catch it does.

Decides: how the list is shown, the exit status. Must not know: what is broken.
"""

# ruff: noqa: T201 - a program that prints

import sys

from tests.mutants import code, simulator

MUTANTS = (*code.MUTANTS, *simulator.MUTANTS)


def main() -> int:
    """A line for each mutant; the exit status is 1 if one survives."""
    survivors = 0
    for mutant in MUTANTS:
        caught, said = mutant.is_caught()
        survivors += not caught
        print(f"{'caught  ' if caught else 'SURVIVES'} {mutant.name:56} {said or 'nothing was found'}", flush=True)
    print(f"{len(MUTANTS) - survivors} of {len(MUTANTS)} caught")
    return min(survivors, 1)


if __name__ == "__main__":
    sys.exit(main())
