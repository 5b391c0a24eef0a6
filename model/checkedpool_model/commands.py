"""The model's verb of the command line: ``checkedpool check``.

Decides: what can be asked for, how explorations are shown, for people and as JSON, and with which status the command
exits: 0 holds, 1 violated, 3 not finished, 2 misuse. Must not know: how anything is explored (``verify`` does), how a
counterexample is drawn or run again (``commands_draw``), what a machine breaks (``commands_mechanical``), nor the other
verbs. Imported by the command line only, since it needs the extra ``cli``.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from checkedpool_model import runs
from checkedpool_model.again import UnknownMutantError, mutant_named
from checkedpool_model.checker.explore import DEFAULT_LIMIT, Verdict
from checkedpool_model.commands_draw import Form, draw, replayed
from checkedpool_model.commands_many import many_at_once, watched
from checkedpool_model.commands_mechanical import by_machine
from checkedpool_model.commands_sample import Sample, sampled
from checkedpool_model.commands_show import plain, show, show_list, write_junit
from checkedpool_model.mutants import MUTANTS, Mutant
from checkedpool_model.one_graph import Limits
from checkedpool_model.scopes import EVERY_SCOPE, LONG_SCOPES, SCOPES, Scope, UnknownScopeError, scope_named
from checkedpool_model.verify import STRIDE, MutantResult, Report, run_all, run_mutants, run_scopes

__all__ = ["check"]


def check(  # noqa: PLR0913 - each is an option of the command
    scope: Annotated[str | None, typer.Argument(help="The scope to explore; --list shows them.")] = None,
    *,
    list_scopes: Annotated[bool, typer.Option("--list", help="List the scopes.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Explore every scope and every mutant.")] = False,
    long: Annotated[
        bool, typer.Option("--long", help="Explore the scopes that take long; with --all these beside the others.")
    ] = False,
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
    memory: Annotated[
        int | None, typer.Option(min=1, help="Megabytes of one graph, by estimate, after which to stop.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="How many graphs to explore at a time, in processes.")] = 1,
    seed: Annotated[
        int | None, typer.Option("--random", help="With a scope: random walks from this seed instead of every state.")
    ] = None,
    walks: Annotated[int, typer.Option(min=1, help="With --random: how many walks in each graph.")] = 100,
    steps: Annotated[int, typer.Option(min=1, help="With --random: at most so many steps in a walk.")] = 1000,
    junit: Annotated[Path | None, typer.Option(help="Write a file for those who collect test results.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    as_runs: Annotated[
        bool, typer.Option("--runs", help="With --all or --long: print what runs.toml would have to say.")
    ] = False,
) -> None:
    """Explore the protocol model: every state of a scope, or of all of them.

    Exits with 0 if every claim holds, 1 if one fails, 3 if a search was not finished. A sample that was asked for
    (--random) exits with 0 if nothing was found in it.
    """
    broken = _mutant(mutant)
    alone = (list_scopes, everything or long, mutants, mechanical, matrix)
    if sum((scope is not None, *alone, bool(broken and not replay), bool(replay))) != 1:
        several = "--list, --all, --long, --mutants, --mutant, --mechanical, --matrix, --replay"
        raise typer.BadParameter(f"give one scope, or one of {several}")
    if (drawn and any(alone)) or (out and not (drawn or search)) or (search and not mechanical):
        raise typer.BadParameter(
            "--draw goes with a scope, --mutant or --replay; --out with --draw or --search, --search with --mechanical"
        )
    if as_json and (drawn or replay):
        raise typer.BadParameter("--json shows a report: it goes neither with --draw nor with --replay")
    if seed is not None and (scope is None or drawn):
        raise typer.BadParameter("--random goes with one scope, and not with --draw")
    if list_scopes:
        show_list(as_json=as_json)
        return
    if mechanical or matrix:
        raise typer.Exit(by_machine(matrix=matrix, search=search, out=out, as_json=as_json).exit_status)
    if replay:
        raise typer.Exit(replayed(replay, broken, form=drawn, out=out, limit=limit).exit_status)
    if scope is not None and seed is not None:
        raise typer.Exit(sampled(_scope(scope), Sample(seed, walks, steps), as_json=as_json, junit=junit).exit_status)
    limits = Limits(limit, memory and memory * 1_000_000)
    report = _explored(_asked(scope, limits, jobs, everything=everything, long=long), broken)
    if junit:
        write_junit(tuple(case for one in report.scopes for case in one.cases), junit)
    if as_runs:
        typer.echo(runs.write(runs.beside_others(report.runs, runs.read())), nl=False)
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


def _explored(asked: Asked, broken: Mutant | None) -> Report:
    """What was asked for, with progress where somebody looks on."""
    with many_at_once(asked.jobs) as executor, watched(asked.name) as say:
        if asked.scopes and asked.whole:
            return run_all(say, executor=executor, scopes=asked.scopes, limits=replace(asked.limits, stride=STRIDE))
        if not asked.scopes:
            return _with_their_counts(run_mutants([broken] if broken else MUTANTS, say, executor=executor))
        (result,) = run_scopes(asked.scopes, say, executor=executor, limits=asked.limits)
    known = [run for run in runs.read().scopes if run.name == result.name]
    finished = [result.run] if result.verdict is not Verdict.NOT_FINISHED else []
    wrong = runs.differences("scope", finished, known if finished else [])
    return Report((result,), (), (), tuple(wrong), result.seconds)


def _with_their_counts(results: list[MutantResult]) -> Report:
    names = {result.name for result in results}
    expected = [run for run in runs.read().mutants if run.name in names or len(results) == len(MUTANTS)]
    wrong = runs.differences("mutant", [result.run for result in results], expected)
    return Report((), tuple(results), (), tuple(wrong), sum(result.seconds for result in results))


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explored, and how."""

    name: str
    scopes: tuple[Scope, ...]
    """None at all: mutants."""
    whole: bool
    """Whether this is a verification, with mutants, coverage and counts."""
    limits: Limits
    jobs: int


def _asked(scope: str | None, limits: Limits, jobs: int, *, everything: bool, long: bool) -> Asked:
    if everything or long:
        scopes = EVERY_SCOPE if everything and long else LONG_SCOPES if long else SCOPES
        return Asked("the model", scopes, whole=True, limits=limits, jobs=jobs)
    wanted = () if scope is None else (_scope(scope),)
    return Asked(scope or "the mutants", wanted, whole=False, limits=limits, jobs=jobs)


def _scope(name: str) -> Scope:
    try:
        return scope_named(name)
    except UnknownScopeError as error:
        raise typer.BadParameter(str(error)) from error
