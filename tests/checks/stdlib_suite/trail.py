"""Decides: what the lines that a test's processes wrote down prove.

A line is `word interpreter pid`: `ours` (our class was built), `standard` (the standard class was built though ours
should have taken its name), `work` (ours was given something to do), `interpreter` (the test itself started a Python).
Forked processes share the number of the interpreter that they were forked from.
Must not know: which test it was, whether it passed.
"""

from dataclasses import dataclass

WORDS = ("ours", "standard", "work", "interpreter")


@dataclass(frozen=True)
class Trail:
    """The counts of one test."""

    ours: int = 0
    standard: int = 0
    work: int = 0
    interpreters: int = 0
    interpreters_with_ours: int = 0

    @property
    def vacuous(self) -> str:
        """Why this test said nothing about our executor; empty if it did."""
        if self.standard:
            return f"the standard class was built {self.standard} times in place of ours"
        if not self.ours:
            return "our executor was never built"
        if self.interpreters_with_ours < self.interpreters:
            missing = self.interpreters - self.interpreters_with_ours
            return f"our executor was not built in {missing} of {self.interpreters} interpreters that the test started"
        return ""


def read_trail(text: str) -> Trail:
    """Count the lines. The interpreter that notes that it starts another is the one that runs the test."""
    seen = [(word, interpreter) for word, interpreter, _ in map(str.split, text.splitlines())]
    unknown = {word for word, _ in seen} - set(WORDS)
    if unknown:
        raise ValueError(f"unknown words in the trail: {sorted(unknown)}")
    starters = {interpreter for word, interpreter in seen if word == "interpreter"}
    builders = {interpreter for word, interpreter in seen if word == "ours"}
    count = [word for word, _ in seen].count
    return Trail(
        ours=count("ours"),
        standard=count("standard"),
        work=count("work"),
        interpreters=count("interpreter"),
        interpreters_with_ours=len(builders - starters) if starters else 0,
    )
