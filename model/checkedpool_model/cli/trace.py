"""The verb ``checkedpool trace``: whether a recorded run is a run of the protocol; the run drawn, or exported.

Decides: how a verdict is shown, for people and as JSON, and with which status the command exits: 0 accepted and
complete, 1 diverged, 2 no trace, 3 not finished, 4 accepted so far but incomplete; of several traces the first of 1, 2,
3, 4 that is met. A drawing or an export of one trace exits with the status of its verdict. Must not know: how a trace
is judged, what is in a drawing or an export.
"""

import json
from enum import Enum
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console

from checkedpool_model.checker.membership import DEFAULT_LIMIT
from checkedpool_model.cluster.follow import events_of, follow, is_of_a_cluster
from checkedpool_model.exports.itf import itf
from checkedpool_model.exports.perfetto import perfetto
from checkedpool_model.exports.shiviz import log
from checkedpool_model.output import put
from checkedpool_model.pictures import events
from checkedpool_model.traces.folders import traces_in
from checkedpool_model.traces.reading import DivergedError
from checkedpool_model.traces.size import TooLargeError
from checkedpool_model.traces.timed import TimedRun, timed_run
from checkedpool_model.traces.verdict import Report, Verdict, judge
from checkedpool_spec.trace_files import BadTraceError

__all__ = ["trace"]


WIDEST = 140
"""Columns of a drawing."""
ONE_SIDE = (
    "{path} is the trace of a cluster's client: no worker has written when it ran what, so there is nothing to draw or "
    "to export; without --draw and --export it is followed"
)


class Form(Enum):
    """How a run can be drawn."""

    SVG = "svg"
    TEXT = "text"


class Format(Enum):
    """For which other tool a run can be written."""

    PERFETTO = "perfetto"
    SHIVIZ = "shiviz"
    ITF = "itf"


def trace(  # noqa: PLR0913 - an option each
    paths: Annotated[list[Path], typer.Argument(help="Directories that traced pools have written, or that hold such.")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="States kept at a time after which to stop.")] = DEFAULT_LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
    draw: Annotated[Form | None, typer.Option(help="Draw one run: its lanes over time, and its events.")] = None,
    export: Annotated[Format | None, typer.Option(help="Write one run in the format of another tool.")] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="With --draw or --export: the file to write.")] = None,
) -> None:
    """Hold traces of real runs against the protocol model, or draw one, or write it for another tool.

    Exits with 0 if every trace is accepted and complete, 1 if one diverged, 2 if one is no trace, 3 if one was not
    finished, 4 if one is accepted so far but incomplete.
    """
    found = [one for path in paths for one in traces_in(path)]
    if draw is not None or export is not None:
        if as_json or (draw is not None and export is not None):
            raise typer.BadParameter("give one of --draw, --export and --json")
        raise typer.Exit(_shown(_one(found), limit, draw or export, out))
    if out is not None:
        raise typer.BadParameter("-o goes with --draw or --export")
    screen = Console(highlight=False, soft_wrap=True)
    width = min(screen.width, WIDEST)
    reports = [_of_a_cluster(at) if is_of_a_cluster(at) else judge(at, limit=limit, width=width) for at in found]
    if as_json:
        typer.echo(json.dumps([report.plain() for report in reports], indent=2))
    else:
        for report in reports:
            _show(report)
    verdicts = {report.verdict for report in reports}
    status = min((one.exit_status for one in verdicts if one is not Verdict.COMPLETE), default=0)
    raise typer.Exit(status)


def _of_a_cluster(path: Path) -> Report:
    """What a client of a cluster has written, followed through that protocol."""
    begun = perf_counter()
    try:
        found = follow(events_of(path))
    except BadTraceError as error:
        return Report(Verdict.BAD, str(path), why=(str(error),))
    return Report(
        Verdict(found.verdict.value), str(path), found.lines, found.steps, found.tasks,
        seconds=perf_counter() - begun, why=(found.why,) if found.why else (),
    )  # fmt: skip


def _show(report: Report) -> None:
    typer.echo(f"{report.path}: {report.verdict.value}")
    if is_of_a_cluster(Path(report.path)):
        typer.echo(
            f"  {report.lines} lines of a cluster's client, {report.tasks} tasks; {report.events} steps of the model, "
            f"{report.seconds:.2f} s"
        )
    elif report.verdict is not Verdict.BAD:
        typer.echo(
            f"  {report.lines} lines of {report.workers} workers and the pool, {report.tasks} tasks; "
            f"{report.events} events, at most {report.widest} states at a time, {report.looked_at} looked at, "
            f"{report.seconds:.2f} s"
        )
    for line in report.why:
        typer.echo(f"  {line}")
    if report.drawing:
        typer.echo(f"\n{report.drawing}")


# --- one run ----------------------------------------------------------------------------------------------------------


def _one(paths: list[Path]) -> Path:
    if len(paths) != 1:
        raise typer.BadParameter(f"one trace can be drawn or exported; there are {len(paths)}")
    return paths[0]


def _shown(path: Path, limit: int, how: Form | Format | None, out: Path | None) -> int:
    """Draw or export it; what is not as it should be is said beside that."""
    if is_of_a_cluster(path):
        raise typer.BadParameter(ONE_SIDE.format(path=path))
    try:
        made = timed_run(path, limit=limit)
    except (BadTraceError, TooLargeError) as error:
        raise typer.BadParameter(str(error)) from error
    except DivergedError as error:
        typer.echo(f"{path}: {Verdict.DIVERGED.value}\n  {error}\n  there is nothing to show", err=True)
        return Verdict.DIVERGED.exit_status
    if isinstance(how, Form):
        put(_drawn(made, how), out)
    else:
        _export(made, how, out)
    if made.verdict is not Verdict.COMPLETE:
        typer.echo("\n".join((f"{path}: {made.verdict.value}", *(f"  {why}" for why in made.why))), err=True)
    return made.verdict.exit_status


def _drawn(made: TimedRun, form: Form) -> str:
    if form is Form.SVG:
        return events.svg(made)
    screen = Console()
    return events.text(made, min(screen.width, WIDEST), ascii_only=screen.options.ascii_only)


def _export(made: TimedRun, how: Format | None, out: Path | None) -> None:
    text, left_out = itf(made) if how is Format.ITF else (perfetto(made) if how is Format.PERFETTO else log(made), "")
    put(text, out, verb="written")
    if left_out:
        typer.echo(f"left out: {left_out}", err=True)
