"""The file ``runs.toml`` of the specification: what every run of the checker came to when it was last looked at.

Decides: how the file is read and written, and what a difference is called. Must not know: how runs are made.

A count that changes means that the model has changed. That may be right: then somebody has looked, and the file says
so.
"""

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checkedpool_model.spec_files import legible, stated

__all__ = ["MutantRun", "Runs", "ScopeRun", "beside_others", "differences", "read", "write"]


@dataclass(frozen=True, slots=True)
class ScopeRun:
    """What exploring a scope came to."""

    name: str
    time: str
    """How long it takes: ``quick`` (a part of every verification) or ``long``."""
    verdict: str
    graphs: int
    states: int
    transitions: int
    depth: int


@dataclass(frozen=True, slots=True)
class MutantRun:
    """What exploring a mutant came to: which claim failed, after how many steps."""

    name: str
    killer: str
    steps: int


@dataclass(frozen=True, slots=True)
class Runs:
    """Everything that stands in the file."""

    scopes: tuple[ScopeRun, ...]
    mutants: tuple[MutantRun, ...]


def read(text: str | None = None) -> Runs:
    """The runs in this text, by default in the specification's file; UnreadableError if they cannot be understood."""
    with legible("runs.toml"):
        content = tomllib.loads(stated("runs.toml") if text is None else text)
        return Runs(
            tuple(ScopeRun(**run) for run in content.get("scope", [])),
            tuple(MutantRun(**run) for run in content.get("mutant", [])),
        )


def write(runs: Runs) -> str:
    """The file's text for these runs."""
    lines = [
        "# What every run of the checker comes to; a run that differs fails. Made by: checkedpool check --all --runs",
    ]
    for scope in runs.scopes:
        lines += ["", "[[scope]]", f'name = "{scope.name}"', f'time = "{scope.time}"', f'verdict = "{scope.verdict}"']
        lines += [f"graphs = {scope.graphs}", f"states = {scope.states}"]
        lines += [f"transitions = {scope.transitions}", f"depth = {scope.depth}"]
    for mutant in runs.mutants:
        lines += ["", "[[mutant]]", f'name = "{mutant.name}"', f'killer = "{mutant.killer}"', f"steps = {mutant.steps}"]
    return "\n".join(lines) + "\n"


def beside_others(made: Runs, expected: Runs) -> Runs:
    """The runs that were made, and of those expected the scopes of a time class of which none was made."""
    times = {run.time for run in made.scopes}
    kept = tuple(run for run in expected.scopes if run.time not in times)
    return Runs((*made.scopes, *kept), made.mutants or expected.mutants)


def differences(
    kind: str, made: Iterable[ScopeRun | MutantRun], expected: Iterable[ScopeRun | MutantRun]
) -> Iterator[str]:
    """One sentence for each field in which a run made differs from the run expected, and for each one without peer."""
    by_name = {run.name: run for run in expected}
    for run in made:
        other = by_name.pop(run.name, None)
        if other is None:
            yield f"{kind} {run.name}: not in runs.toml"
            continue
        for field in run.__slots__:
            here, there = getattr(run, field), getattr(other, field)
            if here != there:
                yield f"{kind} {run.name}: {field} is {here}, runs.toml says {there}"
    for name in by_name:
        yield f"{kind} {name}: in runs.toml, but there is no such {kind}"
