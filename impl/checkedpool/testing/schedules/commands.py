"""The verbs ``checkedpool schedules`` and ``checkedpool replay``.

Decides: what can be asked for, how reports and runs are shown, with which status they exit: 0 nothing fails, 1
something does, 3 not finished, 2 misuse. Must not know: how runs are chosen or made (``campaigns``), how one is drawn:
the renderer is what the entry point ``checkedpool.drawings`` names. Imported by the command line only, since it needs
the extra ``cli``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkedpool.testing.schedules.campaigns import Report, campaign, rerun
from checkedpool.testing.schedules.narrate import Story
from checkedpool.testing.schedules.schedule import MalformedError, Schedule
from checkedpool.testing.schedules.strategies import Plan, UnfitError
from checkedpool.testing.schedules.trial import LONGEST, NotPossibleError
from checkedpool.testing.simulated.catalogue import SCOPES
from checkedpool_spec.names import did_you_mean

__all__ = ["replay", "schedules"]

COLOURS = {"holds": "green", "violated": "red", "not finished": "yellow"}
LANES = ("client", "manager", "user code", "starter", "worker", "system", "nature")
"""From left to right, as in the model's drawings."""
EVERY = "all"
BOUNDS = "What a strategy is bound by"


def schedules(  # noqa: PLR0913 - each is an option of the command
    *,
    strategy: Annotated[
        Literal["sweep", "preempt", "pct", "pos", "random"], typer.Option(help="How runs are chosen.")
    ] = "random",
    scope: Annotated[
        str, typer.Option(metavar="NAME", help="Which scope; all: each of them; --list shows them.")
    ] = EVERY,
    seed: Annotated[int, typer.Option(help="Where chance begins.")] = 1,
    runs: Annotated[int, typer.Option(min=1, help="Runs in each scope; of the sweep: base runs.")] = 100,
    depth: Annotated[
        int,
        typer.Option(min=1, help="Of pct: how many orders of steps the bug needs.", rich_help_panel=BOUNDS),
    ] = 3,
    bound: Annotated[
        int,
        typer.Option(min=0, help="Of preempt: preemptions and steps of the environment.", rich_help_panel=BOUNDS),
    ] = 1,
    worlds: Annotated[
        int,
        typer.Option(min=1, help="Of preempt: worlds after which it is given up.", rich_help_panel=BOUNDS),
    ] = 200_000,
    longest: Annotated[
        int,
        typer.Option(min=1, help="Steps after which a run counts as not finished.", rich_help_panel=BOUNDS),
    ] = LONGEST,
    list_scopes: Annotated[bool, typer.Option("--list", help="List the scopes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
) -> None:
    """Run the pool's code on a simulated system, in chosen schedules, where there are too many to try all.

    sweep kills at every step of a run; preempt tries every run with few preemptions; pct changes priorities at few
    points; pos gives each step a priority, a new one where it races; random draws each step. Exits with 0 if nothing
    was found, 1 if something fails, 3 if not finished.
    """
    if list_scopes:
        _list()
        return
    plan = Plan(runs, seed, depth, bound, worlds, longest)
    progress = Console(stderr=True)
    with progress.status("") as status:
        say = status.update if progress.is_terminal else (lambda _: None)
        reports = [_report(name, strategy, plan, say) for name in _named(scope, strategy)]
    if as_json:
        typer.echo(json.dumps([report.plain() for report in reports], indent=2))
    else:
        _show(reports, Console(highlight=False))
    statuses = {report.exit_status for report in reports}
    raise typer.Exit(next((status for status in (1, 3) if status in statuses), 0))


def _named(scope: str, strategy: str) -> list[str]:
    if scope != EVERY and scope not in SCOPES:
        known, meant = ", ".join(SCOPES), did_you_mean(scope, [*SCOPES, EVERY])
        raise typer.BadParameter(
            f"no scope is named {scope!r}{meant}; there are: {known}, and {EVERY}", param_hint="--scope"
        )
    return [scope] if scope != EVERY else [name for name in SCOPES if strategy != "preempt" or name == "two"]


def _report(name: str, strategy: str, plan: Plan, say: Callable[[str], None]) -> Report:
    try:
        return campaign(name, SCOPES[name], strategy, plan, say)
    except UnfitError as error:
        raise typer.BadParameter(f"{name}: {error}", param_hint="--strategy") from error


def _list() -> None:
    table = Table("scope", "workers", "policy", "clients", box=None, header_style="dim")
    for name, scope in SCOPES.items():
        table.add_row(name, str(scope.workers), scope.policy.value, str(scope))
    Console(highlight=False).print(table)


def _show(reports: list[Report], console: Console) -> None:
    table = Table(box=None, header_style="dim")
    for title in ("scope", "strategy", "runs", "steps", "longest", "twice", "steps/s", "verdict"):
        table.add_column(title, justify="left" if title in ("scope", "strategy", "verdict") else "right")
    for one in reports:
        numbers = (f"{number:,}" for number in (one.runs, one.steps, one.longest, one.twice, round(one.rate)))
        table.add_row(one.scope, one.strategy, *numbers, Text(one.verdict, style=COLOURS[one.verdict]))
    console.print(table)
    examples = [one for one in reports if one.example and not one.failures]
    if examples:
        console.print(Text(f"one of these runs: checkedpool replay {examples[0].example}", style="dim"), soft_wrap=True)
    for one in reports:
        if one.note:
            console.print(Text(f"{one.scope}: {one.note}", style="dim"), soft_wrap=True)
        for failure in one.failures:
            console.print(Text(f"{one.scope}: {failure.wrong}", style="red"), soft_wrap=True)
            console.print(Text(f"  found in a run of {failure.steps} steps; shortened, again:"), soft_wrap=True)
            console.print(Text(f"  checkedpool replay {failure.schedule}"), soft_wrap=True)
        if one.unfinished:
            console.print(Text(f"{one.scope}: not finished: checkedpool replay {one.unfinished}"), soft_wrap=True)


# --- replay -----------------------------------------------------------------------------------------------------------


def replay(
    schedule: Annotated[str, typer.Argument(metavar="SCHEDULE", help="The word that a failure was printed with.")],
    *,
    drawn: Annotated[Literal["text", "mermaid", "svg"], typer.Option("--draw", help="In which form.")] = "text",
    out: Annotated[Path | None, typer.Option(help="Draw into this file.")] = None,
    longest: Annotated[int, typer.Option(min=1, help="Steps after which the run counts as not finished.")] = LONGEST,
) -> None:
    """Run a schedule again on the simulated system, draw it, and say whether it still fails.

    Exits with 0 if all holds, 1 if something fails, 3 if the run comes to no end, 2 if this is no schedule.
    """
    story = Story()
    try:
        made = Schedule.read(schedule)
        trial = rerun(made, story.seen, longest=longest)
    except (MalformedError, NotPossibleError) as error:
        raise typer.BadParameter(str(error), param_hint="SCHEDULE") from error
    ending = trial.wrong or ("nothing is wrong" if trial.finished else "it comes to no end")
    title = f"{made.name}: {made.scope}"
    page = _drawn(drawn, title, f"the check ({ending})" if trial.wrong or not trial.finished else "", story)
    if out is None:
        typer.echo(page, nl=False)
    else:
        _write(out, page)
    typer.echo(f"after {len(trial.turns)} steps: {ending}", err=bool(trial.wrong))
    raise typer.Exit(1 if trial.wrong else 0 if trial.finished else 3)


def _drawn(form: str, title: str, claim: str, story: Story) -> str:
    """What the renderer makes of it."""
    found = list(entry_points(group="checkedpool.drawings"))
    if not found:
        raise typer.BadParameter("nothing is installed that draws: the entry point checkedpool.drawings names nobody")
    names = {name for one in story.events for name in one[:2] if name}
    actors = sorted(names, key=lambda name: (LANES.index(name.rstrip(" 0123456789")), name))
    return str(found[0].load()(form, title, claim, story.events, story.states(), actors))


def _write(out: Path, page: str) -> None:
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"cannot write {out}: {error.strerror}", param_hint="--out") from error
    typer.echo(f"drawn into {out}", err=True)
