"""A run as a page of docs/generated.

Decides: the page's order and its Markdown. Must not know: what the tables say.
"""

from tests.bench.record import Run
from tests.bench.tables import Table, judged, medians, notes, ratios
from tests.bench.targets import Verdict

INTRODUCTION = """\
# Speed

Made by `make bench` from one run; [how it is measured](../speed.md), [all numbers](bench.json). Each number stands for
{rounds} rounds: the median, and in brackets the least and the greatest. Ratios are made within each round.
"""
PICTURES = """\
![throughput against the duration of a task](bench-duration.svg)
![throughput against the size of a payload](bench-payload.svg)
![throughput against what is pending](bench-pending.svg)
"""


def page(run: Run, verdicts: list[Verdict], best: list[Verdict]) -> str:
    """The whole page."""
    machine = "\n".join(f"- {name.replace('_', ' ')}: {value}" for name, value in run.machine.items())
    taken: dict[str, list[str]] = {}
    for line in run.lines.values():
        taken.setdefault(line.taken, []).append(line.row)
    when = "\n".join(f"- {', '.join(rows)}: {moment}" for moment, rows in taken.items()) if len(taken) > 1 else ""
    parts = [
        INTRODUCTION.format(rounds=run.rounds),
        machine + "\n",
        *([f"Measured in pieces:\n\n{when}\n"] if when else []),
        markdown(ratios(run)),
        "\n".join(f"- {note}" for note in notes(run)) + "\n",
        markdown(judged("asked of it", verdicts)),
        markdown(judged("beside the fastest of the other process pools", best)),
        PICTURES,
        markdown(medians(run)),
    ]
    return "\n".join(parts)


def markdown(table: Table) -> str:
    """A table with its title as a heading."""
    head = [f"| {' | '.join(table.head)} |", f"|{' --- |' * len(table.head)}"]
    rows = [f"| {' | '.join(row)} |" for row in table.rows]
    return "\n".join([f"## {table.title.capitalize()}", "", *head, *rows, ""])
