"""What a mutant is: something broken for a while, the check that must see it, and what that check must say.

Decides that. Must not know: which mutants there are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

__all__ = ["Broken", "Mutant"]

Broken = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """``killer`` runs the smallest check that catches it and says in one line what it found; "": nothing."""

    name: str
    breaks: Broken
    killer: Callable[[], str]
    found: str
    """How that line begins."""
    clauses: str = ""
    """The clauses of the contract that it breaks, where it breaks a promise to callers, divided by spaces. So the check
    that catches it carries these clauses: ``tests.checks.assurance``."""

    def is_caught(self) -> tuple[bool, str]:
        """Whether it is, and what its killer said; the killer must say nothing where nothing is broken."""
        with self.breaks():
            said = self.killer()
        return bool(said) and said.startswith(self.found), said
