"""The table read in parts: what depends on a few fields is asked once for each value of these.

Decides: which fields conjuncts and effects read, and what is remembered of them. Must not know: what is searched, or
why.

States are integers here (``packing``). Of each set of fields that conjuncts read, their values say which moves these
conjuncts leave; a move that all sets leave is possible. Moves whose effects read the same fields make a *part*. What a
part's moves add to the integer depends on these fields alone, and on which of the moves are possible. So in most
states every answer is there already, and a step is an addition.

Which fields a function reads is told by the text that it comes to (``inline``): a name that is not there is not read.
Where a function is left as a call, it reads every field. A function is asked in a state that has the fields it reads
from the real one and all others from the initial state. If it raises there, it presupposes a conjunct that reads other
fields, or it is wrong: ``NotApartError`` then says that this table is not to be read in parts.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import and_
from typing import Generic, ParamSpec, TypeVar

from checkedpool_model.checker.compile import constants_of, moves_of
from checkedpool_model.checker.inline import Code, Inliner, Known, Record, Term
from checkedpool_model.checker.packing import Packing, bits_of
from checkedpool_model.checker.system import Conjunct, System

__all__ = ["NotApartError", "Parts", "Reads", "said_by"]

K = TypeVar("K")
S = TypeVar("S")
T = TypeVar("T")
P = ParamSpec("P")

Fields = frozenset[int]
"""By position in the state."""

FEW = 8
"""States for each value, at least, where fields are asked together."""


class NotApartError(Exception):
    """What depends on a few fields raised, where only these are the real ones."""


class Reads(Generic[K, S]):
    """Which fields the functions of a system read."""

    def __init__(self, system: System[K, S]) -> None:
        self.inliner = Inliner()
        self.constants = constants_of(system)
        self.names: tuple[str, ...] = system.initial._fields  # type: ignore[attr-defined] # a named tuple
        self.every: Fields = frozenset(range(len(self.names)))
        self.state = Record(type(system.initial), {name: Code(f"s_{name}") for name in self.names}, "s")
        """Its tuples are not taken apart: what asks for the length of one reads it."""

    def conjunct(self, holds: Conjunct[K, S], index: int) -> Fields:
        """What the conjunct reads for this index."""
        return self._condition(holds, Known(index))

    def predicate(self, holds: object) -> Fields:
        """What a predicate about states reads."""
        return self._condition(holds)

    def effect(self, effect: object, index: int) -> Fields:
        """What is read for what the effect changes, and what it changes."""
        made = self.inliner.call(effect, (self.constants, self.state, Known(index)), {})
        if not isinstance(made, Record) or made.kind is not self.state.kind:
            return self.every
        pairs = zip(made.fields.values(), self.state.fields.values(), strict=True)
        changed = [(at, term) for at, (term, before) in enumerate(pairs) if term != before]
        return frozenset(at for at, _ in changed).union(*(self._in(self.inliner.text(term)) for _, term in changed))

    def _condition(self, holds: object, *index: Term) -> Fields:
        text = self.inliner.condition(holds, (self.constants, self.state, *index))
        return frozenset() if isinstance(text, bool) else self._in(text)

    def _in(self, text: str) -> Fields:
        """The fields that are named in a text; the state as a whole is all of them."""
        names = {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}
        if self.state.whole in names:
            return self.every
        return frozenset(field for field, name in enumerate(self.names) if f"s_{name}" in names)


@dataclass(frozen=True)
class _Asked(Generic[K, S]):
    """A conjunct, and the moves that need it, as bits."""

    holds: Conjunct[K, S]
    index: int
    moves: int


class _Left(dict[int, int], Generic[K, S]):
    """By the values of some fields: which moves are left by the conjuncts that read these."""

    def __init__(self, packing: Packing[S], k: K, every: int) -> None:
        super().__init__()
        self.packing, self.k, self.every = packing, k, every
        self.asked: list[_Asked[K, S]] = []

    def __missing__(self, values: int) -> int:
        state, left = self.packing.state(values), self.every
        for one in self.asked:
            if left & one.moves and not said_by(one.holds, self.k, state, one.index):
                left &= ~one.moves
        self[values] = left
        return left


def said_by(function: Callable[P, T], *arguments: P.args, **more: P.kwargs) -> T:
    """What it says of a state of which only some fields are the real ones; NotApartError if that is no state for it."""
    try:
        return function(*arguments, **more)
    except Exception as error:
        raise NotApartError from error


class _Changes(dict[int, tuple[int, ...]], Generic[K, S]):
    """By the values of some fields, and by which moves of a part are possible: what these add to a state."""

    def __init__(self, packing: Packing[S], system: System[K, S]) -> None:
        super().__init__()
        self.packing, self.k, self.moves = packing, system.constants, moves_of(system)

    def __missing__(self, values: int) -> tuple[int, ...]:
        state = self.packing.state(values)
        self[values] = found = tuple([self._change(state, move) for move in self.possible(values)])
        return found

    def possible(self, values: int) -> Iterator[int]:
        """The moves of the part that are possible, in the order of the changes."""
        return bits_of(values >> self.packing.width)

    def _change(self, state: S, move: int) -> int:
        action, index = self.moves[move]
        after, code, change = said_by(action.effect, self.k, state, index), self.packing.code, 0
        for field, (old, new) in enumerate(zip(state, after, strict=True)):  # type: ignore[call-overload]
            if new is not old:
                change += code(field, new) - code(field, old)
        return change


class Parts(Generic[K, S]):
    """The table over packed states. Bit ``packing.width + m`` beside a state says that move m is possible."""

    def __init__(self, system: System[K, S], packing: Packing[S], sample: Sequence[int]) -> None:
        self.system, self.packing, self.sample = system, packing, sample
        """``sample``: states that show which fields have few values together."""
        self.reads = Reads(system)
        self.moves = moves_of(system)
        self.every = sum(map(self.bit, range(len(self.moves))))
        self.left: dict[int, _Left[K, S]] = {}
        """By the bits that conjuncts read."""
        self.changes: dict[int, _Changes[K, S]] = {}
        """By the bits that effects read, and those of the moves."""
        self._ask()
        self._divide()

    def bit(self, move: int) -> int:
        """What stands beside a state in which the move is possible."""
        return 1 << self.packing.width + move

    def _ask(self) -> None:
        """Put each conjunct, once for each index, beside those that read the same fields."""
        needed: dict[tuple[Conjunct[K, S], int], int] = {}
        for move, (action, index) in enumerate(self.moves):
            for holds in action.guard:
                needed[holds, index] = needed.get((holds, index), 0) | self.bit(move)
        read = {asked: self.packing.mask(self.reads.conjunct(*asked)) for asked in needed}
        together = self._together(read.values())
        for (holds, index), moves in needed.items():
            left = self.left.setdefault(
                together[read[holds, index]], _Left(self.packing, self.system.constants, self.every)
            )
            left.asked.append(_Asked(holds, index, moves))

    def _divide(self) -> None:
        """Put the moves whose effects read the same fields together."""
        read = [self.packing.mask(self.reads.effect(action.effect, index)) for action, index in self.moves]
        together = self._together(read)
        parts: dict[int, list[int]] = {}
        for move, mask in enumerate(read):
            parts.setdefault(together[mask], []).append(move)
        for mask, moves in parts.items():
            self.changes[mask | sum(map(self.bit, moves))] = _Changes(self.packing, self.system)

    def _together(self, masks: Iterable[int]) -> dict[int, int]:
        """With which others each of these is asked: fields that have few values together are asked together."""
        merged: list[int] = []
        for mask in sorted(set(masks), key=self._values):
            joined = next((other for other in merged if FEW * self._values(mask | other) <= len(self.sample)), None)
            if joined is not None:
                merged.remove(joined)
            merged.append(mask | (joined or 0))
        return {mask: next(whole for whole in merged if mask & whole == mask) for mask in masks}

    def _values(self, mask: int) -> int:
        """How many values the sample has there."""
        return len({state & mask for state in self.sample})

    def pays(self) -> bool:
        """Whether what is remembered is asked for again: no values of fields are those of one or two states only."""
        return all(2 * self._values(mask) <= len(self.sample) for mask in (*self.left, *self.changes))

    def possible(self, states: Iterable[int]) -> Iterator[int]:
        """Of each state the bits of the moves that are possible."""
        states = list(states)
        found: Iterator[int] = repeat(self.every, len(states))
        for mask, left in self.left.items():
            found = map(and_, found, map(left.__getitem__, map(and_, states, repeat(mask))))
        return found

    def steps(self, state: int) -> Iterator[tuple[int, int]]:
        """Number of the move, state after it."""
        (possible,) = self.possible([state])
        for mask, changes in self.changes.items():
            values = (state | possible) & mask
            for move, change in zip(changes.possible(values), changes[values], strict=True):
                yield move, state + change
