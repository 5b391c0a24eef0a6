"""The model's verb of the command line: ``checkedpool check``.

Decides: what can be asked for, how explorations are shown, for people and as JSON, and with which status the command
exits: 0 holds, 1 violated, 3 not finished, 2 misuse. Must not know: how anything is explored (``verify`` does), how a
counterexample is drawn or run again (``commands_draw``), what a machine breaks (``commands_mechanical``), nor the other
verbs. Imported by the command line only, since it needs the extra ``cli``.
"""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkedpool_model import runs
from checkedpool_model.again import UnknownMutantError, mutant_named
from checkedpool_model.checker.explore import DEFAULT_LIMIT, Verdict
from checkedpool_model.commands_draw import Form, draw, replayed
from checkedpool_model.commands_mechanical import by_machine
from checkedpool_model.mutants import MUTANTS, Mutant
from checkedpool_model.scopes import SCOPES, UnknownScopeError, scope_named
from checkedpool_model.verify import MutantResult, Report, ScopeResult, run_all, run_mutant, run_scope

__all__ = ["check", "plain", "show"]

COLOURS = {Verdict.HOLDS: "green", Verdict.VIOLATED: "red", Verdict.NOT_FINISHED: "yellow"}


def check(  # noqa: PLR0913 - each is an option of the command
    scope: Annotated[str | None, typer.Argument(help="The scope to explore; --list shows them.")] = None,
    *,
    list_scopes: Annotated[bool, typer.Option("--list", help="List the scopes.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Explore every scope and every mutant.")] = False,
    mutants: Annotated[bool, typer.Option("--mutants", help="Explore the mutants: each must be caught.")] = False,
    mutant: Annotated[
        str | None, typer.Option(help="Explore one mutant, named by some of its words, and show how it is caught.")
    ] = None,
    mechanical: Annotated[
        bool, typer.Option("--mechanical", help="Explore the mutants that a machine makes, each in its stated graph.")
    ] = False,
    search: Annotated[
        bool, typer.Option("--search", help="With --mechanical: look for each anew, and print the new kills.toml.")
    ] = False,
    matrix: Annotated[
        bool, typer.Option("--matrix", help="Print which claim notices which mechanical mutant.")
    ] = False,
    stories: Annotated[bool, typer.Option("--stories", help="Show how each mutant is caught, step by step.")] = False,
    drawn: Annotated[
        Form | None, typer.Option("--draw", help="With a scope, --mutant or --replay: draw the counterexample.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="With --draw or --search: the file to write.")] = None,
    replay: Annotated[
        str | None, typer.Option(help="Run a counterexample again: what stands in its last line, 'again'.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="States of one graph after which to stop.")] = DEFAULT_LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    as_runs: Annotated[
        bool, typer.Option("--runs", help="With --all: print what runs.toml would have to say.")
    ] = False,
) -> None:
    """Explore the protocol model: every state of a scope, or of all of them.

    Exits with 0 if every claim holds, 1 if one fails, 3 if a search was not finished.
    """
    broken = _mutant(mutant)
    alone = (list_scopes, everything, mutants, mechanical, matrix)
    if sum((scope is not None, *alone, bool(broken and not replay), bool(replay))) != 1:
        several = "--list, --all, --mutants, --mutant, --mechanical, --matrix, --replay"
        raise typer.BadParameter(f"give one scope, or one of {several}")
    if (drawn and any(alone)) or (out and not (drawn or search)) or (search and not mechanical):
        raise typer.BadParameter(
            "--draw goes with a scope, --mutant or --replay; --out with --draw or --search, --search with --mechanical"
        )
    if as_json and (drawn or replay):
        raise typer.BadParameter("--json shows a report: it goes neither with --draw nor with --replay")
    if list_scopes:
        _show_list(as_json=as_json)
        return
    if mechanical or matrix:
        raise typer.Exit(by_machine(matrix=matrix, search=search, out=out, as_json=as_json).exit_status)
    if replay:
        raise typer.Exit(replayed(replay, broken, form=drawn, out=out, limit=limit).exit_status)
    report = _explored(scope, broken, everything=everything, limit=limit)
    if as_runs:
        typer.echo(runs.write(report.runs), nl=False)
    elif as_json:
        typer.echo(json.dumps(plain(report), indent=2))
    else:
        show(report, Console(highlight=False, stderr=bool(drawn)), stories=stories or bool(broken and not drawn))
    if drawn:
        draw([*(one.finding for one in report.scopes), *(one.finding for one in report.mutants)], drawn, out)
    raise typer.Exit(report.verdict.exit_status)


def _mutant(name: str | None) -> Mutant | None:
    try:
        return mutant_named(name) if name is not None else None
    except UnknownMutantError as error:
        raise typer.BadParameter(str(error)) from error


def _explored(scope: str | None, broken: Mutant | None, *, everything: bool, limit: int) -> Report:
    """What was asked for, with progress where somebody looks on."""
    screen = Console(stderr=True)
    if everything:
        with screen.status("the model") as status:
            return run_all(status.update)
    if scope is None:
        results = []
        with screen.status("the mutants") as status:
            for mutant in [broken] if broken else MUTANTS:
                status.update(mutant.name)
                results.append(run_mutant(mutant))
        names = {result.name for result in results}
        expected = [run for run in runs.read().mutants if not broken or run.name in names]
        wrong = runs.differences("mutant", [result.run for result in results], expected)
        return Report((), tuple(results), (), tuple(wrong), sum(result.seconds for result in results))
    try:
        wanted = scope_named(scope)
    except UnknownScopeError as error:
        raise typer.BadParameter(str(error)) from error
    with screen.status(wanted.name):
        result = run_scope(wanted, limit=limit)
    known = [run for run in runs.read().scopes if run.name == wanted.name]
    finished = [result.run] if result.verdict is not Verdict.NOT_FINISHED else []
    wrong = runs.differences("scope", finished, known if finished else [])
    return Report((result,), (), (), tuple(wrong), result.seconds)


def _show_list(*, as_json: bool) -> None:
    if as_json:
        rows = [{"name": scope.name, "note": scope.note, "graphs": len(scope.scripts)} for scope in SCOPES]
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("scope", "graphs", "what it looks at", box=None, header_style="dim")
    for scope in SCOPES:
        table.add_row(scope.name, str(len(scope.scripts)), scope.note)
    Console(highlight=False).print(table)


# --- for people -------------------------------------------------------------------------------------------------------


def show(report: Report, console: Console, *, stories: bool = False) -> None:
    """The report on a page."""
    if report.scopes:
        console.print(_scope_table(report.scopes))
    if report.mutants:
        console.print(_mutant_table(report.mutants))
    for scope in report.scopes:
        console.print(Text("\n".join(scope.story)), soft_wrap=True)
    for mutant in report.mutants if stories else ():
        console.print(Text(f"\n{mutant.name}", style="bold"))
        console.print(Text("\n".join(mutant.story)), soft_wrap=True)
    for problem in report.problems:
        console.print(Text(problem, style="red"), soft_wrap=True)
    colour = COLOURS[report.verdict]
    console.print(Text.from_markup(f"\n[bold {colour}]{report.verdict.value}[/] [dim]{report.seconds:.1f} s[/]"))


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
