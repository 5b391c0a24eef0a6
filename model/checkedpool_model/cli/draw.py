"""Counterexamples on the command line: drawn, and run again. Half of the verb ``checkedpool check``.

Decides: where a drawing goes, what is said of a run that is made again and with which verdict. Must not know: how a
drawing looks (``checker.drawing``), how a run is made (``address``). Imported by the command line only, since it needs
the extra ``cli``.
"""

from collections.abc import Iterable
from enum import Enum
from pathlib import Path

import typer

from checkedpool_model.checker.explore import Verdict
from checkedpool_model.checker.replay import MalformedError, NotPossibleError, fails_again
from checkedpool_model.checker.sequence import diagram
from checkedpool_model.checker.show import drawing
from checkedpool_model.mutants.by_hand import Mutant
from checkedpool_model.output import put
from checkedpool_model.traces.naming import LANES
from checkedpool_model.verify.address import Finding, retraced

__all__ = ["Form", "draw", "replayed"]


class Form(Enum):
    """How a counterexample can be drawn."""

    TEXT = "text"
    MERMAID = "mermaid"
    SVG = "svg"


def draw(findings: Iterable[Finding | None], form: Form, out: Path | None) -> None:
    """The first counterexample that there is, into the file or to standard output."""
    finding = next((finding for finding in findings if finding), None)
    if finding is None:
        typer.echo("nothing to draw: no claim fails", err=True)
        return
    drawn = {Form.TEXT: drawing.text, Form.MERMAID: drawing.mermaid, Form.SVG: drawing.svg}[form]
    made = drawn(finding.system, finding.counterexample, actors=_from_left_to_right(finding))
    put(made, out)
    typer.echo(f"again: {finding.command}", err=True)


def _from_left_to_right(finding: Finding) -> list[str]:
    """The actors of the run; those of a kind that has no place come last."""

    def place(name: str) -> tuple[int, str]:
        kind = name.rstrip(" 0123456789")
        return LANES.index(kind) if kind in LANES else len(LANES), name

    return sorted(diagram(finding.system, finding.counterexample).actors, key=place)


def replayed(word: str, mutant: Mutant | None, *, form: Form | None, out: Path | None, limit: int) -> Verdict:
    """Make the run again, show it, and say whether the claim still fails at its end."""
    try:
        finding = retraced(word, mutant)
    except (MalformedError, NotPossibleError) as error:
        raise typer.BadParameter(str(error), param_hint="--replay") from error
    fails = fails_again(finding.system, finding.counterexample, limit=limit)
    claim = finding.counterexample.claim
    if fails is None:
        typer.echo(f"{claim}: not known, since it takes more than {limit} states to say", err=True)
        return Verdict.NOT_FINISHED
    if not fails:
        typer.echo(f"{claim} holds at the end of this run: every step is still possible, and it does not fail any more")
        return Verdict.HOLDS
    if form is None:
        typer.echo("\n".join(finding.story))
    else:
        draw([finding], form, out)
    return Verdict.VIOLATED
