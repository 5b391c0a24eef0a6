"""A verb of the command line, called as from a shell.

Decides: how a single verb is wrapped for that. Must not know: any verb.
"""

from collections.abc import Callable

import typer
from typer.testing import CliRunner, Result


def invoke(verb: Callable[..., None], *words: str) -> Result:
    """What it says, and with which status it ends."""
    app = typer.Typer()
    app.command()(verb)
    return CliRunner().invoke(app, list(words))
