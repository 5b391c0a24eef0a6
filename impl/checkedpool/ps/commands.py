"""The verb ``checkedpool ps``.

Decides: how an answer is shown, and what is said when there is none. Must not know: how a pool answers (``listening``
does). Imported by the command line only, since it needs the extra ``cli``.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from checkedpool.listening import AVAILABLE, NOT_HERE, answers, default_directory
from checkedpool.stats import Stats, WorkerStats, text

__all__ = ["ps"]

NOBODY = (
    "no pool of process {pid} listens in {place}; a program asks for that by ProcessPoolExecutor(listen=True), or by "
    "CHECKEDPOOL_LISTEN=1 in its environment"
)


def ps(
    pid: Annotated[int, typer.Argument(min=1, help="The process whose pools are asked.")],
    directory: Annotated[Path | None, typer.Option(help="Where its pools listen, if not in the default place.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what they say as JSON.")] = False,
) -> None:
    """Show what the pools of a running program are doing: their workers, the task of each, and how much waits.

    Only pools that were asked to listen answer, and only to the same user. Exits with status 1 if none does.
    """
    if not AVAILABLE:
        typer.echo(NOT_HERE, err=True)
        raise typer.Exit(1)
    place = directory or default_directory()
    said = list(answers(pid, place))
    if not said:
        typer.echo(NOBODY.format(pid=pid, place=place), err=True)
        raise typer.Exit(1)
    if as_json:
        typer.echo(json.dumps(said, indent=2))
    else:
        for pool in said:
            typer.echo(text(_read(pool), f"{pid}"))


def _read(said: dict[str, object]) -> Stats:
    given = {name: value for name, value in said.items() if name != "pid"}
    workers = given.pop("workers")
    return Stats(**given, workers=tuple(WorkerStats(**worker) for worker in workers))  # type: ignore[arg-type,attr-defined]
