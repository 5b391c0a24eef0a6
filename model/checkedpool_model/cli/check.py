"""The model's verb of the command line: ``checkedpool check``.

Decides: what can be asked for, how explorations are shown, for people and as JSON, and with which status the command
exits: 0 holds, 1 violated, 3 not finished, 2 misuse. Must not know: how anything is explored (``verify`` does), how a
counterexample is drawn or run again (``draw``), what a machine breaks (``generated``), nor the other
verbs. Imported by the command line only, since it needs the extra ``cli``.
"""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from checkedpool_model import runs
from checkedpool_model.checker.explore import DEFAULT_LIMIT
from checkedpool_model.cli.draw import Form, draw, replayed
from checkedpool_model.cli.explore import asked_for, explored, known_scope
from checkedpool_model.cli.generated import by_machine
from checkedpool_model.cli.many import usable_cores
from checkedpool_model.cli.rates import show_rates
from checkedpool_model.cli.sample import Sample, sampled
from checkedpool_model.cli.show import plain, show, show_list, write_junit
from checkedpool_model.mutants import kills
from checkedpool_model.mutants.by_hand import Mutant
from checkedpool_model.spec_files import UnreadableError
from checkedpool_model.verify.address import UnknownMutantError, mutant_named
from checkedpool_model.verify.all_scopes import Report
from checkedpool_model.verify.one_graph import Limits

__all__ = ["check"]


WHAT, BROKEN, HOW = "What is explored", "What is broken on purpose", "How far, and how"
SAMPLE, SHOWN = "A sample instead of everything", "How it is shown"


def check(  # noqa: PLR0913 - each is an option of the command
    scope: Annotated[str | None, typer.Argument(help="The scope to explore; --list shows them.")] = None,
    *,
    list_scopes: Annotated[bool, typer.Option("--list", help="List the scopes.", rich_help_panel=WHAT)] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Explore every scope and every mutant.", rich_help_panel=WHAT)
    ] = False,
    long: Annotated[
        bool,
        typer.Option(
            "--long",
            help="Explore the scopes that take long; with --all these beside the others.",
            rich_help_panel=WHAT,
        ),
    ] = False,
    mutants: Annotated[
        bool, typer.Option("--mutants", help="Explore the mutants: each must be caught.", rich_help_panel=BROKEN)
    ] = False,
    mutant: Annotated[
        str | None,
        typer.Option(
            help="Explore one mutant, named by some of its words, and show how it is caught.", rich_help_panel=BROKEN
        ),
    ] = None,
    generated: Annotated[
        bool,
        typer.Option(
            "--generated",
            help="Explore the mutants that a machine makes, each in its stated graph.",
            rich_help_panel=BROKEN,
        ),
    ] = False,
    search: Annotated[
        bool,
        typer.Option(
            "--search",
            help="With --generated: look for each anew, and print the new kills.toml.",
            rich_help_panel=BROKEN,
        ),
    ] = False,
    matrix: Annotated[
        bool, typer.Option("--matrix", help="Print which claim notices which generated mutant.", rich_help_panel=BROKEN)
    ] = False,
    stories: Annotated[
        bool, typer.Option("--stories", help="Show how each mutant is caught, step by step.", rich_help_panel=SHOWN)
    ] = False,
    drawn: Annotated[
        Form | None,
        typer.Option(
            "--draw", help="With a scope, --mutant or --replay: draw the counterexample.", rich_help_panel=SHOWN
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="With --draw or --search: the file to write.", rich_help_panel=SHOWN)
    ] = None,
    replay: Annotated[
        str | None,
        typer.Option(help="Run a counterexample again: what stands in its last line, 'again'.", rich_help_panel=WHAT),
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, help="States of one graph after which to stop.", rich_help_panel=HOW)
    ] = DEFAULT_LIMIT,
    memory: Annotated[
        int | None,
        typer.Option(min=1, help="Megabytes of one graph, by estimate, after which to stop.", rich_help_panel=HOW),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many graphs to explore at a time, in processes; 1: in this one.",
            show_default="one for each core",
            rich_help_panel=HOW,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            "--random", help="With a scope: random walks from this seed instead of every state.", rich_help_panel=SAMPLE
        ),
    ] = None,
    walks: Annotated[
        int, typer.Option(min=1, help="With --random: how many walks in each graph.", rich_help_panel=SAMPLE)
    ] = 100,
    steps: Annotated[
        int, typer.Option(min=1, help="With --random: at most so many steps in a walk.", rich_help_panel=SAMPLE)
    ] = 1000,
    rates: Annotated[
        bool, typer.Option("--rates", help="Measure how fast two graphs are explored.", rich_help_panel=WHAT)
    ] = False,
    junit: Annotated[
        Path | None, typer.Option(help="Write a file for those who collect test results.", rich_help_panel=SHOWN)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.", rich_help_panel=SHOWN)] = False,
    as_runs: Annotated[
        bool,
        typer.Option(
            "--runs", help="With --all or --long: print what runs.toml would have to say.", rich_help_panel=SHOWN
        ),
    ] = False,
) -> None:
    """Explore the protocol model: every state of a scope, or of all of them.

    Exits with 0 if every claim holds, 1 if one fails, 3 if a search was not finished. A sample that was asked for
    (--random) exits with 0 if nothing was found in it.
    """
    broken = _mutant(mutant)
    alone = (list_scopes, everything or long, mutants, generated, matrix, rates)
    given = (scope is not None, *alone, bool(broken and not replay), bool(replay))
    _refuse(
        MISUSES,
        (
            sum(given) != 1,
            bool(drawn) and any(alone),
            bool(out) and not (drawn or search),
            search and not generated,
            as_json and bool(drawn or replay),
            seed is not None and (scope is None or bool(drawn)),
            junit is not None and not (scope or everything or long),
        ),
    )
    if list_scopes:
        show_list(as_json=as_json)
        return
    if rates:
        show_rates(Console(highlight=False))
        return
    _refuse_what_cannot_be_compared()
    at_once = jobs or usable_cores()
    if generated or matrix:
        status = by_machine(matrix=matrix, search=search, out=out, as_json=as_json, jobs=at_once).exit_status
    elif replay:
        status = replayed(replay, broken, form=drawn, out=out, limit=limit).exit_status
    elif scope is not None and seed is not None:
        status = sampled(known_scope(scope), Sample(seed, walks, steps), as_json=as_json, junit=junit).exit_status
    else:
        limits = Limits(limit, memory and memory * MEGABYTE)
        report = explored(asked_for(scope, limits, at_once, everything=everything, long=long), broken)
        _show(report, drawn, out, junit, as_runs=as_runs, as_json=as_json, stories=stories or bool(broken))
        status = report.verdict.exit_status
    raise typer.Exit(status)


MEGABYTE = 1_000_000

MISUSES = (
    "give one scope, or one of --list, --all, --long, --mutants, --mutant, --generated, --matrix, --rates, --replay",
    "--draw goes with a scope, --mutant or --replay",
    "--out goes with --draw or --search",
    "--search goes with --generated",
    "--json shows a report: it goes neither with --draw nor with --replay",
    "--random goes with one scope, and not with --draw",
    "--junit goes with a scope, --all or --long",
)


def _refuse(sentences: tuple[str, ...], wrong: tuple[bool, ...]) -> None:
    """Say what goes with what, if something is asked for that does not."""
    for sentence, is_wrong in zip(sentences, wrong, strict=True):
        if is_wrong:
            raise typer.BadParameter(sentence)


def _refuse_what_cannot_be_compared() -> None:
    """Nobody wants to explore for minutes, and then hear that what it must come to cannot be read."""
    try:
        runs.read()
        kills.read()
    except UnreadableError as error:
        raise typer.BadParameter(str(error)) from error


def _show(  # noqa: PLR0913 - each is an option of the command
    report: Report,
    drawn: Form | None,
    out: Path | None,
    junit: Path | None,
    *,
    as_runs: bool,
    as_json: bool,
    stories: bool,
) -> None:
    """The report in the form that was asked for."""
    if junit:
        write_junit(tuple(case for one in report.scopes for case in one.cases), junit)
    if as_runs:
        typer.echo(runs.write(runs.beside_others(report.runs, runs.read())), nl=False)
    elif as_json:
        typer.echo(json.dumps(plain(report), indent=2))
    else:
        show(report, Console(highlight=False, stderr=bool(drawn)), stories=stories and not drawn)
    if drawn:
        draw([*(one.finding for one in report.scopes), *(one.finding for one in report.mutants)], drawn, out)


def _mutant(name: str | None) -> Mutant | None:
    try:
        return mutant_named(name) if name is not None else None
    except UnknownMutantError as error:
        raise typer.BadParameter(str(error)) from error
