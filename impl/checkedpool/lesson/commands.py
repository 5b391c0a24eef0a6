"""The verb ``checkedpool lesson``.

Decides: which programs are run, how what they print is shown side by side, and with which status it exits: 0 this
executor printed what the page says, 1 it did not, 2 misuse.  Must not know: how a program is run.  Imported by the
command line only, since it needs the extra ``cli``.
"""

import json
import platform
from itertools import zip_longest
from typing import Annotated

import typer
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from checkedpool.lesson.programs import OURS, STANDARD, Program, Seen, lessons, programs
from checkedpool_spec.names import did_you_mean

__all__ = ["lesson"]

EVERY = "all"


def lesson(
    which: Annotated[
        str | None,
        typer.Argument(metavar="NUMBER|NAME|all", help="The program to run; without one, they are listed."),
    ] = None,
    *,
    limit: Annotated[float, typer.Option(min=1, help="Seconds after which a program counts as hanging.")] = 15.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was seen as JSON.")] = False,
) -> None:
    """Run a program of the page on shutdown with this executor and with the standard one, side by side.

    Exits with 0 if this executor printed what the page (docs/shutdown.md) says, 1 if it did not.
    """
    screen = Console(highlight=False)
    if which is None:
        _list(screen, as_json=as_json)
        return
    wanted, right, seen = _wanted(which), True, []
    waiting = Console(stderr=True)
    with waiting.status(""):
        for program, runs in lessons(wanted, limit):
            right = right and _is_right(program, runs)
            seen.append(_plain(program, runs))
            if not as_json:
                _show(program, runs, limit, screen)
    if as_json:
        typer.echo(json.dumps(seen, indent=2))
    raise typer.Exit(0 if right else 1)


def _wanted(which: str) -> tuple[Program, ...]:
    if which == EVERY:
        return programs()
    found = tuple(one for one in programs() if which in (str(one.number), one.name, f"{one.name}.py"))
    if not found:
        meant = did_you_mean(which, [EVERY, *(one.name for one in programs())])
        raise typer.BadParameter(
            f"there is no program {which!r}; they are 1 to {len(programs())}{meant}", param_hint="NUMBER"
        )
    return found


def _is_right(program: Program, runs: dict[str, Seen]) -> bool:
    return runs[OURS] == Seen(program.prints)


def _list(screen: Console, *, as_json: bool) -> None:
    if as_json:
        rows = [{"number": one.number, "name": one.name, "title": one.title} for one in programs()]
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table("", "program", "what it shows", box=None, header_style="dim")
    for one in programs():
        table.add_row(str(one.number), f"{one.name}.py", one.title)
    screen.print(table)
    screen.print(Text("\ncheckedpool lesson NUMBER runs one, checkedpool lesson all runs them all", style="dim"))


def _show(program: Program, runs: dict[str, Seen], limit: float, screen: Console) -> None:
    """Its text, and below it what both have printed; a line that differs from the page stands out."""
    screen.print(Text(f"\n{program.number}. {program.title}: {program.name}.py", style="bold"))
    screen.print(Syntax(program.text.strip(), "python", background_color="default"))
    table = Table(OURS, f"{STANDARD}, {platform.python_version()}", box=None, header_style="dim", expand=True)
    columns = [runs[name].lines(limit) for name in (OURS, STANDARD)]
    for expected, *lines in zip_longest(program.prints, *columns, fillvalue=""):
        table.add_row(*(Text(line, style="" if line == expected else "yellow") for line in lines))
    screen.print(table)
    if not _is_right(program, runs):
        screen.print(Text("this executor does not print what the page says", style="red"))


def _plain(program: Program, runs: dict[str, Seen]) -> dict[str, object]:
    return {
        "number": program.number,
        "name": program.name,
        "title": program.title,
        "page": list(program.prints),
        "as_the_page_says": _is_right(program, runs),
        "seen": {
            name: {"printed": list(seen.printed), "raised": seen.raised, "hangs": seen.hung}
            for name, seen in runs.items()
        },
    }
