"""Where a drawing or an export of the command line goes: into the file that was asked for, or to standard output.

Decides: what is said of it, and that standard output has nothing else on it. Must not know: what is in it. Imported by
the command line only, since it needs the extra ``cli``.
"""

from pathlib import Path

import typer

__all__ = ["put"]


def put(made: str, out: Path | None, *, verb: str = "drawn") -> None:
    """Write it; a file that cannot be written is misuse."""
    if out is None:
        typer.echo(made, nl=False)
        return
    try:
        out.write_text(made, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"cannot write {out}: {error.strerror}") from error
    typer.echo(f"{verb} into {out}", err=True)
