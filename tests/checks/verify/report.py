"""The report of a verification: rows, their verdicts, and what they add up to.

Decides: the three verdicts, the exit status, that a check which saw nothing or could not end never counts as passed;
which checks run at once. Must not know: which checks there are (``checks`` lists them), nor how a report is shown
(``page`` does).
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import Enum

__all__ = ["Check", "Report", "Row", "Say", "Verdict", "collect"]


class Verdict(Enum):
    """What a check came to. Only the first is a success."""

    HOLDS = "holds"
    VIOLATED = "violated"
    NOT_FINISHED = "not finished"


EXIT_STATUS = {Verdict.HOLDS: 0, Verdict.VIOLATED: 1, Verdict.NOT_FINISHED: 3}


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


Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Check:
    """A way to get rows, and the command that does the same by itself."""

    section: str
    rows: Callable[[Say], Iterable[Row]]
    again: str
    beside: bool = False
    """Whether it keeps one core busy, or waits. Then it runs beside those that share their work out over all cores, and
    leave some idle at their ends."""


@dataclass(frozen=True, slots=True)
class Report:
    """All rows, in the order of the page."""

    rows: tuple[Row, ...]
    elapsed: float | None = None
    """How long all of it took: less than its rows together where several were at work at once."""

    @property
    def verdict(self) -> Verdict:
        """Violated if anything is; otherwise not finished if anything is, or if there is nothing; otherwise holds."""
        verdicts = {row.verdict for row in self.rows} or {Verdict.NOT_FINISHED}
        return next(one for one in (Verdict.VIOLATED, Verdict.NOT_FINISHED, Verdict.HOLDS) if one in verdicts)

    @property
    def exit_status(self) -> int:
        """0, 1 or 3."""
        return EXIT_STATUS[self.verdict]

    def plain(self) -> dict[str, object]:
        """The report as plain values, for JSON."""
        rows = [{**asdict(row), "verdict": row.verdict.value} for row in self.rows]
        return {"verdict": self.verdict.value, "exit_status": self.exit_status, "rows": rows}


def collect(checks: Iterable[Check], say: Say) -> Report:
    """Run the checks, two at once at most; one that breaks down is a row of the report, not the report's end."""
    asked = list(checks)
    thread = ThreadPoolExecutor(1)
    try:
        beside = {at: thread.submit(_rows_of, check, say) for at, check in enumerate(asked) if check.beside}
        rows = {at: _rows_of(check, say) for at, check in enumerate(asked) if not check.beside}
        rows |= {at: future.result() for at, future in beside.items()}
    finally:
        thread.shutdown(cancel_futures=True)
    return Report(tuple(row for at in range(len(asked)) for row in rows[at]))


def _rows_of(check: Check, say: Say) -> tuple[Row, ...]:
    begun = time.perf_counter()
    rows: list[Row] = []
    try:
        rows.extend(check.rows(say))  # rows that came before a breakdown are kept
    except Exception as error:  # noqa: BLE001 - whatever a check raises, the others still have something to say
        return (*rows, _broken_down(check, time.perf_counter() - begun, f"{type(error).__name__}: {error}"))
    return tuple(rows) or (_broken_down(check, time.perf_counter() - begun, "it looked at nothing"),)


def _broken_down(check: Check, seconds: float, reason: str) -> Row:
    return Row(
        section=check.section,
        name="the whole of it",
        verdict=Verdict.NOT_FINISHED,
        seconds=seconds,
        seen="broke down",
        trouble=(reason,),
        again=check.again,
    )
