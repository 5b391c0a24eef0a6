"""The command ``checkedpool``: a main that owns no verb.

Decides: how verbs are found (entry points of the group ``checkedpool.commands``; a verb is a function that typer can
read), what happens without the extra that the command line needs, what the version is. Must not know: which verbs
there are. So model and implementation each bring their own, and neither imports the other for the command line's sake.
"""

import sys
import textwrap
from collections.abc import Sequence
from importlib.metadata import entry_points, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    import typer

__all__ = ["GROUP", "build", "main"]

GROUP = "checkedpool.commands"
NEEDS = ("typer", "rich")
USAGE_ERROR, INTERRUPTED = 2, 130


def main() -> None:
    """Run the command line; without its extra, say which one to install and exit with status 2."""
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"The command line of checkedpool needs {' and '.join(missing)}, which the executor itself does not.\n"
            'Install the extra: pip install "checkedpool[cli]"\n'
        )
        sys.exit(USAGE_ERROR)
    sys.exit(_status(build(sys.argv[1:2])))


def _status(app: "typer.Typer") -> int:
    """Run it; what is wrong with its use is said in one line, whichever verb says so."""
    import typer

    try:
        return int(app(prog_name="checkedpool", standalone_mode=False) or 0)
    except typer.Abort:  # Ctrl-C
        sys.stderr.write("interrupted\n")
        return INTERRUPTED
    except Exception as error:
        said = getattr(error, "format_message", None)  # click's errors, wherever typer has its click
        if said is None:
            raise
        context = getattr(error, "ctx", None)
        where = context.command_path if context else "checkedpool"
        words = said().removeprefix("Invalid value: ")
        sys.stderr.write(f"{where}: {words}\n" if words else "")
        return int(getattr(error, "exit_code", USAGE_ERROR))


def build(asked: Sequence[str] = ()) -> "typer.Typer":
    """The application with the verb that is asked for; with every one that is installed if that is no verb's name."""
    import typer

    app = typer.Typer(
        name="checkedpool", help="A process pool you can audit.", no_args_is_help=True, add_completion=False
    )

    def show_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the flag's value
        if wanted:
            typer.echo(f"checkedpool {version('checkedpool')}")
            raise typer.Exit

    @app.callback()
    def options(
        *,
        version: Annotated[
            bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version and exit.")
        ] = False,
    ) -> None:
        """A process pool you can audit."""

    verbs = entry_points(group=GROUP)
    for entry in [verb for verb in verbs if verb.name in asked] or sorted(verbs, key=lambda entry: entry.name):
        verb = entry.load()
        app.command(entry.name, help=_in_paragraphs(verb.__doc__ or ""))(verb)
    return app


def _in_paragraphs(text: str) -> str:
    """Each paragraph in one line: rich would keep the ends of lines that are the source's."""
    return "\n\n".join(" ".join(part.split()) for part in textwrap.dedent(text).split("\n\n"))
