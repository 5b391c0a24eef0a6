"""Where each generated mutant is noticed: looked for from small graphs to large, up to the first where a claim fails.

Decides: in which order graphs are looked at, when a search in one of them is given up, what is written down of a mutant
that nobody notices. Must not know: how a mutant is made, what the sentences by hand say; it keeps them.

Scopes come in the order of the states that their graphs have on the average, as ``runs.toml`` says. A graph in which
nothing that the mutant can do differs is not explored again: it would be the same. One that grows far beyond the
original's is left unfinished. When a survivor's graphs in one scope have so many states together, the next scope is
looked at. Whether anything differs at all is asked of every graph, until something does.

What is listed as killed and still is, as it is listed, is kept: a smaller graph may have come since. To look for
everything anew, empty the file.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from checkedpool_model import runs
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.mutants.generated import GeneratedMutant, Sort
from checkedpool_model.mutants.kills import ByHand, Killed, Kills, Same
from checkedpool_model.verify.mutant_check import not_as_stated
from checkedpool_model.verify.mutant_run import Outcome, addresses, differing, original, run, run_unfair, system_of

__all__ = ["from_small_to_large", "search"]

Progress = Callable[[str], None]

GROWS = 2
"""A mutant's graph may have so many times the states of the original's,"""
AND = 1_000
"""and so many more."""

EFFORT = 5_000
"""After graphs of one scope with so many states together a mutant is taken for a survivor there."""


@dataclass(slots=True)
class _Found:
    """What is known of a mutant so far."""

    mutant: GeneratedMutant
    effort: int
    met: str = ""
    """The first graph in which its action is taken."""
    differs: bool = False
    holds: list[tuple[int, str]] = field(default_factory=list)
    """The graphs that differ and in which all claims hold, with their states."""
    killed: Killed | None = None
    spent: Counter[str] = field(default_factory=Counter)
    """How many states were looked at, scope by scope."""

    @property
    def is_unfair(self) -> bool:
        """Whether it has the original's graphs."""
        return self.mutant.sort is Sort.FAIR

    def waits_for(self, at: str, *, live: bool) -> bool:
        """Whether this graph can say more of it."""
        if self.killed or self.is_unfair:
            return live and not self.killed
        return not self.differs or self.spent[_scope(at)] < self.effort

    @property
    def shown_in(self) -> tuple[str, ...]:
        """Where it can be seen again that it survives: the smallest of those graphs, if any was finished."""
        return (min(self.holds)[1],) if self.holds else ()

    def takes_in(self, at: str, outcome: Outcome, limit: int) -> None:
        """What one more graph came to."""
        self.spent[_scope(at)] += outcome.states
        if outcome.claim:
            self.killed = Killed(self.mutant.name, outcome.claim, at, outcome.steps, limit * outcome.unfinished)
        elif outcome.verdict is Verdict.HOLDS:
            self.holds.append((outcome.states, at))


def _scope(at: str) -> str:
    return at.partition("#")[0]


def from_small_to_large() -> list[str]:
    """All graphs, those of small scopes first; what is not stated comes last."""
    mean = {scope.name: scope.states / scope.graphs for scope in runs.read().scopes}
    return sorted(addresses(), key=lambda at: mean.get(_scope(at), float("inf")))


def search(
    mutants: Sequence[GeneratedMutant],
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
    kept = _kept(mutants, known, say)
    found = [_Found(mutant, effort, killed=kept.get(mutant.name)) for mutant in mutants]
    for at in from_small_to_large() if graphs is None else graphs:
        live = bool(system_of(at).leads_to)
        waiting = [one for one in found if one.waits_for(at, live=live)]
        say(f"{at}: {len(waiting)} of {len(found)} mutants wait")
        if waiting:
            _look(at, waiting, say)
    return _listed(found, known)


def _silent(_what: str) -> None:
    """Nobody listens."""


def _kept(mutants: Iterable[GeneratedMutant], known: Kills, say: Progress) -> dict[str, Killed]:
    """What is listed as killed and still is."""
    by = {mutant.name: mutant for mutant in mutants}
    there = set(addresses())
    listed = [entry for entry in known.killed if entry.name in by and entry.at in there]
    changed = {name for name, _ in not_as_stated(listed, by, say)}
    return {entry.name: entry for entry in listed if entry.name not in changed}


def _look(at: str, waiting: Sequence[_Found], say: Progress) -> None:
    """Explore one graph as it is, and again for every mutant that differs in it."""
    system, explored, graph = original(at)
    limit = GROWS * explored.states + AND
    differ = differing(system, graph.states, [one.mutant for one in waiting if not one.is_unfair])
    for one in waiting:
        if explored.fired[one.mutant.action]:
            one.met = one.met or at
            if one.is_unfair:
                one.takes_in(at, run_unfair(one.mutant, system, graph), limit)
        if one.mutant.name in differ:
            one.differs = True
            if one.spent[_scope(at)] < one.effort:
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
        elif not one.differs and not one.is_unfair and one.met:
            same.append(Same(name, one.met))
        elif name in harmless:
            forgiven.append(ByHand(name, one.shown_in, harmless[name]))
        else:
            still_open.append(ByHand(name, one.shown_in, missing.get(name, "")))
    return Kills(tuple(killed), tuple(same), tuple(forgiven), tuple(still_open))
