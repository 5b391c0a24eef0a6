"""The part of a graph that is put into a file: whole where it fits, else what is nearest to where one begins.

Decides: which states are looked at, in which order, and how a step into a state for which another stands is kept. Must
not know: what the states mean; how they are drawn or written down.

Where states stand for others, an edge keeps the renaming beside its end: so that whoever follows it can undo it, and
sees each worker where he saw it before.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["AS_IT_IS", "Renaming", "Stands", "Walked", "walk"]

S = TypeVar("S")

Renaming = tuple[tuple[str, tuple[int, ...]], ...]
"""For each index set that is renumbered, the order: what was ``order[i]`` is now i. Sets that are not named stay."""

AS_IT_IS: Renaming = ()

Stands = Callable[[S], tuple[S, Renaming]]
"""From a state to the one that stands for it, and the renaming between them."""

Successors = Callable[[S], Sequence[tuple[int, S]]]


@dataclass(slots=True)
class Walked(Generic[S]):
    """States by number; those below ``expanded`` were looked at."""

    states: list[S] = field(default_factory=list)
    enabled: list[tuple[int, ...]] = field(default_factory=list)
    """Of each state that was looked at: the numbers of the moves that are possible."""
    targets: list[tuple[int, ...]] = field(default_factory=list)
    renamed: list[tuple[int, ...]] = field(default_factory=list)
    """Beside each target the number of the renaming."""
    renamings: list[Renaming] = field(default_factory=lambda: [AS_IT_IS])
    start: int = 0
    """The renaming of the initial state."""

    @property
    def expanded(self) -> int:
        """How many states were looked at."""
        return len(self.targets)

    @property
    def whole(self) -> bool:
        """Whether that is every state that can be reached."""
        return self.expanded == len(self.states)

    @property
    def steps(self) -> int:
        """How many steps are known."""
        return sum(map(len, self.targets))


def walk(
    seeds: Sequence[S], successors: Successors[S], *, stands: Stands[S] | None = None, limit: int = 100_000
) -> Walked[S]:
    """Breadth first from all of these, the initial state being the first, until nothing is new or the limit is met.

    Beyond the limit no state is looked at any more; the states that were met by then are kept.
    """
    walker = _Walker(successors, stands)
    for seed in seeds:
        walker.meet(seed)
    walker.found.start = walker.met[seeds[0]][1]
    while walker.found.expanded < min(len(walker.found.states), limit):
        walker.expand()
    return walker.found


class _Walker(Generic[S]):
    """What is known so far."""

    def __init__(self, successors: Successors[S], stands: Stands[S] | None) -> None:
        self.successors, self.stands = successors, stands
        self.found: Walked[S] = Walked()
        self.met: dict[S, tuple[int, int]] = {}
        """Of each state that was met: the number of the one that stands for it, and the renaming's."""
        self.alike: dict[tuple[int, ...], tuple[int, ...]] = {}
        self.by_renaming = {AS_IT_IS: 0}

    def expand(self) -> None:
        """Look at the next state."""
        found = self.successors(self.found.states[self.found.expanded])
        moves = tuple([move for move, _ in found])
        ends = [self.meet(after) for _, after in found]
        self.found.enabled.append(self.alike.setdefault(moves, moves))
        self.found.renamed.append(tuple([renaming for _, renaming in ends]))
        self.found.targets.append(tuple([at for at, _ in ends]))

    def meet(self, state: S) -> tuple[int, int]:
        """The numbers of the state and of the renaming."""
        known = self.met.get(state)
        if known is None:
            known = self.met[state] = self._new(state)
        return known

    def _new(self, state: S) -> tuple[int, int]:
        kept, renaming = self.stands(state) if self.stands else (state, AS_IT_IS)
        number = self.by_renaming.setdefault(renaming, len(self.by_renaming))
        if number == len(self.found.renamings):
            self.found.renamings.append(renaming)
        known = self.met.get(kept)
        if known is not None:
            return known[0], number
        at = len(self.found.states)
        self.found.states.append(kept)
        if kept != state:
            self.met[kept] = at, 0
        return at, number
