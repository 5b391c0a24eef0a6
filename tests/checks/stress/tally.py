"""The counts of a run, and its verdict.

Pure data and sums; how it is shown is report.py's business. Three verdicts: a run that was cut short holds nothing.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from tests.checks.stress.catalogue import Kind
from tests.checks.stress.plan import Method
from tests.checks.stress.record import Violation


class Verdict(StrEnum):
    """What the run says."""

    HOLDS = "holds"
    VIOLATED = "violated"
    NOT_FINISHED = "not finished"

    @property
    def exit_code(self) -> int:
        """What the shell gets: only `holds` is success."""
        return {Verdict.HOLDS: 0, Verdict.VIOLATED: 1, Verdict.NOT_FINISHED: 3}[self]


@dataclass(frozen=True)
class Failure:
    """A round that broke a promise; stacks if it hung."""

    method: Method
    number: int  # -1: not a round, but the end of a batch
    violations: tuple[Violation, ...]
    stacks: str = ""
    output: str = ""  # the end of what the batch wrote to its standard error


@dataclass
class Tally:
    """Everything that is counted."""

    wanted: dict[Method, int]
    rounds: Counter[Method] = field(default_factory=Counter)
    seconds: Counter[Method] = field(default_factory=Counter)  # of work, not of the clock on the wall
    counts: dict[Method, Counter[str]] = field(default_factory=dict)
    exits: int = 0  # interpreter exits with work left
    failures: list[Failure] = field(default_factory=list)
    hangs: int = 0
    elapsed: float = 0.0

    def add(self, method: Method, seconds: float, summary: dict[str, int]) -> None:
        """One finished round."""
        self.rounds[method] += 1
        self.seconds[method] += seconds  # type: ignore[assignment]
        self.counts.setdefault(method, Counter()).update(summary)

    @property
    def done(self) -> int:
        """Rounds of all methods."""
        return sum(self.rounds.values())

    @property
    def verdict(self) -> Verdict:
        """A failure outweighs rounds that are missing."""
        if self.failures:
            return Verdict.VIOLATED
        missing = any(self.rounds[method] < wanted for method, wanted in self.wanted.items())
        return Verdict.NOT_FINISHED if missing else Verdict.HOLDS

    def total(self, name: str) -> int:
        """One count over all methods."""
        return sum(counts[name] for counts in self.counts.values())


COLUMNS: tuple[tuple[str, str], ...] = (
    *((kind.value, f"futures: {kind}") for kind in Kind if kind is not Kind.UNDONE),
    ("strikes", "workers struck from outside"),
    ("deaths", "deaths seen in errors"),
    ("calls", "cancel, map, shutdown calls"),
)
