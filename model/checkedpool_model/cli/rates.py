"""How fast the model is explored. A part of the verb ``checkedpool check``.

Decides: which graphs are measured and how the figures are shown. Must not know: how a graph is explored. A figure is of
this machine at this moment: nothing is compared with it. Imported by the command line only, since it needs the extra
``cli``.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from time import perf_counter

from rich.console import Console
from rich.table import Table

from checkedpool_model.checker.compile import Successors, successors_by_the_table, successors_compiled
from checkedpool_model.checker.explore import explore
from checkedpool_model.checker.graph import Graph
from checkedpool_model.checker.memory import estimate
from checkedpool_model.checker.touched import fields
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.state import Client, Lane, State, Task
from checkedpool_model.verify.address import system_at

__all__ = ["MEASURED", "Rate", "other_checker", "rate", "show_rates"]

MEASURED = (("two-cancel", 0), ("live-2x2", 1))
"""One graph in which states stand for others, and one that has every state."""

SAMPLE = 10
"""The table is read row by row in every so many-th state only, since that is slow."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One graph, measured."""

    graph: str
    states: int
    transitions: int
    explored: float
    """Transitions a second, with every claim asked."""
    compiled: float
    """Transitions a second of the compiled table, with nothing asked."""
    by_the_table: float
    """The same of the table read row by row."""
    fields: int
    """Values in a state."""
    bytes: int
    """Of a state, by an estimate that is rather too high."""


def rate(scope: str, graph: int) -> Rate:
    """Explore the graph, then only find successors, in both ways."""
    system = system_at(scope, graph, ACTIONS)
    found = explore(system, keep=True)
    states = found.kept.states
    return Rate(
        system.name, found.states, found.transitions, found.transitions / found.seconds,
        _a_second(successors_compiled(system), states), _a_second(successors_by_the_table(system), states[::SAMPLE]),
        len(_values(found.kept)), estimate(states, ()) // len(states),
    )  # fmt: skip


def _a_second(successors: Successors[State], states: Sequence[State]) -> float:
    begun = perf_counter()
    made = sum(len(successors(state)) for state in states)
    return made / (perf_counter() - begun)


def _values(graph: Graph[State]) -> list[str]:
    """Each field of each record of the first state."""
    state = graph.states[0]
    once = [name for name in fields(state) if "[]" not in name]
    many = [*Client._fields] * len(state.clients) + [*Task._fields] * len(state.tasks)
    return once + many + [*Lane._fields] * len(state.lanes)


def show_rates(console: Console) -> None:
    """The figures on a page."""
    measured = [rate(*address) for address in MEASURED]
    table = Table("", *(one.graph for one in measured), box=None, header_style="dim")
    for column in table.columns[1:]:
        column.justify = "right"
    rows: dict[str, Callable[[Rate], str]] = {
        "states": lambda one: f"{one.states:,}",
        "transitions": lambda one: f"{one.transitions:,}",
        "out-degree": lambda one: f"{one.transitions / one.states:.1f}",
        "explored, all claims asked: transitions/s": lambda one: f"{one.explored:,.0f}",
        "compiled table: transitions/s": lambda one: f"{one.compiled:,.0f}",
        "table read row by row: transitions/s": lambda one: f"{one.by_the_table:,.0f}",
        "values in a state": lambda one: str(one.fields),
        "bytes of a state, by estimate": lambda one: f"{one.bytes:,}",
    }
    for title, shown in rows.items():
        table.add_row(title, *(shown(one) for one in measured))
    console.print(table)
    console.print("[dim]on this machine, at this moment[/]")
    console.print(f"[dim]{other_checker()}[/]")


def other_checker() -> str:
    """Whether there is another checker beside this one, to compare with."""
    jar = next(_jars(), None)
    if which("java") is None or jar is None:
        return "TLC: not compared, there is no java with a tla2tools.jar here (TLA2TOOLS names the file)"
    return f"TLC: {jar} is here, but this model has no text that it reads; not compared"


def _jars() -> Iterator[Path]:
    named = os.environ.get("TLA2TOOLS")
    for place in ([Path(named)] if named else []) + [Path("tla2tools.jar")]:
        if place.is_file():
            yield place
