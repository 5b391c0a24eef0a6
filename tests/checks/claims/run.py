"""A claim's command, run as the page says, and what came of it.

Decides: how it is run, what counts as shown.  Must not know: which claims there are, how a row looks.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.checks.answers import Answer, answer_of
from tests.checks.claims.claim import Claim

__all__ = ["ROOT", "Shown", "shown"]

ROOT = Path(__file__).parents[3]
OF_MAKE = {"MAKEFLAGS": "", "ARGS": ""}
"""What ``make claims ARGS=...`` would hand down to each ``make`` that a claim names."""
LIMIT = 1800.0
"""Seconds after which a command has come to no end."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one command has shown."""

    claim: Claim
    answer: Answer

    @property
    def seen(self) -> str:
        """The line; "" if it was not there."""
        return self.claim.seen_in(self.answer.lines)

    @property
    def verdict(self) -> str:
        """In the words of all checks."""
        if self.answer.status is None:
            return "not finished"
        return "holds" if self.answer.status == self.claim.status and self.seen else "violated"


def shown(claim: Claim, limit: float = LIMIT) -> Shown:
    """Run it in the checkout, with the programs of this environment before all others."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return Shown(claim, answer_of(["bash", "-c", claim.command], ROOT, limit, {"PATH": path, **OF_MAKE}))
