"""Where each mechanical mutant is noticed: looked for from small graphs to large, up to the first where a claim fails.

Decides: in which order graphs are looked at, when a search in one of them is given up, what is written down of a mutant
that nobody notices. Must not know: how a mutant is made, what the sentences by hand say; it keeps them.

Scopes come in the order of the states that their graphs have on the average, as ``runs.toml`` says. A graph in which
nothing that the mutant can do differs is not explored again: it would be the same. One that grows far beyond the
original's is left unfinished, and the next one is looked at, up to an effort, which is counted in states. Whether
anything differs is asked of every graph, until something does.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from checkedpool_model import runs
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.kills import ByHand, Killed, Kills, Same
from checkedpool_model.mechanical import Mechanical, Sort
from checkedpool_model.mechanical_run import Outcome, addresses, differing, original, run, run_unfair

__all__ = ["from_small_to_large", "search"]

Progress = Callable[[str], None]

GROWS = 2
"""A mutant's graph may have so many times the states of the original's,"""
AND = 1_000
"""and so many more."""

EFFORT = 40_000
"""After graphs with so many states together a mutant is taken for a survivor."""

SHOWN = 2
"""In how many graphs a survivor is looked at again."""


@dataclass(slots=True)
class _Found:
    """What is known of a mutant so far."""

    mutant: Mechanical
    effort: int
    """How many states may still be looked at."""
    met: str = ""
    """The first graph in which its action is taken."""
    differs: bool = False
    holds: list[str] = field(default_factory=list)
    """The graphs that differ and in which all claims hold."""
    killed: Killed | None = None

    @property
    def waits(self) -> bool:
        """Whether another graph can say more of it."""
        return not self.killed and (self.effort > 0 or not self.differs)

    def takes_in(self, at: str, outcome: Outcome, limit: int) -> None:
        """What one more graph came to."""
        self.effort -= outcome.states
        if outcome.claim:
            self.killed = Killed(self.mutant.name, outcome.claim, at, outcome.steps, limit * outcome.unfinished)
        elif outcome.verdict is Verdict.HOLDS:
            self.holds.append(at)


def from_small_to_large() -> list[str]:
    """All graphs, those of small scopes first; what is not stated comes last."""
    mean = {scope.name: scope.states / scope.graphs for scope in runs.read().scopes}
    return sorted(addresses(), key=lambda at: mean.get(at.partition("#")[0], float("inf")))


def search(
    mutants: Sequence[Mechanical],
    known: Kills,
    progress: Progress | None = None,
    *,
    graphs: Iterable[str] | None = None,
    effort: int = EFFORT,
) -> Kills:
    """What ``kills.toml`` would say of these mutants, with the sentences that it has. ``progress`` is told of each.

    ``graphs``: where to look, in this order; everywhere, if not given.
    """
    say = progress or _silent
    found = [_Found(mutant, effort) for mutant in mutants]
    for at in from_small_to_large() if graphs is None else graphs:
        waiting = [one for one in found if one.waits]
        say(f"{at}: {len(waiting)} of {len(found)} mutants wait")
        _look(at, waiting, say)
    return _listed(found, known)


def _silent(_what: str) -> None:
    """Nobody listens."""


def _look(at: str, waiting: Iterable[_Found], say: Progress) -> None:
    """Explore one graph as it is, and again for every mutant that differs in it."""
    system, explored, graph = original(at)
    limit = GROWS * explored.states + AND
    differ = differing(system, graph.states, [one.mutant for one in waiting])
    for one in waiting:
        unfair = one.mutant.sort is Sort.FAIR
        taken = bool(explored.fired[one.mutant.action])
        one.met = one.met or (at if taken else "")
        one.differs |= one.mutant.name in differ or (unfair and taken and bool(system.leads_to))
        if unfair and taken and system.leads_to:
            one.takes_in(at, run_unfair(one.mutant, system, graph), limit)
        elif one.mutant.name in differ and one.effort > 0:
            one.takes_in(at, run(one.mutant, at, limit=limit), limit)
        if one.killed:
            say(f"{at}: {one.mutant.name}: killed by {one.killed.by}")


def _listed(found: Iterable[_Found], known: Kills) -> Kills:
    """In the order of the table. A survivor without a sentence is open, and has an empty one to be filled in."""
    harmless = {entry.name: entry.because for entry in known.harmless}
    missing = {entry.name: entry.because for entry in known.open}
    killed, same, forgiven, still_open = [], [], [], []
    for one in found:
        name = one.mutant.name
        if one.killed:
            killed.append(one.killed)
        elif not one.differs and one.mutant.sort is not Sort.FAIR and one.met:
            same.append(Same(name, one.met))
        elif name in harmless:
            forgiven.append(ByHand(name, tuple(one.holds[:SHOWN]), harmless[name]))
        else:
            still_open.append(ByHand(name, tuple(one.holds[:SHOWN]), missing.get(name, "")))
    return Kills(tuple(killed), tuple(same), tuple(forgiven), tuple(still_open))
