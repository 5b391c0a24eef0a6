"""A report on one page. Decides: what a reader sees first. Must not know: where a row comes from."""

from itertools import groupby

from rich.console import Group
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tests.checks.verify.report import Report, Row, Verdict

__all__ = ["STYLES", "page"]

STYLES = {Verdict.HOLDS: "green", Verdict.VIOLATED: "bold red", Verdict.NOT_FINISHED: "bold yellow"}


def page(report: Report) -> Group:
    """The table of all checks, what is wrong in detail, and the verdict."""
    troubled = [row for row in report.rows if row.verdict is not Verdict.HOLDS]
    return Group(_table(report), *(_trouble(row) for row in troubled), _verdict(report))


def _table(report: Report) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", title_justify="left")
    table.add_column("check", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("looked at", overflow="fold")
    for section, rows in groupby(report.rows, key=lambda row: row.section):
        title, _, under_what = section.partition(": ")
        table.add_row(Text(title, style="bold"), "", "", Text(under_what, style="dim"))
        for row in rows:
            verdict = Text(row.verdict.value, style=STYLES[row.verdict])
            table.add_row(f"  {escape(row.name)}", verdict, f"{row.seconds:.1f}", Text(row.looked_at, style="dim"))
    return table


def _trouble(row: Row) -> Text:
    """Each line as it is, however long: a command, or a schedule, that was cut in two cannot be copied."""
    text = Text("\n", no_wrap=True, overflow="ignore")
    text.append(f"{row.section}, {row.name}: {row.verdict.value}\n", style=STYLES[row.verdict])
    text.append("".join(f"  {line}\n" for line in row.trouble))
    if row.again:
        text.append(f"  again: {row.again}", style="dim")
    return text


def _verdict(report: Report) -> Padding:
    counts = ", ".join(
        f"{count} {verdict.value}"
        for verdict in Verdict
        if (count := sum(row.verdict is verdict for row in report.rows)) or verdict is Verdict.HOLDS
    )
    seconds = sum(row.seconds for row in report.rows)
    took = f"{seconds:.0f} s" if report.elapsed is None else f"{seconds:.0f} s of work in {report.elapsed:.0f} s"
    left = f"; interrupted, not done: {', '.join(report.left)}" if report.left else ""
    line = Text.assemble((report.verdict.value, STYLES[report.verdict]), f": {counts}, {took}{left}")
    return Padding(line, (1, 0, 1, 0), expand=False)
