"""A verification as one watches it: each row when it is done, a clock, what is looked at, how long it may take yet.

Decides: what is shown meanwhile, on a terminal and elsewhere. Must not know: how checks are run (``tracks``), how the
page reads at the end (``page``).

On a terminal the last lines stand still below the rows, and are gone at the end. Elsewhere there is a plain line for
each row, as it is done, and nothing for what is in between.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from tests.checks.verify.page import STYLES
from tests.checks.verify.report import Check, Row, Verdict
from tests.checks.verify.times import Times

__all__ = ["Watcher", "watched"]

PER_SECOND = 4
MINUTE = 60


class Watcher:
    """Shows what it is told."""

    def __init__(self, screen: Console, times: Times, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._stands_still = screen.is_terminal and not screen.is_dumb_terminal
        self._times = times
        self._clock, self._begun = clock, clock()
        self._rows = 0
        self._wrong = 0
        self._said: dict[bool, str] = {}
        """By track, what it looks at."""
        self._spinner = Spinner("dots")

    def said(self, check: Check, words: str) -> None:
        """What a check looks at now; "": at nothing any more."""
        self._said[check.beside] = _printable(words)

    def came(self, check: Check, row: Row) -> None:
        """A row is done."""
        self._times.came(check, row)
        self._rows += 1
        self._wrong += row.verdict is not Verdict.HOLDS
        name, looked_at = _printable(f"{row.title}, {row.name}: "), _printable(" ".join(row.looked_at.split()))
        line = Text.assemble(
            f"{_clock(self._elapsed):>6}  ", (f"{row.verdict.value:12}", STYLES[row.verdict]),
            f" {row.seconds:6.1f} s  {name}", (looked_at, "dim"),
        )  # fmt: skip
        self._print(line)
        if row.verdict is not Verdict.HOLDS:
            for trouble in row.trouble[:1]:
                self._print(Text(f"{'':22}{_printable(trouble)}", style=STYLES[row.verdict]))

    def _print(self, line: Text) -> None:
        """On a terminal a line is cut at its edge; what is to be copied stands on the page at the end."""
        cut = self._stands_still
        self._screen.print(line, soft_wrap=not cut, no_wrap=cut, overflow="ellipsis" if cut else "ignore")

    @property
    def _elapsed(self) -> float:
        return self._clock() - self._begun

    def __rich_console__(self, _console: Console, _options: ConsoleOptions) -> RenderResult:
        """The lines that stand still."""
        lines = Table.grid(padding=(0, 1))
        lines.add_column()
        lines.add_column(no_wrap=True, overflow="ellipsis")
        lines.add_row(self._spinner, Text(self._how_far()))
        for track, words in sorted(self._said.items()):
            if words:
                lines.add_row("", Text(f"{'beside: ' if track else ''}{words}", style="dim"))
        yield lines

    def _how_far(self) -> str:
        left, to_come = self._times.left, self._times.to_come
        estimate = "" if left is None else f", about {_clock(left)} to go" if left else ", longer than the last time"
        rows = f"{self._rows} rows" if to_come is None else f"{self._rows} of {self._rows + to_come} rows"
        wrong = f", {self._wrong} of them do not hold" if self._wrong else ""
        return f"{_clock(self._elapsed)}{estimate}: {rows}{wrong}"


@contextmanager
def watched(screen: Console, times: Times) -> Iterator[Watcher]:
    """A watcher; on a terminal its last lines stand still as long as this lasts."""
    watcher = Watcher(screen, times)
    if not screen.is_terminal or screen.is_dumb_terminal:
        yield watcher
        return
    with Live(watcher, console=screen, refresh_per_second=PER_SECOND, transient=True):
        yield watcher


def _clock(seconds: float) -> str:
    return f"{int(seconds) // MINUTE}:{int(seconds) % MINUTE:02}"


def _printable(words: str) -> str:
    """In one line, without what a terminal would obey."""
    return "".join(filter(str.isprintable, words))
