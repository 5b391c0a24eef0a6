"""The two solvers, each a process of its own that reads a text and writes answers.

Decides: how each is called, and that one that is not there, breaks down or runs out of time is never taken for an
answer. Must not know: what is asked.
"""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

__all__ = ["CVC5", "SOLVERS", "Z3", "Solver", "SolverError"]


class SolverError(RuntimeError):
    """A solver has not answered what it was asked."""


@dataclass(frozen=True, slots=True)
class Solver:
    """A program that decides texts."""

    name: str
    command: tuple[str, ...]
    """() : it is not there."""
    to_refute: str = ""
    """What a text has to begin with whose questions have no world, as is hoped."""
    to_find: str = ""
    """And one whose questions have one."""

    @property
    def is_there(self) -> bool:
        """Whether it can be asked."""
        return bool(self.command)

    def answers(self, text: str, *, seconds: float, finds: bool = False) -> list[str]:
        """What it says, line by line, or SolverError. ``finds``: worlds are looked for, not refuted."""
        try:
            done = subprocess.run(  # noqa: S603 - a solver's own program, found beside the interpreter
                self.command,
                input=(self.to_find if finds else self.to_refute) + text,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise SolverError(f"{self.name} was not done in {seconds:.0f} s") from error
        lines = done.stdout.splitlines()
        wrong = next((line for line in lines if "error" in line), "")
        if done.returncode or wrong:
            raise SolverError(f"{self.name} ended with {done.returncode}: {wrong or done.stderr.strip()[-300:]}")
        return lines


def _z3() -> tuple[str, ...]:
    beside = Path(sys.executable).with_name("z3.exe" if sys.platform == "win32" else "z3")
    found = str(beside) if beside.exists() else shutil.which("z3")
    return (found, "-in") if found else ()


def _cvc5() -> tuple[str, ...]:
    if find_spec("cvc5") is not None:
        return (sys.executable, "-m", "checkedpool_model.proof.cvc5")
    found = shutil.which("cvc5")
    return (found, "--incremental", "--lang=smt2", "-") if found else ()


Z3 = Solver("z3", _z3())
CVC5 = Solver("cvc5", _cvc5(), "(set-option :enum-inst true)\n", "(set-option :finite-model-find true)\n")
SOLVERS = (Z3, CVC5)
