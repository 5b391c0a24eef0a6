"""A run in the terminal: progress while it goes on, tables at its end.

Decides: how words become lines and colours; colours only where there is a terminal. Must not know: what they say.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as RichTable
from rich.text import Text

from tests.bench.peers import OURS
from tests.bench.rounds import Tell
from tests.bench.rows import Row
from tests.bench.tables import FAILED, HANG, Table

WIDE = 140
"""Columns where there is no terminal that says its own."""
STYLES = {"reached": "green", "not reached": "bold red", HANG: "bold red", FAILED: "bold red"}


def console() -> Console:
    """Standard output."""
    return Console(width=None if sys.stdout.isatty() else WIDE, highlight=False)


def drawn(table: Table) -> RenderableType:
    """A table for the terminal."""
    result = RichTable(title=table.title, title_justify="left", title_style="bold")
    for number, name in enumerate(table.head):
        right = number > 0 and name != ""
        result.add_column(name, justify="right" if right else "left", style="bold" if name == OURS else None)
    for row in table.rows:
        result.add_row(row[0], *(Text(word.replace(" (", "\n("), style=STYLES.get(word, "")) for word in row[1:]))
    return result


@contextmanager
def progress(measurements: int) -> Iterator[Tell]:
    """Say on standard error what is being measured: one line that changes, or a line a row where it cannot."""
    errors = Console(stderr=True, highlight=False)
    if not errors.is_terminal:
        said: set[str] = set()
        yield lambda row, _peer, _turn: _say_once(errors, said, row)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("", total=measurements)

        def tell(row: Row, peer: str, turn: int) -> None:
            bar.update(task, description=f"{row.name}, round {turn + 1}: {peer}")
            bar.advance(task)

        yield tell


def _say_once(errors: Console, said: set[str], row: Row) -> None:
    if row.name not in said:
        said.add(row.name)
        errors.print(f"{row.name}: {row.title}")
