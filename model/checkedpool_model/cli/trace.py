"""The verb ``checkedpool trace``: whether a recorded run is a run of the protocol.

Decides: how a verdict is shown, for people and as JSON, and with which status the command exits: 0 accepted and
complete, 1 diverged, 2 no trace, 3 not finished, 4 accepted so far but incomplete; of several traces the first of 1, 2,
3, 4 that is met. Must not know: how a trace is judged.
"""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from checkedpool_model.checker.membership import DEFAULT_LIMIT
from checkedpool_model.traces.verdict import Report, Verdict, judge
from checkedpool_spec.trace import PARENT, SUFFIX

__all__ = ["trace"]


def trace(
    paths: Annotated[list[Path], typer.Argument(help="Directories that traced pools have written, or that hold such.")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="States kept at a time after which to stop.")] = DEFAULT_LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
) -> None:
    """Hold traces of real runs against the protocol model.

    Exits with 0 if every trace is accepted and complete, 1 if one diverged, 2 if one is no trace, 3 if one was not
    finished, 4 if one is accepted so far but incomplete.
    """
    screen = Console(highlight=False, soft_wrap=True)
    reports = [judge(path, limit=limit, width=min(screen.width, 140)) for path in _traces(paths)]
    if as_json:
        typer.echo(json.dumps([report.plain() for report in reports], indent=2))
    else:
        for report in reports:
            _show(report)
    verdicts = {report.verdict for report in reports}
    status = min((one.exit_status for one in verdicts if one is not Verdict.COMPLETE), default=0)
    raise typer.Exit(status)


def _traces(paths: list[Path]) -> list[Path]:
    """Each path itself, or the traces that lie in it."""
    found = []
    for path in paths:
        inside = sorted(file.parent for file in path.glob(f"*/{PARENT}{SUFFIX}")) if path.is_dir() else []
        found += inside if inside and not (path / f"{PARENT}{SUFFIX}").exists() else [path]
    return found


def _show(report: Report) -> None:
    typer.echo(f"{report.path}: {report.verdict.value}")
    if report.verdict is not Verdict.BAD:
        typer.echo(
            f"  {report.lines} lines of {report.workers} workers and the pool, {report.tasks} tasks; "
            f"{report.events} events, at most {report.widest} states at a time, {report.looked_at} looked at, "
            f"{report.seconds:.2f} s"
        )
    for line in report.why:
        typer.echo(f"  {line}")
    if report.drawing:
        typer.echo(f"\n{report.drawing}")
