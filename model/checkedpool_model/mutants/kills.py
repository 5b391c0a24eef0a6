"""The file ``kills.toml`` of the specification: what became of each generated mutant when it was last looked for.

Decides: how the file is read and written. Must not know: how a mutant is made or explored.

A mutant is killed: a claim fails, in a graph that is named. Or it is as good as the original, for a reason that is
shown: no step of it differs in any graph, or a sentence by hand, beside graphs that differ and in which all claims
hold. Or it is open: steps differ, all claims hold, and a sentence by hand says what is missing. Graphs are named as in
a finding: ``gate#0``.
"""

import tomllib
from dataclasses import dataclass

from checkedpool_model.spec_files import legible, stated

__all__ = ["ByHand", "Killed", "Kills", "Same", "read", "write"]


@dataclass(frozen=True, slots=True)
class Killed:
    """A claim fails."""

    name: str
    by: str
    at: str
    """The first graph, small scopes first, in which one does."""
    steps: int
    limit: int = 0
    """After how many states to stop, if that graph is not finished; the claim then is that the end stays in reach."""


@dataclass(frozen=True, slots=True)
class Same:
    """No step differs, in any graph."""

    name: str
    at: str
    """The graph in which that is looked at again."""


@dataclass(frozen=True, slots=True)
class ByHand:
    """Some step differs, and a person has said why that is no mistake, or what is missing."""

    name: str
    at: tuple[str, ...]
    """Graphs that differ and in which all claims hold."""
    because: str


@dataclass(frozen=True, slots=True)
class Kills:
    """Everything that stands in the file."""

    killed: tuple[Killed, ...] = ()
    same: tuple[Same, ...] = ()
    harmless: tuple[ByHand, ...] = ()
    open: tuple[ByHand, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The mutants that are listed, each as often as it is."""
        return (
            *(entry.name for entry in self.killed),
            *(entry.name for entry in self.same),
            *(entry.name for entry in (*self.harmless, *self.open)),
        )


def read(text: str | None = None) -> Kills:
    """What stands in this text, by default in the specification's file; UnreadableError if it cannot be understood."""
    with legible("kills.toml"):
        content = tomllib.loads(stated("kills.toml") if text is None else text)
        return Kills(
            tuple(Killed(name, **entry) for name, entry in content.get("killed", {}).items()),
            tuple(Same(name, **entry) for name, entry in content.get("same", {}).items()),
            *(
                tuple(
                    ByHand(name, tuple(entry["at"]), entry["because"]) for name, entry in content.get(kind, {}).items()
                )
                for kind in ("harmless", "open")
            ),
        )


def write(kills: Kills) -> str:
    """The file's text."""
    lines = [
        "# What becomes of each generated mutant. Made by: checkedpool check --generated --search",
        "# A search keeps what is written by hand: the sentences after `because`, and under which heading they stand.",
        "",
        "[killed] # a claim fails, in the first graph, small scopes first, in which any does, after so many steps",
        *map(_killed, kills.killed),
        "",
        "[same] # no step differs, in any graph of any scope; looked at again in the graph that is named",
        *(f'"{same.name}" = {{ at = "{same.at}" }}' for same in kills.same),
        "",
        "[harmless] # steps differ and all claims hold, in the graphs that are named; and it is no mistake",
        *map(_by_hand, kills.harmless),
        "",
        "[open] # steps differ and all claims hold, in the graphs that are named; and something is missing",
        *map(_by_hand, kills.open),
    ]
    return "\n".join(lines) + "\n"


def _killed(entry: Killed) -> str:
    limit = f", limit = {entry.limit}" if entry.limit else ""
    return f'"{entry.name}" = {{ by = "{entry.by}", at = "{entry.at}", steps = {entry.steps}{limit} }}'


def _by_hand(entry: ByHand) -> str:
    at = ", ".join(f'"{graph}"' for graph in entry.at)
    return f'"{entry.name}" = {{ at = [{at}], because = "{entry.because}" }}'
