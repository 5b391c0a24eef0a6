"""What two referees found, side by side. Decides: when they agree. Must not know: how either found it."""

from dataclasses import dataclass

__all__ = ["Compared", "Found"]


@dataclass(frozen=True, slots=True)
class Found:
    """What one of them says. What it does not say is None."""

    verdict: str
    """``holds``, the name of the claim that fails, ``violated at last``; anything else is no verdict."""
    states: int | None = None
    transitions: int | None = None
    depth: int | None = None
    steps: int | None = None
    """The length of a shortest run to where the claim fails."""
    seconds: float = 0.0
    """Of processor time."""

    @property
    def said(self) -> tuple[object, ...]:
        """All of it but the time."""
        return (self.verdict, self.states, self.transitions, self.depth, self.steps)

    @property
    def is_verdict(self) -> bool:
        """Whether it has decided anything."""
        return " " not in self.verdict or self.verdict == "violated at last"

    def __str__(self) -> str:
        """In one line."""
        names = ("states", "transitions", "depth", "steps")
        counts = (f"{getattr(self, name):,} {name}" for name in names if getattr(self, name) is not None)
        return ", ".join((self.verdict, *counts))


@dataclass(frozen=True, slots=True)
class Compared:
    """One graph, or the graphs of one scope together, looked at by both."""

    section: str
    name: str
    ours: Found
    tlc: Found
    known: Found | None = None
    """The answer, where it is known beforehand."""

    @property
    def problem(self) -> str:
        """What they disagree on; "" if they agree."""
        if self.ours.said != self.tlc.said or not self.ours.is_verdict:
            return f"{self.section} {self.name}: ours: {self.ours}; TLC: {self.tlc}"
        if self.known and self.known.said != self.ours.said:
            return f"{self.section} {self.name}: both: {self.ours}; the known answer: {self.known}"
        return ""

    @property
    def is_finished(self) -> bool:
        """Whether TLC has come to a verdict at all."""
        return self.tlc.is_verdict
