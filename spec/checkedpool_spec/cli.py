"""The command ``checkedpool``: a main that owns no verb.

Decides: how verbs are found (entry points of the group ``checkedpool.commands``; a verb is a function that typer can
read), what happens without the extra that the command line needs, what the version is. Must not know: which verbs
there are. So model and implementation each bring their own, and neither imports the other for the command line's sake.
"""

import sys
from collections.abc import Iterable
from difflib import get_close_matches
from importlib.metadata import entry_points, version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

if TYPE_CHECKING:
    import typer

__all__ = ["GROUP", "build", "did_you_mean", "main"]

GROUP = "checkedpool.commands"
NEEDS = ("typer", "rich")
USAGE_ERROR = 2


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What follows the sentence that there is no such name: the one that was meant, if any is near."""
    near = get_close_matches(word, list(known), n=1)
    return f". Did you mean {near[0]!r}?" if near else ""


def main() -> None:
    """Run the command line; without its extra, say which one to install and exit with status 2."""
    missing = [name for name in NEEDS if find_spec(name) is None]
    if missing:
        sys.stderr.write(
            f"The command line of checkedpool needs {' and '.join(missing)}, which the executor itself does not.\n"
            'Install the extra: pip install "checkedpool[cli]"\n'
        )
        sys.exit(USAGE_ERROR)
    build()()


def build() -> "typer.Typer":
    """The application with every verb that is installed, in alphabetical order."""
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

    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        app.command(entry.name)(entry.load())
    return app
