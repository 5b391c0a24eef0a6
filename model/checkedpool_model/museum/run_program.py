"""What ``checkedpool museum NAME --run`` says: an exhibit's program, run with the executor that is installed.

Decides: how a run is shown, for people and as JSON, and with which status the command exits: 0 the bug does not show, 1
it shows, 3 the program ended in another way. Must not know: how a program is run; any exhibit. Imported by the command
line only, since it needs the extra ``cli``.
"""

import json
import platform

import typer
from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

from checkedpool_model.museum.exhibit import Exhibit
from checkedpool_model.museum.program import NoProgramError, Seen, Shows, program_of, run

__all__ = ["run_program"]

STATUS = {Shows.NONE: 0, Shows.BUG: 1, Shows.HANG: 1, Shows.UNKNOWN: 3}
COLOUR = {Shows.NONE: "green", Shows.BUG: "red", Shows.HANG: "red", Shows.UNKNOWN: "yellow"}


def run_program(exhibit: Exhibit, limit: float, *, as_json: bool) -> int:
    """Run it and say what was seen; the exit status."""
    try:
        text = program_of(exhibit.name)
        with Console(stderr=True).status(f"at most {limit:g} s"):
            seen = run(text, limit)
    except NoProgramError as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        typer.echo(json.dumps(_plain(exhibit, text, seen), indent=2))
    else:
        _show(exhibit, text, seen, limit, Console(highlight=False))
    return STATUS[seen.shows]


def _show(exhibit: Exhibit, text: str, seen: Seen, limit: float, console: Console) -> None:
    console.print(Text(exhibit.words.title, style="bold"))
    console.print(Text(f"{exhibit.project}: {exhibit.versions}\n", style="dim"))
    console.print(Syntax(text.strip(), "python", background_color="default", word_wrap=True))
    console.print(Text("\n".join(["\nit printed:", *(f"  {line}" for line in seen.printed)])), soft_wrap=True)
    if seen.shows is Shows.HANG:
        console.print(Text(f"  and was ended after {limit:g} s"))
    if seen.shows is Shows.UNKNOWN and seen.error:
        console.print(Text(f"  {seen.error}", style="yellow"), soft_wrap=True)
    console.print(Text(f"\nCPython {platform.python_version()}: {seen.shows.value}", style=COLOUR[seen.shows]))


def _plain(exhibit: Exhibit, text: str, seen: Seen) -> dict[str, object]:
    return {
        "name": exhibit.name,
        "program": text,
        "python": platform.python_version(),
        "shows": seen.shows.name.lower(),
        "printed": list(seen.printed),
        "error": seen.error,
    }
