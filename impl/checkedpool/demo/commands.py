"""The implementation's verb of the command line: ``checkedpool demo``.

Decides: how the demonstration's report is shown, for people and as JSON, and that the exit status is 0 only if every
claim held. Must not know: how anything was measured (``demo`` does), nor the other verbs. Imported by the command
line only, since it needs the extra ``cli``.
"""

import json
import os
from typing import Annotated, Literal

import typer
from rich.console import Console, Group
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from checkedpool import ProcessPoolExecutor
from checkedpool.demo.run import Check, Death, Report, run

__all__ = ["demo", "plain", "render"]


def demo(
    workers: Annotated[int, typer.Option(min=1, help="Processes in each pool.")] = max(2, os.cpu_count() or 1),
    start_method: Annotated[
        Literal["fork", "spawn", "forkserver"] | None, typer.Option(help="How processes start; the platform's default.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Hash the standard library's sources in a pool, then again while a busy worker is killed.

    Exits with status 0 only if every claim that it makes held.
    """
    progress = Console(stderr=True, style="dim")
    report = run(ProcessPoolExecutor, workers=workers, start_method=start_method, say=progress.print)
    if as_json:
        typer.echo(json.dumps(plain(report), indent=2))
    else:
        Console().print(render(report))
    raise typer.Exit(0 if report.held else 1)


def plain(report: Report) -> dict[str, object]:
    """The report as plain values, with the same words as its fields."""
    calm = report.calm
    return {
        "held": report.held,
        "python": report.python,
        "files": report.files,
        "megabytes": round(report.megabytes, 1),
        "workers": report.workers,
        "calm": {
            "start_method": calm.start_method,
            "sequential_seconds": round(calm.sequential_seconds, 4),
            "pool_seconds": round(calm.pool_seconds, 4),
            "speedup": round(calm.speedup, 2),
            "checks": _plain_checks(calm.checks),
        },
        "deaths": [_plain_death(death) for death in report.deaths],
    }


def _plain_death(death: Death) -> dict[str, object]:
    victim = death.victim
    return {
        "policy": death.policy,
        "start_method": death.start_method,
        "seconds": round(death.seconds, 4),
        "outcomes": {outcome.name.lower(): count for outcome, count in death.outcomes},
        "victim": None
        if victim is None
        else {"pid": victim.pid, "exitcode": victim.exitcode, "task": victim.task, "message": victim.message},
        "checks": _plain_checks(death.checks),
    }


def _plain_checks(checks: tuple[Check, ...]) -> list[dict[str, object]]:
    return [{"name": check.name, "held": check.held, "seen": check.seen} for check in checks]


def render(report: Report) -> Group:
    """The report on one screen."""
    calm = report.calm
    parts: list[Text | Table] = [
        Text.from_markup(
            f"\n[bold]Python {report.python}'s standard library[/]: "
            f"{report.files} files, {report.megabytes:.1f} MB, one sha256 each\n"
        ),
        Text.from_markup(
            f"[bold]Undisturbed[/] [dim]{calm.start_method}, {report.workers} workers[/]\n"
            f"  one process {calm.sequential_seconds:.2f} s, the pool {calm.pool_seconds:.2f} s from start to end: "
            f"ratio {calm.speedup:.2f}\n"
            "  [dim]One file's sha256 is hardly more work than a message: this is the pool's own cost.[/]"
        ),
        _claims(calm.checks),
    ]
    for death in report.deaths:
        parts += [_what_became(death, report), _claims(death.checks)]
    verdict = "[bold green]Every claim held.[/]" if report.held else "[bold red]Not every claim held.[/]"
    return Group(*parts, Text.from_markup(f"{verdict}\n"))


def _what_became(death: Death, report: Report) -> Text:
    counts = "\n".join(f"  {count:>6}  {outcome.value}" for outcome, count in death.outcomes)
    tasks = (
        f"one for each of {report.files} files, {report.workers} that keep the workers busy, one that kills its worker"
    )
    text = Text.from_markup(
        f'[bold]A busy worker is killed, policy "{death.policy}"[/] '
        f"[dim]{death.start_method}, {report.workers} workers, {death.seconds:.2f} s[/]\n"
        f"  [dim]{sum(count for _, count in death.outcomes)} tasks: {tasks}[/]\n{escape(counts)}"
    )
    if death.victim is not None:
        text.append(f"\n  {death.victim.message}", style="italic")
    return text


def _claims(checks: tuple[Check, ...]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=10)
    table.add_column(width=38)
    for check in checks:
        table.add_row(
            "[green]  holds[/]" if check.held else "[red]  violated[/]", check.name, f"[dim]{escape(check.seen)}[/]"
        )
    table.add_row()
    return table
