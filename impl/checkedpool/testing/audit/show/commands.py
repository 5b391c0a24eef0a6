"""The verb ``checkedpool audit``.

Decides: what can be asked for, how it is watched, and with which status it exits: 0 agrees, 1 differs, 3 not finished,
2 misuse or nothing to audit.  Must not know: how an audit is made.  Imported by the command line only, since it needs
the extra ``cli``.
"""

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.text import Text

from checkedpool.testing.adapters import KNOWN
from checkedpool.testing.audit.run.child import NoExecutorError
from checkedpool.testing.audit.run.generate import scenarios
from checkedpool.testing.audit.run.rounds import Options, Round, Rounds, Say, Verdict, run
from checkedpool.testing.audit.run.scenario import Scenario
from checkedpool.testing.audit.show import report, written
from checkedpool_spec.clauses import sentences
from checkedpool_spec.names import did_you_mean
from checkedpool_spec.vocabulary import DeathPolicy

__all__ = ["audit"]

STATUS = {Verdict.AGREES: 0, Verdict.DIFFERS: 1, Verdict.NOT_FINISHED: 3}
COLOURS = {Verdict.AGREES: "green", Verdict.DIFFERS: "red", Verdict.NOT_FINISHED: "yellow"}
MARKS = {"   ✗ ": "red", "     again: ": "cyan", "not finished: ": "yellow", "C-": "bold"}
"""The beginnings of lines that stand out, and how."""
WHAT, HOW, LOOK = "What is run", "How it is judged", "How it is shown"


def audit(  # noqa: PLR0913 - each is an option of the command
    target: Annotated[
        str,
        typer.Argument(
            metavar="MODULE:CLASS",
            help=f"What makes the executor: a class, a function, or one of {', '.join(KNOWN)}.",
        ),
    ],
    *,
    rounds: Annotated[int, typer.Option(min=1, help="How many scenarios.", rich_help_panel=WHAT)] = 100,
    seed: Annotated[int, typer.Option(help="Where the scenarios by chance begin.", rich_help_panel=WHAT)] = 0,
    replay: Annotated[
        str | None, typer.Option(metavar="SCENARIO", help="Run this one scenario only.", rich_help_panel=WHAT)
    ] = None,
    start_method: Annotated[
        Literal["fork", "spawn", "forkserver"] | None,
        typer.Option(help="Passed on as mp_context (or context).", rich_help_panel=WHAT),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Scenarios at a time.", rich_help_panel=WHAT)] = 2,
    seconds: Annotated[
        float, typer.Option(min=1, help="After so many, no further scenario is begun.", rich_help_panel=WHAT)
    ] = 600.0,
    policy: Annotated[
        DeathPolicy | None,
        typer.Option(
            help="What a death costs: the pool (break) or its task. Passed on as on_worker_death, if it takes that.",
            show_default="break",
            rich_help_panel=HOW,
        ),
    ] = None,
    allow: Annotated[
        str, typer.Option(metavar="C-04,C-06", help="Clauses that it breaks on purpose.", rich_help_panel=HOW)
    ] = "",
    limit: Annotated[
        float, typer.Option(min=0.1, help="Seconds to wait for what must come.", rich_help_panel=HOW)
    ] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.", rich_help_panel=LOOK)] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE.html",
            help="Write the report as HTML too, and beside it the histories that differ, to be walked through.",
            rich_help_panel=LOOK,
        ),
    ] = None,
) -> None:
    """Drive an executor through small scenarios, and hold what it does against the contract.

    Exits with 0 if every history is one that the contract allows, 1 if one is not, 3 if that could not be found out, 2
    if there is nothing to audit.
    """
    sys.path.insert(0, str(Path.cwd()))
    if page is not None and not page.absolute().parent.is_dir():
        raise typer.BadParameter(f"there is no folder {page.parent}", param_hint="--report")
    try:
        options = Options(target, limit, start_method, policy, jobs, seconds, _clauses(allow))
        wanted = [Scenario.parse(replay)] if replay is not None else scenarios(seed, rounds)
        with _watched(len(wanted)) as say:
            done = run(options, wanted, say)
    except (NoExecutorError, ValueError) as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        typer.echo(json.dumps(report.plain(done), indent=2))
    else:
        _show(done, Console(highlight=False))
    if page is not None:
        _write(done, page)
    raise typer.Exit(STATUS[done.verdict])


def _clauses(allow: str) -> tuple[str, ...]:
    """The clauses that are named; ValueError for one that there is not."""
    clauses = tuple(dict.fromkeys(_clause(word) for word in allow.split(",") if word.strip()))
    for clause in clauses:
        if clause not in sentences():
            raise ValueError(f"--allow: the contract has no clause {clause!r}{did_you_mean(clause, sentences())}")
    return clauses


def _clause(word: str) -> str:
    """As the contract writes it: 4, c4 and C-4 are C-04."""
    number = re.fullmatch(r"(?:C-?)?0*(\d+)", word.strip().upper())
    return f"C-{int(number[1]):02}" if number else word.strip()


@contextmanager
def _watched(wanted: int) -> Iterator[Say]:
    """On a terminal the last line says how far it is; elsewhere each round that does not agree is a line."""
    screen = Console(stderr=True, highlight=False)
    with screen.status("making an executor") as status:

        def say(one: Round, done: int) -> None:
            if screen.is_terminal:
                status.update(Text(f"{done} of {wanted}: {one.verdict.value}: {one.scenario}"))
            elif one.verdict in (Verdict.DIFFERS, Verdict.NOT_FINISHED):
                screen.print(Text(f"{done} of {wanted}: {one.verdict.value}: {one.scenario}"), soft_wrap=True)

        yield say


def _write(done: Rounds, page: Path) -> None:
    try:
        files = written.write(done, page)
    except written.NoPagesError as error:
        raise typer.BadParameter(str(error), param_hint="--report") from error
    typer.echo(f"HTML report: {', '.join(map(str, files))}", err=True)


def _show(done: Rounds, screen: Console) -> None:
    """The report, with colours where there are any."""
    *lines, verdict = report.text(done).splitlines()
    for line in lines:
        style = next((style for mark, style in MARKS.items() if line.startswith(mark)), "")
        screen.print(Text(line, style=style), soft_wrap=True)
    screen.print(Text(verdict, style=f"bold {COLOURS[done.verdict]}"))
