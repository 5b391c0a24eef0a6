"""The report of a verification: rows, their verdicts, and what they add up to.

Decides: the three verdicts, the exit status, that a check which saw nothing or could not end never counts as passed.
Must not know: which checks there are, how they are run (``tracks``), nor how a report is shown (``page``, ``sheet``).
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from enum import Enum

__all__ = ["INTERRUPTED", "Check", "Report", "Row", "Say", "Table", "Verdict"]


class Verdict(Enum):
    """What a check came to. Only the first is a success."""

    HOLDS = "holds"
    VIOLATED = "violated"
    NOT_FINISHED = "not finished"


EXIT_STATUS = {Verdict.HOLDS: 0, Verdict.VIOLATED: 1, Verdict.NOT_FINISHED: 3}
INTERRUPTED = 130
"""The exit status of what somebody has ended with Ctrl-C, as of a shell."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a row has looked at, one by one: for where there is room."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the page: a check, its verdict, and the numbers that say how much was looked at."""

    section: str
    """``title`` or ``title: under what``."""
    name: str
    verdict: Verdict
    seconds: float
    seen: str
    states: int | None = None
    transitions: int | None = None
    trouble: tuple[str, ...] = ()
    """What went wrong and where; empty when it holds."""
    again: str = ""
    """The command that shows it again."""
    place: int = 0
    """Where it stands among the rows of its check, which may end in another order."""
    words: tuple[str, ...] = ()
    """What ``checkedpool explore`` opens to show what went wrong."""
    share: str = ""
    """That it is one, where it is."""
    tables: tuple[Table, ...] = ()

    def as_share(self, whole: str) -> "Row":
        """The same of a share, of which this says where the whole is."""
        share = f"; a share, {whole}"
        return replace(self, seen=f"{self.seen}{share}", share=share)

    @property
    def title(self) -> str:
        """The section's, without under what."""
        return self.section.partition(": ")[0]

    @property
    def looked_at(self) -> str:
        """How much that was, in a few words."""
        if self.states is None or self.transitions is None:
            return self.seen
        return f"{self.states:>7,} states{self.transitions:>10,} transitions{self.share}"


Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Check:
    """A way to get rows, and the command that does the same by itself."""

    section: str
    rows: Callable[[Say], Iterable[Row]]
    again: str
    beside: bool = False
    """Whether it keeps one core busy, waits, or is short. Then it runs beside those that share their work out over all
    cores, and leave some idle at their ends."""


@dataclass(frozen=True, slots=True)
class Report:
    """All rows, in the order of the page."""

    rows: tuple[Row, ...]
    elapsed: float | None = None
    """How long all of it took: less than its rows together where several were at work at once."""
    left: tuple[str, ...] = ()
    """The checks that were not done when somebody interrupted."""

    @property
    def verdict(self) -> Verdict:
        """Violated if anything is; otherwise not finished if anything is, or if there is nothing; otherwise holds."""
        verdicts = {row.verdict for row in self.rows}
        if self.left or not self.rows:
            verdicts.add(Verdict.NOT_FINISHED)
        return next(one for one in (Verdict.VIOLATED, Verdict.NOT_FINISHED, Verdict.HOLDS) if one in verdicts)

    @property
    def exit_status(self) -> int:
        """0, 1 or 3; 130 if somebody interrupted."""
        return INTERRUPTED if self.left else EXIT_STATUS[self.verdict]

    def plain(self) -> dict[str, object]:
        """The report as plain values, for JSON."""
        rows = [{**asdict(row), "verdict": row.verdict.value} for row in self.rows]
        return {
            "verdict": self.verdict.value, "exit_status": self.exit_status, "left": list(self.left), "rows": rows,
        }  # fmt: skip
