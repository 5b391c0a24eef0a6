"""Random walks through the graphs of a scope. A part of the verb ``checkedpool check``.

Decides: how a sample is shown, and that one that was asked for and found nothing is a success. Must not know: how
chance goes (``checker.simulate``). Imported by the command line only, since it needs the extra ``cli``.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkedpool_model.checker.report import Case, of_simulation, to_plain
from checkedpool_model.checker.simulate import Simulation, simulate
from checkedpool_model.checker.system import Action
from checkedpool_model.cli.many import watched
from checkedpool_model.cli.show import write_junit
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.scopes.all import Scope, systems
from checkedpool_model.verify.address import Finding

__all__ = ["Sample", "Sampled", "sampled"]


@dataclass(frozen=True, slots=True)
class Sample:
    """How large it is, and from which seed."""

    seed: int
    walks: int
    steps: int


class Sampled(Enum):
    """What came of a sample that somebody has asked for."""

    NOTHING_FOUND = 0
    VIOLATED = 1

    @property
    def exit_status(self) -> int:
        """The status with which the command ends."""
        return self.value


@dataclass(frozen=True, slots=True)
class _Walked:
    """What the walks through one graph have found."""

    found: Simulation[State]
    finding: Finding | None
    cases: tuple[Case, ...]


def sampled(
    scope: Scope,
    sample: Sample,
    *,
    as_json: bool = False,
    junit: Path | None = None,
    actions: tuple[Action[Bounds, State], ...] = ACTIONS,
) -> Sampled:
    """Walk through each graph of the scope, up to the first in which a claim fails; show what was found."""
    with watched(f"random walks through {scope.name}") as say:
        walked = []
        for one in _walked(scope, sample, actions):
            say(one.found.system)
            walked.append(one)
    cases = tuple(case for one in walked for case in one.cases)
    if junit:
        write_junit(cases, junit, sample_wanted=True)
    if as_json:
        typer.echo(json.dumps({"seed": sample.seed, **to_plain(cases)}, indent=2))
    else:
        _show(walked, sample, Console(highlight=False))
    return Sampled.VIOLATED if any(one.finding for one in walked) else Sampled.NOTHING_FOUND


def _walked(scope: Scope, sample: Sample, actions: tuple[Action[Bounds, State], ...]) -> Iterator[_Walked]:
    for graph, system in enumerate(systems(scope, actions)):
        found = simulate(system, seed=sample.seed, walks=sample.walks, steps=sample.steps)
        told = found.counterexample
        finding = Finding(scope.name, graph, None, system, told) if told else None
        yield _Walked(found, finding, of_simulation(system, found))
        if finding:
            return


def _show(walked: list[_Walked], sample: Sample, console: Console) -> None:
    table = Table(box=None, header_style="dim")
    for title in ("graph", "walks", "steps", "longest", "different states", "verdict"):
        table.add_column(title, justify="left" if title in ("graph", "verdict") else "right")
    for one in walked:
        found = one.found
        numbers = (f"{found.walks:,}", f"{found.steps:,}", f"{found.longest}", f"{found.states:,}")
        table.add_row(found.system, *numbers, Text(found.verdict.value, style="red" if one.finding else "cyan"))
    console.print(table)
    for one in walked:
        if one.finding:
            console.print(Text("\n".join(one.finding.story)), soft_wrap=True)
            return
    console.print(f"\n[bold cyan]sampled[/] [dim]seed {sample.seed}; nothing was found, which excludes nothing[/]")
