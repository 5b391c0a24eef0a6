"""The verb ``checkedpool prove``: the inductive invariant by both solvers, and the tie to the model's scopes.

Decides: what can be asked for, how it is shown, for people and as JSON, and with which status the command exits: 0
holds, 1 violated, 3 not finished, 2 misuse. Must not know: what is proved. Imported by the command line only, since it
needs the extra ``cli``.
"""

import json
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkedpool_model.checker.explore import Verdict
from checkedpool_model.cli.explore import known_scope
from checkedpool_model.cli.many import many_at_once, usable_cores, watched
from checkedpool_model.cli.show import COLOURS
from checkedpool_model.proof.discharge import papers
from checkedpool_model.proof.mutants import Caught, caught
from checkedpool_model.proof.proved import Proved, Report, TiedScope, prove
from checkedpool_model.scopes.all import SCOPES

__all__ = ["prove_verb"]


class Part(Enum):
    """What can be done by itself."""

    CONDITIONS = "conditions"
    TIE = "tie"


def prove_verb(  # noqa: PLR0913 - each is an option of the command
    *,
    only: Annotated[Part | None, typer.Option(help="The solvers' part, or the tie to the model's scopes.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Tie this scope; may be repeated. Default: all.")] = None,
    mutants: Annotated[bool, typer.Option("--mutants", help="Drop each condition that is needed: refused?")] = False,
    stories: Annotated[bool, typer.Option("--stories", help="With --mutants: show why each is refused.")] = False,
    smt: Annotated[Path | None, typer.Option(help="Write what the solvers read to this directory, and end.")] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many solvers and graphs at a time, in processes.", show_default="one for each core"
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Prove the protocol's safety for any number of tasks, workers and clients.

    An inductive invariant, discharged by z3 and by cvc5 from one text; and its tie to the model, state by state and
    step by step in every scope. Exits with 0 if all holds, 1 if anything fails, 3 if something is not proved or a
    solver is not there.
    """
    if smt is not None:
        _write(smt)
        return
    console, at_once = Console(highlight=False), jobs or usable_cores()
    if mutants:
        with watched("mutants of the proof") as say:
            found = caught(say, jobs=at_once, stories=stories)
        _show_mutants(found, console, as_json=as_json)
        raise typer.Exit(Verdict.HOLDS.exit_status if all(one.as_stated for one in found) else 1)
    scopes = SCOPES if not scope else tuple(known_scope(name) for name in scope)
    with watched("proof") as say, many_at_once(at_once) as executor:
        report = prove(
            say, conditions=only is not Part.TIE, scopes=() if only is Part.CONDITIONS else scopes, jobs=at_once,
            executor=executor,
        )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(plain(report), indent=2))
    else:
        show(report, console)
    raise typer.Exit(report.verdict.exit_status)


def _write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for paper in papers():
        (folder / f"{paper.about}.smt2").write_text(paper.text, encoding="utf-8")
    typer.echo(f"written: {folder}", err=True)


# --- for people -------------------------------------------------------------------------------------------------------


def show(report: Report, console: Console) -> None:
    """The report on a page."""
    if report.proved:
        console.print(_conditions(report.proved))
        for line in report.proved.stories:
            console.print(Text(line), soft_wrap=True)
        for name in report.proved.missing:
            console.print(Text(f"{name} is not there: it was not run, so nothing is proved twice", style="yellow"))
    if report.tied:
        console.print(_tie(report.tied))
    for scope in report.tied:
        for line in scope.wrong:
            console.print(Text(line), soft_wrap=True)
    for problem in report.problems:
        console.print(Text(problem, style="red"), soft_wrap=True)
    colour = COLOURS[report.verdict]
    console.print(Text.from_markup(f"\n[bold {colour}]{report.verdict.value}[/] [dim]{report.seconds:.1f} s[/]"))


def _table(*titles: str) -> Table:
    table = Table(box=None, header_style="dim")
    for number, title in enumerate(titles):
        table.add_column(title, justify="right" if number and title != "verdict" else "left", no_wrap=True)
    return table


def _verdict(verdict: Verdict) -> Text:
    return Text(verdict.value, style=COLOURS[verdict])


def _conditions(proved: Proved) -> Table:
    """A row for each actor."""
    table = _table("for any number", "actions", "conditions", *(f"{name}, s" for name in proved.solvers), "verdict")
    groups: dict[str, list[int]] = {}
    for number, one in enumerate(proved.answered):
        groups.setdefault(_actor(one.about), []).append(number)
    for actor, numbers in groups.items():
        answered = [proved.answered[number] for number in numbers]
        part = Proved(tuple(answered), proved.solvers, proved.missing, (), 0.0)
        seconds = (f"{sum(one.seconds[name] for one in answered):.1f}" for name in proved.solvers)
        actions = str(len(numbers)) if actor in ACTORS else ""
        table.add_row(actor, actions, f"{part.conditions:,}", *seconds, _verdict(part.verdict))
    sums = (f"{sum(one.seconds[name] for one in proved.answered):.1f}" for name in proved.solvers)
    table.add_row("together", "", f"{proved.conditions:,}", *sums, _verdict(proved.verdict))
    return table


ACTORS = ("Client", "Manager", "Thread", "Worker")


def _actor(about: str) -> str:
    return next((actor for actor in ACTORS if about.startswith(actor)), about)


def _tie(tied: tuple[TiedScope, ...]) -> Table:
    table = _table("tied to the model", "graphs", "states", "steps", "idle", "seconds", "verdict")
    for scope in tied:
        numbers = (scope.graphs, scope.states, scope.transitions, scope.steps[""])
        table.add_row(
            scope.name, *(f"{number:,}" for number in numbers), f"{scope.seconds:.1f}", _verdict(scope.verdict)
        )
    if len(tied) > 1:
        sums = (
            sum(scope.graphs for scope in tied), sum(scope.states for scope in tied),
            sum(scope.transitions for scope in tied), sum(scope.steps[""] for scope in tied),
        )  # fmt: skip
        table.add_row("together", *(f"{number:,}" for number in sums), f"{sum(one.seconds for one in tied):.1f}", "")
    return table


def _show_mutants(found: list[Caught], console: Console, *, as_json: bool) -> None:
    if as_json:
        rows = [{"name": one.name, "refused_by": one.refused_by, "stated": one.stated} for one in found]
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("dropped", "refused by", box=None, header_style="dim")
    for one in found:
        refused = Text(one.refused_by or "nothing", style="green" if one.as_stated else "red")
        table.add_row(one.name, refused if one.as_stated else Text(f"{refused}, and not by {one.stated}", style="red"))
    console.print(table)
    for one in found:
        console.print(Text("\n".join(one.story)), soft_wrap=True)


# --- for programs -----------------------------------------------------------------------------------------------------


def plain(report: Report) -> dict[str, object]:
    """The report as plain values, with the same words as its fields."""
    return {
        "verdict": report.verdict.value,
        "seconds": round(report.seconds, 3),
        "proved": _plain_proved(report.proved) if report.proved else None,
        "tied": [_plain_scope(scope) for scope in report.tied],
        "problems": list(report.problems),
    }


def _plain_proved(proved: Proved) -> dict[str, object]:
    return {
        "verdict": proved.verdict.value,
        "conditions": proved.conditions,
        "not_run": list(proved.missing),
        "seconds": {name: round(sum(one.seconds[name] for one in proved.answered), 3) for name in proved.solvers},
        "refused": [
            {
                "condition": f"{refused.question.action} {refused.question.name}".strip(),
                "kind": refused.question.kind.value,
                "answers": dict(refused.answers),
            }
            for refused in proved.refused
        ],
        "stories": list(proved.stories),
    }


def _plain_scope(scope: TiedScope) -> dict[str, object]:
    return {
        "name": scope.name,
        "verdict": scope.verdict.value,
        "graphs": scope.graphs,
        "states": scope.states,
        "transitions": scope.transitions,
        "worlds": scope.worlds,
        "steps": {name or "none": count for name, count in sorted(scope.steps.items())},
        "not_covered": scope.not_covered,
        "seconds": round(scope.seconds, 3),
        "wrong": list(scope.wrong),
    }
