"""What exploring the model came to, shown: for people on a page, for programs as plain values and as JUnit's XML.

Decides: how a report looks. Must not know: how anything is explored (``verify``), what can be asked for (``check``).
Imported by the command line only, since it needs the extra ``cli``.
"""

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkedpool_model.checker.explore import Verdict
from checkedpool_model.checker.report import Case, to_junit
from checkedpool_model.scopes.all import EVERY_SCOPE
from checkedpool_model.verify.all_scopes import MutantResult, Report, ScopeResult

__all__ = ["COLOURS", "plain", "show", "show_list", "write_junit"]

COLOURS = {
    Verdict.HOLDS: "green",
    Verdict.VIOLATED: "red",
    Verdict.NOT_FINISHED: "yellow",
    Verdict.SAMPLED: "cyan",
}


def show_list(*, as_json: bool) -> None:
    """The scopes that there are."""
    if as_json:
        rows = [
            {
                "name": scope.name,
                "note": scope.note,
                "leaves_out": list(scope.leaves_out),
                "graphs": len(scope.scripts),
                "long": scope.long,
            }
            for scope in EVERY_SCOPE
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("scope", "graphs", "what it looks at", box=None, header_style="dim")
    for scope in EVERY_SCOPE:
        table.add_row(scope.name, str(len(scope.scripts)), f"{scope.note}{' (long)' if scope.long else ''}")
    screen = Console(highlight=False)
    screen.print(table)
    screen.print(Text("\nwhat each leaves out: checkedpool check --list --json", style="dim"))


def write_junit(cases: tuple[Case, ...], out: Path, *, sample_wanted: bool = False) -> None:
    """The cases, graph by graph and claim by claim, as JUnit's XML."""
    try:
        out.write_text(to_junit(cases, name="checkedpool check", sample_wanted=sample_wanted), encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"cannot write {out}: {error.strerror}", param_hint="--junit") from error
    typer.echo(f"written: {out}", err=True)


# --- for people -------------------------------------------------------------------------------------------------------


def show(report: Report, console: Console, *, stories: bool = False) -> None:
    """The report on a page."""
    if report.scopes:
        console.print(_scope_table(report.scopes))
    if report.mutants:
        console.print(_mutant_table(report.mutants))
    for scope in report.scopes:
        if scope.stopped:
            console.print(Text(f"{scope.name}: {scope.stopped}", style="yellow"), soft_wrap=True)
        console.print(Text("\n".join(scope.story)), soft_wrap=True)
    for mutant in report.mutants if stories else ():
        console.print(Text(f"\n{mutant.name}", style="bold"))
        console.print(Text("\n".join(mutant.story)), soft_wrap=True)
    for problem in report.problems:
        console.print(Text(problem, style="red"), soft_wrap=True)
    console.print(Text.assemble("\n", (_words(report), f"bold {COLOURS[report.verdict]}")), end=" ")
    console.print(Text(f"{report.seconds:.1f} s", style="dim"))


def _words(report: Report) -> str:
    """The verdict: of a mutant that is caught nothing holds, and that is what was wanted."""
    if report.verdict is not Verdict.HOLDS or not report.mutants:
        return report.verdict.value
    caught = "caught" if len(report.mutants) == 1 else "every mutant is caught"
    return f"{report.verdict.value}, and {caught}" if report.scopes else caught


def _scope_table(scopes: tuple[ScopeResult, ...]) -> Table:
    table = Table(box=None, header_style="dim")
    for title in ("scope", "graphs", "states", "transitions", "depth", "seconds", "verdict"):
        table.add_column(title, justify="left" if title in ("scope", "verdict") else "right")
    for scope in scopes:
        numbers = (f"{scope.graphs}", f"{scope.states:,}", f"{scope.transitions:,}", f"{scope.depth}")
        verdict = Text(scope.verdict.value, style=COLOURS[scope.verdict])
        table.add_row(scope.name, *numbers, f"{scope.seconds:.1f}", verdict)
    return table


def _mutant_table(mutants: tuple[MutantResult, ...]) -> Table:
    table = Table(box=None, header_style="dim")
    for title in ("mutant", "caught by", "in", "steps"):
        table.add_column(title, justify="right" if title == "steps" else "left", overflow="fold")
    for mutant in mutants:
        caught = Text(mutant.caught_by or "nobody", style="green" if mutant.caught else "red")
        table.add_row(mutant.name, caught, mutant.scope, str(mutant.steps))
    return table


# --- for programs -----------------------------------------------------------------------------------------------------


def plain(report: Report) -> dict[str, object]:
    """The report as plain values, with the same words as its fields."""
    return {
        "verdict": report.verdict.value,
        "seconds": round(report.seconds, 3),
        "scopes": [_plain_scope(scope) for scope in report.scopes],
        "mutants": [_plain_mutant(mutant) for mutant in report.mutants],
        "problems": list(report.problems),
    }


def _plain_scope(scope: ScopeResult) -> dict[str, object]:
    return {
        "name": scope.name,
        "note": scope.note,
        "verdict": scope.verdict.value,
        "graphs": scope.graphs,
        "states": scope.states,
        "transitions": scope.transitions,
        "depth": scope.depth,
        "seconds": round(scope.seconds, 3),
        "fired": dict(scope.fired),
        "story": list(scope.story),
    }


def _plain_mutant(mutant: MutantResult) -> dict[str, object]:
    return {
        "name": mutant.name,
        "scope": mutant.scope,
        "graph": mutant.graph,
        "killer": mutant.killer,
        "caught_by": mutant.caught_by,
        "steps": mutant.steps,
        "seconds": round(mutant.seconds, 3),
        "story": list(mutant.story),
    }
