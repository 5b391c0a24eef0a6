"""A large graph explored layer by layer, each state one integer: what is new in a layer is a difference of sets.

Decides: what is kept of a state, which is itself; what is asked of a layer. Must not know: how steps are found
(``parts``); when a search ends, and what is said of it (``explore``).

No predecessor is kept, and no edge. A shortest run is found from its end: of the layer before, the first state of which
a step leads there. The claims are asked of a layer when it is whole, once for each value of the fields that they read.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, compress, repeat
from operator import and_, not_, or_
from sys import getsizeof
from typing import Generic, TypeVar

from checkedpool_model.checker.claims import Claims
from checkedpool_model.checker.graph import trapped
from checkedpool_model.checker.memory import estimate
from checkedpool_model.checker.packing import bits_of
from checkedpool_model.checker.parts import Parts, said_by
from checkedpool_model.checker.system import System

__all__ = ["Layers"]

K = TypeVar("K")
S = TypeVar("S")

AT_ONCE = 4_096
"""States of a layer that are looked at together."""


class _Ends(dict[int, bool], Generic[K, S]):
    """By the values of some fields: whether it is right that nothing happens any more."""

    def __init__(self, parts: Parts[K, S]) -> None:
        super().__init__()
        self.parts = parts
        self.mask = parts.packing.mask(parts.reads.predicate(parts.system.terminal))

    def __missing__(self, values: int) -> bool:
        system = self.parts.system
        self[values] = found = bool(said_by(system.terminal, system.constants, self.parts.packing.state(values)))
        return found


class Layers(Generic[K, S]):
    """The states that are known, in layers; the last one is to be looked at."""

    def __init__(self, system: System[K, S], parts: Parts[K, S], claims: Claims[K, S]) -> None:
        self.parts, self.packing = parts, parts.packing
        self.claims = claims
        self.ends = _Ends(parts)
        self.asked: dict[int, set[int]] = {mask: set() for mask in self._read_by_claims()}
        """By the bits that claims read: the values there of which they were asked."""
        initial = self.packing.packed(system.initial)  # type: ignore[arg-type] # a named tuple
        self.known = {initial}
        self.layers = [[initial]]
        self.met: set[int] = set()
        """Where steps from the last layer lead."""
        self.stuck: list[int] = []
        """States of it from which none leads."""
        self.ahead: list[list[int]] = []
        """Of each state that was looked at, in their order: one that a step leads to."""
        self.taken: Counter[int] = Counter()
        """By the bits of the moves: how many states have had just these."""

    def _read_by_claims(self) -> list[int]:
        """What groups of claims read. Those that read less than others are asked with them."""
        fields = self.parts.reads.names
        read = {self.packing.mask(map(fields.index, reads or fields)) for reads, _, _ in self.claims.groups}
        return [mask for mask in read if not any(mask != more and mask & more == mask for more in read)]

    @property
    def last(self) -> list[int]:
        """The states that are to be looked at."""
        return self.layers[-1]

    def __len__(self) -> int:
        return len(self.known)

    # --- forward ------------------------------------------------------------------------------------------------------

    def expanded(self) -> Iterator[int]:
        """Look at the last layer, bit by bit; how many states are known at most."""
        for some in _bit_by_bit(self.last):
            possible = list(self.parts.possible(some))
            self.taken.update(possible)
            if not all(possible):
                self.stuck += [state for state, moves in zip(some, possible, strict=True) if not moves]
            self.ahead.append(self._meet(some, possible, self.met))
            yield len(self.known) + len(self.met)

    def dead_end(self) -> int | None:
        """The first state that was looked at from which no step leads, and that is no end."""
        return next((state for state in self.stuck if not self.ends[state & self.ends.mask]), None)

    def _meet(self, states: list[int], possible: list[int], met: set[int]) -> list[int]:
        """Add where steps from these states lead; of each state one of these, or itself."""
        ahead, asked = states, list(map(or_, states, possible))
        for mask, changes in self.parts.changes.items():
            added = list(map(changes.__getitem__, map(and_, asked, repeat(mask))))
            met.update([state + change for state, some in zip(states, added, strict=True) for change in some])
            there = zip(states, added, ahead, strict=True)
            ahead = [state + some[0] if some else other for state, some, other in there]
        return ahead

    def count_met(self) -> int:
        """How many states are known or met."""
        self.met = self.met - self.known  # not -=, which goes through all that is known
        return len(self.known) + len(self.met)

    def go_on(self) -> None:
        """Make a layer of what is new."""
        self.met = self.met - self.known
        self.known |= self.met
        self.layers.append(sorted(self.met))
        self.met, self.stuck = set(), []

    def failing(self, fails: Callable[[S], str | None]) -> tuple[str, int] | None:
        """A claim that fails in the last layer, and where."""
        for mask, known in self.asked.items():
            with_values = dict(zip(map(and_, self.last, repeat(mask)), self.last, strict=True))
            new = with_values.keys() - known
            known.update(new)
            for state in sorted(map(with_values.__getitem__, new)):
                claim = fails(self.packing.state(state))
                if claim is not None:
                    return claim, state
        return None

    # --- backward -----------------------------------------------------------------------------------------------------

    def way_to(self, state: int) -> list[S]:
        """The states of a shortest run from the initial state to one in the last layers, both ends included."""
        depth = next(depth for depth in range(len(self.layers) - 1, -1, -1) if state in self.layers[depth])
        way = [state]
        for layer in self.layers[:depth][::-1]:
            way.append(self._before(layer, way[-1]))
        return [self.packing.state(state) for state in reversed(way)]

    def _before(self, layer: list[int], wanted: int) -> int:
        """The first of these states from which a step leads to this one."""
        for some in _bit_by_bit(layer):
            met: set[int] = set()
            self._meet(some, list(self.parts.possible(some)), met)
            if wanted in met:
                return next(state for state in some if any(wanted == after for _, after in self.parts.steps(state)))
        raise AssertionError("no step leads to a state that was met")

    def trapped(self) -> int | None:
        """The nearest state from which no end can be reached, if there is one.

        One state ahead of each settles most. It is looked at now from the last layer on, now from the first, as long as
        that settles some. Of those that are left all steps are made.
        """
        states, ahead = list(chain(*self.layers)), list(chain(*self.ahead))
        is_end = map(self.ends.__getitem__, map(and_, states, repeat(self.ends.mask)))
        reaching = set(compress(states, is_end))
        settled = -1
        while settled < len(reaching):
            settled = len(reaching)
            states, ahead = _not_settled(states[::-1], ahead[::-1], reaching)
        return self._apart([state for layer in self.layers for state in layer if state not in reaching], reaching)

    def _apart(self, states: list[int], reaching: set[int]) -> int | None:
        """The first of these states that no step and no steps by way of the others lead out of, to one that reaches."""
        number = {state: at for at, state in enumerate(states)}
        after = [[after for _, after in self.parts.steps(state)] for state in states]
        targets = [[number[state] for state in some if state in number] for some in after]
        ways_out = [at for at, some in enumerate(after) if not reaching.isdisjoint(some)]
        at = trapped(len(states), targets, ways_out)
        return None if at is None else states[at]

    # --- what is told of it -------------------------------------------------------------------------------------------

    def fired(self) -> Iterator[tuple[int, int]]:
        """Number of a move, how many of the states that were looked at have it."""
        for moves, count in self.taken.items():
            yield from ((move, count) for move in bits_of(moves >> self.packing.width))

    def held(self) -> int:
        """How many bytes are held, by estimate."""
        states = estimate(self.last, ()) * 2 * len(self) // len(self.last)  # each has one ahead
        remembered = *self.parts.left.values(), *self.parts.changes.values(), *self.asked.values(), self.ends
        return states + sum(map(getsizeof, (self.known, self.met, *self.layers, *self.ahead, *remembered)))


def _bit_by_bit(states: list[int]) -> Iterator[list[int]]:
    return (states[begin : begin + AT_ONCE] for begin in range(0, len(states), AT_ONCE))


def _not_settled(states: list[int], ahead: list[int], reaching: set[int]) -> tuple[list[int], list[int]]:
    """The states that are not known to reach an end by what is ahead of them; the others are added to those that do."""
    left: list[int] = []
    left_ahead: list[int] = []
    for begin in range(0, len(states), AT_ONCE):
        some, there = states[begin : begin + AT_ONCE], ahead[begin : begin + AT_ONCE]
        found = list(map(reaching.__contains__, there))
        reaching.update(compress(some, found))
        if not all(found):
            apart = list(map(not_, found))
            left += compress(some, apart)
            left_ahead += compress(there, apart)
    return left, left_ahead
