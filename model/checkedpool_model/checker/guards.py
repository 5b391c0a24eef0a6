"""Of each state, which conjuncts hold: of the guards of all actions, asked of the functions themselves.

Decides: which questions there are (a conjunct, and an index where it reads one), what is said where a conjunct cannot
be asked. Must not know: what the states mean; who wants to know.

A conjunct that raises is asked where one before it is false: it counts as false. So an action is enabled where all bits
of its guard are set, and a test compares that with the graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from checkedpool_model.checker.compile import moves_of, reads
from checkedpool_model.checker.system import Conjunct, System

__all__ = ["Guards", "guards_of"]

K = TypeVar("K")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Guards(Generic[K, S]):
    """The questions of a system: bits of a number for each state."""

    system: System[K, S]
    conjuncts: tuple[Conjunct[K, S], ...]
    first_bit: tuple[int, ...]
    """Of each conjunct the bit of index 0; that of index i is i further, if it reads an index."""
    width: tuple[int, ...]
    """How many indices of each are asked; 1: it reads none."""
    of_action: tuple[tuple[int, ...], ...]
    """By action, the numbers of its conjuncts."""

    @property
    def bits(self) -> int:
        """How many there are."""
        return sum(self.width)

    def bit(self, conjunct: int, index: int) -> int:
        """Which bit says whether it holds for this index."""
        return self.first_bit[conjunct] + (index if self.width[conjunct] > 1 else 0)

    def needed(self) -> list[int]:
        """By move, the bits that must be set."""
        numbers = {action.name: number for number, action in enumerate(self.system.actions)}
        return [
            sum({1 << self.bit(conjunct, index) for conjunct in self.of_action[numbers[action.name]]})
            for action, index in moves_of(self.system)
        ]

    def asked(self, states: Sequence[S]) -> list[int]:
        """By state, the bits of what holds."""
        k = self.system.constants
        asking = [
            (1 << self.bit(number, index), holds, index)
            for number, holds in enumerate(self.conjuncts)
            for index in range(self.width[number])
        ]
        always = [one for one in asking if not reads(one[1])[1]]
        fixed = sum(bit for bit, holds, index in always if _holds(holds, k, states[0], index))
        asking = [one for one in asking if reads(one[1])[1]]
        return [fixed + sum(bit for bit, holds, index in asking if _holds(holds, k, state, index)) for state in states]


def guards_of(system: System[K, S]) -> Guards[K, S]:
    """The questions of this system. A conjunct of several index sets is asked as often as the largest needs."""
    width: dict[Conjunct[K, S], int] = {}
    for action in system.actions:
        for holds in action.guard:
            needed = len(system.indices(action)) if reads(holds)[2] else 1
            width[holds] = max(width.get(holds, 1), needed)
    conjuncts = tuple(width)
    first = [0]
    for holds in conjuncts:
        first.append(first[-1] + width[holds])
    numbers = {holds: number for number, holds in enumerate(conjuncts)}
    of_action = tuple(tuple(numbers[holds] for holds in action.guard) for action in system.actions)
    return Guards(system, conjuncts, tuple(first[:-1]), tuple(width.values()), of_action)


def _holds(holds: Conjunct[K, S], k: K, state: S, index: int) -> bool:
    try:
        return bool(holds(k, state, index))
    except (IndexError, KeyError, TypeError):
        return False
