"""The museum's verb of the command line: ``checkedpool museum``.

Decides: how exhibits are listed and shown, for people and as JSON, and with which status the command exits: 0 the
exhibits are what they say, 1 one is not, 2 misuse; with ``--run`` that is ``run_program``'s to say. Must not know: how
anything is explored; any exhibit. Imported by the command line only, since it needs the extra ``cli``.
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
from checkedpool_model.checker.show import drawing_svg, drawing_text
from checkedpool_model.checker.story import lines
from checkedpool_model.museum import EXHIBITS, UnknownExhibitError, exhibit_named
from checkedpool_model.museum.exhibit import Exhibit
from checkedpool_model.museum.page import failure, pages
from checkedpool_model.museum.run_program import run_program
from checkedpool_model.museum.table import changes
from checkedpool_model.museum.visit import Look, Visit, visit
from checkedpool_model.museum.who_waits import drawing_of
from checkedpool_model.output import put

__all__ = ["Form", "museum", "plain", "show"]


class Form(Enum):
    """How a failure can be drawn by itself."""

    TEXT = "text"
    SVG = "svg"


def museum(  # noqa: PLR0913 - an option each
    name: Annotated[str | None, typer.Argument(help="The exhibit to show; without a name all are listed.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
    write: Annotated[Path | None, typer.Option(help="Write the pages of all exhibits into this folder.")] = None,
    draw: Annotated[
        Form | None, typer.Option(help="Print the drawing of one exhibit's failure, and nothing else.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="With --draw: the file to write.")] = None,
    run: Annotated[
        bool, typer.Option("--run", help="Run the exhibit's program with the executor that is installed.")
    ] = False,
    limit: Annotated[float, typer.Option(min=1, help="With --run: seconds after which it counts as hanging.")] = 20.0,
) -> None:
    """Famous bugs of executors, each found by the checker in a small model, beside its cure.

    Exits with 0 if every exhibit is what it says, 1 if one is not. With --run: 0 the bug does not show, 1 it shows, 3
    the program ended in another way.
    """
    if name is not None and write is not None:
        raise typer.BadParameter("give one exhibit, or --write for all of them")
    if draw is not None and (name is None or as_json):
        raise typer.BadParameter("--draw draws one exhibit: give its name, without --json")
    if out is not None and draw is None:
        raise typer.BadParameter("-o goes with --draw")
    if run and draw is not None:
        raise typer.BadParameter("--run runs a program, --draw draws a failure: give one of them")
    if run:
        raise typer.Exit(_ran(name, limit, as_json=as_json))
    visits = tuple(visit(exhibit) for exhibit in _wanted(name))
    if write is not None:
        _write(write, visits)
    elif draw is not None:
        put(drawn(visits[0], draw), out)
    elif as_json:
        found = [plain(each) for each in visits]
        typer.echo(json.dumps(found[0] if name is not None else found, indent=2))
    elif name is not None:
        show(visits[0], Console(highlight=False))
    else:
        _show_list(visits, Console(highlight=False))
    right = all(each.verdict is Verdict.HOLDS for each in visits)
    raise typer.Exit((Verdict.HOLDS if right else Verdict.VIOLATED).exit_status)


def _ran(name: str | None, limit: float, *, as_json: bool) -> int:
    """The exit status of a run of an exhibit's program."""
    if name is None:
        raise typer.BadParameter("--run runs the program of one exhibit: give its name")
    (exhibit,) = _wanted(name)
    return run_program(exhibit, limit, as_json=as_json)


def _wanted(name: str | None) -> tuple[Exhibit, ...]:
    if name is None:
        return EXHIBITS
    try:
        return (exhibit_named(name),)
    except UnknownExhibitError as error:
        raise typer.BadParameter(str(error)) from error


def _write(folder: Path, visits: tuple[Visit, ...]) -> None:
    """Write the pages, unless some exhibit is not what it says: then say that."""
    problems = [problem for each in visits for problem in each.problems]
    if problems:
        typer.echo("\n".join(problems), err=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in pages(visits).items():
        (folder / name).write_text(page, encoding="utf-8")


def drawn(each: Visit, form: Form) -> str:
    """The failure of an exhibit."""
    assert each.broken.found is not None, each.exhibit.name  # noqa: S101 - the checker finds each: a test
    made = drawing_of(each.exhibit.broken, each.broken.found)
    if form is Form.SVG:
        return drawing_svg.drawn(made)
    screen = Console()
    return drawing_text.drawn(made, width=screen.width, ascii_only=screen.options.ascii_only)


# --- for people -------------------------------------------------------------------------------------------------------


def _show_list(visits: tuple[Visit, ...], console: Console) -> None:
    table = Table(box=None, header_style="dim")
    for title in ("exhibit", "where", "it fails by", "steps", "cured"):
        table.add_column(title, justify="right" if title == "steps" else "left", no_wrap=title == "exhibit")
    for each in visits:
        shown = each.exhibit
        table.add_row(shown.name, shown.project, shown.failure.value, str(each.broken.steps), _cured(each.fixed))
    console.print(table)
    _show_problems(visits, console)


def show(each: Visit, console: Console) -> None:
    """One exhibit on a page."""
    shown, words = each.exhibit, each.exhibit.words
    console.print(Text(words.title, style="bold"))
    console.print(Text(f"{shown.project}: {shown.versions}", style="dim"))
    console.print(Text(f"seen by us: {shown.seen}", style="dim"))
    for link in shown.links:
        console.print(Text(link, style="dim"), soft_wrap=True)
    _paragraph(console, words.story)
    if each.broken.found:
        made = drawing_of(shown.broken, each.broken.found)
        drawing = drawing_text.drawn(made, width=console.width, ascii_only=console.options.ascii_only)
        console.print(Text(f"\n{drawing}"), soft_wrap=True)
    console.print(Text(failure(each).replace("`", ""), style="red"))
    _paragraph(console, f"Cure: {words.cure}")
    for change in changes(shown.broken, shown.fixed):
        console.print(Text(f"  - {change.replace('`', '')}"))
    console.print(Text.assemble("\ncured: ", (_cured(each.fixed), "green" if not each.problems else "red")))
    _paragraph(console, f"Left out: {words.left_out}")
    clauses = f" ({', '.join(shown.clauses)})" if shown.clauses else ""
    _paragraph(console, f"Here: {words.here}{clauses}")
    _show_problems((each,), console)


def _paragraph(console: Console, words: str) -> None:
    console.print(Text(f"\n{words}"))


def _cured(fixed: Look) -> str:
    return f"{fixed.verdict.value}, {fixed.states} states"


def _show_problems(visits: tuple[Visit, ...], console: Console) -> None:
    for each in visits:
        for problem in each.problems:
            console.print(Text(problem, style="red"), soft_wrap=True)


# --- for programs -----------------------------------------------------------------------------------------------------


def plain(each: Visit) -> dict[str, object]:
    """What was found as plain values."""
    shown = each.exhibit
    return {
        "name": shown.name,
        **shown.words._asdict(),
        "project": shown.project,
        "versions": shown.versions,
        "seen": shown.seen,
        "links": list(shown.links),
        "clauses": list(shown.clauses),
        "failure": shown.failure.value,
        "changes": list(changes(shown.broken, shown.fixed)),
        "broken": _plain_look(each.broken),
        "cured": _plain_look(each.fixed),
        "verdict": each.verdict.value,
        "problems": list(each.problems),
    }


def _plain_look(look: Look) -> dict[str, object]:
    return {
        "verdict": look.verdict.value,
        "states": look.states,
        "claim": look.claim,
        "steps": look.steps,
        "story": list(lines(look.found)) if look.found else [],
    }
