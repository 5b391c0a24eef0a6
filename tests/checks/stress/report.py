"""What a run shows: progress while it goes, a table at its end, one replaying line per failure.

Rich where it is installed and there is a terminal; otherwise a line a minute and plain text. It decides nothing.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict

from tests.checks.stress.plan import Method
from tests.checks.stress.tally import COLUMNS, Failure, Tally

try:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Column, Table

    RICH = True
except ImportError:  # the executor needs no rich, and neither do its tests
    RICH = False

MINUTE = 60.0
SHOWN_STACKS = 12_000  # characters of a failure's stacks that are printed


class Lines:
    """A line a minute."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, tally: Tally) -> None:
        """Say something if it is time."""
        if time.monotonic() - self.last >= MINUTE:
            self.last = time.monotonic()
            parts = ", ".join(f"{method} {tally.rounds[method]}/{wanted}" for method, wanted in tally.wanted.items())
            say(f"{tally.elapsed:6.0f} s  {parts}, failures {len(tally.failures)}")


class Bars:
    """A bar for each method, for a terminal."""

    def __init__(self, tally: Tally) -> None:
        self.progress = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=Console(stderr=True),
        )
        self.bars = {m: self.progress.add_task(m.value, total=wanted, note="") for m, wanted in tally.wanted.items()}

    def __call__(self, tally: Tally) -> None:
        """Move the bars."""
        note = f"[red]{len(tally.failures)} failures" if tally.failures else ""
        for method, bar in self.bars.items():
            self.progress.update(bar, completed=tally.rounds[method], note=note)


def watching(tally: Tally) -> tuple[AbstractContextManager[object], Callable[[Tally], None]]:
    """A context for the run, and what to call as it goes."""
    if RICH and sys.stderr.isatty():
        bars = Bars(tally)
        return bars.progress, bars
    return nullcontext(), Lines()


def say(text: str) -> None:
    """A line for whoever watches."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a command line's own output


# --- the end ----------------------------------------------------------------------------------------------------------


def show(tally: Tally, replay: Callable[[Failure], str]) -> None:
    """Failures, then the table, then the verdict."""
    for failure in tally.failures:
        say(describe_failure(failure, replay(failure)))
    rows = table_rows(tally)
    if RICH:
        table = Table(rows[0][0], *(Column(title, justify="right") for title in rows[0][1:]), title="stress")
        for row in rows[1:]:
            table.add_row(*row)
        Console().print(table)
    else:
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            out("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    wanted = sum(tally.wanted.values())
    rate = tally.done / tally.elapsed if tally.elapsed else 0.0
    out(
        f"{tally.verdict}: {tally.done} of {wanted} rounds in {tally.elapsed:.0f} s ({rate:.1f} a second), "
        f"{tally.exits} interpreter exits, {len(tally.failures)} failures, {tally.hangs} of them hangs"
    )
    for failure in tally.failures:
        out(f"replay: {replay(failure)}")


def table_rows(tally: Tally) -> list[list[str]]:
    """A head, then a row for each thing that is counted, with a column for each method and one for the sum."""
    methods = list(tally.wanted)
    none = Counter[str]()
    rows = [
        ["", *methods, "all"],
        ["rounds", *(f"{tally.rounds[method]}/{tally.wanted[method]}" for method in methods), str(tally.done)],
    ]
    for name, title in COLUMNS:
        cells = [str(tally.counts.get(method, none)[name]) for method in methods]
        rows.append([title, *cells, str(tally.total(name))])
    paces = [_pace(tally.seconds.get(method, 0.0), tally.rounds[method]) for method in methods]
    return [*rows, ["milliseconds a round", *paces, ""]]


def _pace(seconds: float, rounds: int) -> str:
    return f"{1000 * seconds / rounds:.0f}" if rounds else "-"


def describe_failure(failure: Failure, replay: str) -> str:
    """A failure for the eye."""
    where = f"{failure.method} round {failure.number}" if failure.number >= 0 else f"{failure.method}, end of a batch"
    lines = [f"VIOLATED in {where}"]
    lines += [f"  {violation.rule}: {violation.detail}" for violation in failure.violations]
    if failure.stacks:
        lines.append(failure.stacks[:SHOWN_STACKS])
    if failure.output.strip():
        lines += ["  standard error of the batch ends:", *(f"  | {line}" for line in failure.output.splitlines()[-15:])]
    lines.append(f"  replay: {replay}")
    return "\n".join(lines)


def dump(tally: Tally, replay: Callable[[Failure], str]) -> None:
    """The same as one JSON document."""
    document = {
        "verdict": tally.verdict,
        "seconds": round(tally.elapsed, 1),
        "rounds": {method.value: tally.rounds[method] for method in Method if method in tally.wanted},
        "wanted": {method.value: wanted for method, wanted in tally.wanted.items()},
        "counts": {method.value: dict(counts) for method, counts in tally.counts.items()},
        "exits": tally.exits,
        "hangs": tally.hangs,
        "failures": [asdict(failure) | {"replay": replay(failure)} for failure in tally.failures],
    }
    out(json.dumps(document, indent=2))


def out(text: str) -> None:
    """A line of the result."""
    print(text, flush=True)  # noqa: T201 - a command line's own output
