"""All mutants. Decides: their order, and that each name is there once. Must not know: what they break."""

from contextlib import nullcontext

from tests.checks.interleavings import mutants as interleavings
from tests.checks.mutants import code, every, histories, quick, shell, simulator, tables
from tests.checks.mutants.mutant import Mutant

__all__ = ["MUTANTS", "NOTHING", "QUICK", "mutant_named"]

QUICK: tuple[Mutant, ...] = (*code.MUTANTS, *tables.MUTANTS, *simulator.MUTANTS)
"""Those whose checks are made in this process, in a second at most."""
MUTANTS: tuple[Mutant, ...] = (
    *QUICK, *interleavings.MUTANTS, *histories.MUTANTS, *shell.MUTANTS, *quick.MUTANTS, *every.MUTANTS,
)  # fmt: skip
NOTHING = Mutant("nothing is broken", nullcontext, str, "")
"""Under this every check must be silent."""


def mutant_named(name: str) -> Mutant:
    """The mutant of that name."""
    (mutant,) = (mutant for mutant in (*MUTANTS, NOTHING) if mutant.name == name)
    return mutant
