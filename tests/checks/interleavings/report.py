"""What was found in a scope, in plain values: such that it goes from one process to another, and onto a page.

Decides: which words a finding gets.  Must not know: how anything is explored.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.checks.interleavings.catalogue import scope_named
from tests.checks.interleavings.scope import compare

__all__ = ["Found", "look"]

SHOWN = 40
"""Accesses of a schedule that a finding shows, its last."""


@dataclass(frozen=True, slots=True)
class Found:
    """Of one scope."""

    room: str
    name: str
    schedules: int
    pruned: int
    steps: int
    plain: int
    """Schedules of the plain pool, until it had shown all that came of the other."""
    outcomes: int
    seconds: float
    verdict: str
    trouble: tuple[str, ...] = ()

    def line(self) -> str:
        """For a terminal."""
        counts = f"{self.schedules:>7,} schedules {self.steps:>10,} steps {self.outcomes:>3} outcomes"
        return f"{self.verdict:12} {self.room:9} {self.name:55} {counts} {self.seconds:7.1f} s"


def look(room: str, name: str) -> Found:
    """Explore a scope, and hold it against the plain pool."""
    done = compare(scope_named(room, name))
    fast, plain = done.fast, done.plain
    verdict = "holds" if done.holds else "violated" if done.wrong and done.finished else "not finished"
    return Found(
        room, name, fast.schedules, fast.pruned, fast.steps, plain.schedules, len(fast.outcomes),
        fast.seconds + plain.seconds, verdict, tuple(done.story()[-SHOWN:]) if done.wrong else (),
    )  # fmt: skip
