"""One check while one mutant is applied, in a process of its own: ``tests.checks.mutants.under MUTANT CHECK``.

Decides: how a mutant reaches a check that starts processes of its own: they import ``Pool`` from here; how long a check
may take. Must not know: which checks and mutants there are. A mutant that cannot be applied, because what it breaks is
not there any more, is an error and no success.
"""

# ruff: noqa: T201 - a program that prints

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from checkedpool import ProcessPoolExecutor

__all__ = ["MUTANT", "OWN", "NotAppliedError", "Pool", "said_under"]

MUTANT = "CHECKEDPOOL_TEST_MUTANT"
"""In the environment of a check's own processes: the mutant's name."""
OWN = "its own"
"""Instead of a check's name: the check that the mutant names."""
NOTHING, SOMETHING = 0, 3
"""Exit statuses: what was found. Any other: it broke down."""
LIMIT = 150.0
"""Seconds after which a check that has come to no end has found that."""
ROOT = Path(__file__).parents[3]


class NotAppliedError(RuntimeError):
    """The mutant could not be applied, or the check broke down."""


class Pool(ProcessPoolExecutor):
    """The pool, broken in the way that the environment says."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        from tests.checks.mutants.listed import mutant_named  # noqa: PLC0415 - it imports this module

        mutant_named(os.environ[MUTANT]).breaks().__enter__()  # and never again: this process ends with the pool
        super().__init__(*arguments, **named)


def said_under(mutant: str, check: str, limit: float = LIMIT) -> str:
    """What the check says while the mutant is applied; "": nothing."""
    command = [sys.executable, "-m", "tests.checks.mutants.under", mutant, check]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return f"no end within {limit:.0f} s"
    if done.returncode not in (NOTHING, SOMETHING):
        raise NotAppliedError(f"{mutant}, {check}: {(done.stderr or done.stdout).strip()[-400:]}")
    return done.stdout.strip().splitlines()[-1] if done.returncode == SOMETHING else ""


def main(mutant: str, check: str) -> int:
    """Apply and check."""
    os.environ.setdefault("CHECKEDPOOL_HANG", "20")  # many a mutant hangs
    from tests.checks.mutants.ladder import LADDER, Check  # noqa: PLC0415 - likewise
    from tests.checks.mutants.listed import mutant_named  # noqa: PLC0415 - likewise

    os.environ[MUTANT] = mutant
    broken = mutant_named(mutant)
    kind = next((one for one in LADDER if one.name == check), Check(OWN))
    with broken.breaks(), kind.around():
        said = (kind.run or broken.killer)()
    print(f"\n{' '.join(said.split())}", flush=True)
    return SOMETHING if said else NOTHING


if __name__ == "__main__":
    status = main(*sys.argv[1:])
    os._exit(status)  # a broken pool may wait for ever
