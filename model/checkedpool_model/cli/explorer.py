"""The model's verb of the command line: ``checkedpool explore``.

Decides: what can be asked for, where the file goes, what is said of it, with which status the command exits: 0 the file
is written, 2 misuse. Must not know: what the file shows. Imported by the command line only, since it needs the extra
``cli``.
"""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from checkedpool_model.explorer.addressed import NothingToExploreError, subject_of
from checkedpool_model.explorer.page import html
from checkedpool_model.explorer.subjects import LIMIT, Subject
from checkedpool_model.mutants.by_hand import Mutant
from checkedpool_model.verify.address import UnknownMutantError, mutant_named

__all__ = ["explore"]


def explore(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SCOPE|MUSEUM|TRACE|REPLAY",
            help="A scope (gate) or one of its graphs (gate#0); an exhibit of the museum; a folder with a trace;"
            " the word of a counterexample or of a schedule.",
        ),
    ],
    *,
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.")] = Path("pool.html"),
    mutant: Annotated[
        str | None, typer.Option(help="With a scope or a counterexample: put this mutant in, named by some words.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="States of one graph after which to stop.")] = LIMIT,
) -> None:
    """Write one HTML file in which a graph can be walked through, in any browser, without a network.

    What does not fit into the file is left out, and the file says what.
    """
    broken = _mutant(mutant)
    progress = Console(stderr=True)
    with progress.status("exploring") as status:
        say = status.update if progress.is_terminal else (lambda _: None)
        try:
            made = subject_of(subject, broken, limit=limit, say=say)
        except NothingToExploreError as error:
            raise typer.BadParameter(str(error)) from error
    _write(out, html(made))
    _tell(made, out)


def _mutant(name: str | None) -> Mutant | None:
    try:
        return mutant_named(name) if name is not None else None
    except UnknownMutantError as error:
        raise typer.BadParameter(str(error), param_hint="--mutant") from error


def _write(out: Path, page: str) -> None:
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"cannot write {out}: {error.strerror}", param_hint="--out") from error


def _tell(made: Subject, out: Path) -> None:
    states = sum(graph.states for graph in made.graphs)
    graphs = f"{len(made.graphs)} graph{'' if len(made.graphs) == 1 else 's'}"
    typer.echo(f"{made.title}: {graphs}, {states:,} states, in {out} ({out.stat().st_size / 1_000_000:.1f} MB)")
    for sentence in made.left_out:
        typer.echo(f"left out: {sentence}")
