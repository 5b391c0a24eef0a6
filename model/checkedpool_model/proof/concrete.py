"""Worlds of a given size, and what holds in them: formulas evaluated by Python, without any solver.

Decides: how a world is a value (one integer a relation, one bit an atom) and how a formula becomes a function of it:
its quantifiers are written out. Must not know: where a world comes from (``reading`` reads it off a state of the model,
``story`` off a solver's answer). That two roads, this one and the solvers', come to the same is tested.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import NamedTuple

from checkedpool_model.proof.action import Action
from checkedpool_model.proof.logic import (
    All,
    And,
    Atom,
    Formula,
    Not,
    Or,
    Relation,
    Same,
    Some,
    Sort,
    Var,
    closed,
    free,
)
from checkedpool_model.proof.system import RELATIONS

__all__ = ["Meaning", "Sizes", "Step", "World", "bit_of", "failing", "holds", "step", "true_atoms", "world_of"]

World = tuple[int, ...]
"""For each of RELATIONS the set of its atoms that are true."""

Meaning = Mapping[Var, int]
"""What variables stand for."""

NUMBER = {relation: number for number, relation in enumerate(RELATIONS)}


class Sizes(NamedTuple):
    """How many there are."""

    tasks: int
    lanes: int
    clients: int

    def of(self, sort: Sort) -> int:
        """How many of this sort."""
        return {Sort.TASK: self.tasks, Sort.LANE: self.lanes, Sort.CLIENT: self.clients}[sort]

    def meanings(self, over: tuple[Var, ...]) -> Iterator[dict[Var, int]]:
        """Everything that the variables can stand for."""
        for values in product(*(range(self.of(var.sort)) for var in over)):
            yield dict(zip(over, values, strict=True))


def bit_of(relation: Relation, places: tuple[int, ...], sizes: Sizes) -> int:
    """The bit of an atom."""
    number = 0
    for sort, place in zip(relation.sorts, places, strict=True):
        number = number * sizes.of(sort) + place
    return 1 << number


def world_of(true: Mapping[Relation, int]) -> World:
    """The world in which these atoms are true, and no others."""
    return tuple(true.get(relation, 0) for relation in RELATIONS)


def true_atoms(world: World, sizes: Sizes) -> Iterator[tuple[Relation, tuple[int, ...]]]:
    """What is true in the world."""
    for relation, bits in zip(RELATIONS, world, strict=True):
        for places in product(*(range(sizes.of(sort)) for sort in relation.sorts)):
            if bits & bit_of(relation, places, sizes):
                yield relation, places


# --- formulas ---------------------------------------------------------------------------------------------------------


def _written(  # noqa: PLR0911 - a case each
    formula: Formula, sizes: Sizes, meaning: Meaning
) -> str:
    """The formula as an expression of Python over a world ``w``."""
    match formula:
        case Atom(relation, args):
            return f"w[{NUMBER[relation]}]&{bit_of(relation, tuple(meaning[arg] for arg in args), sizes)}"
        case Same(left, right):
            return str(meaning[left] == meaning[right])
        case Not(body):
            return f"(not {_written(body, sizes, meaning)})"
        case And(parts):
            return _joined(" and ", "True", [_written(part, sizes, meaning) for part in parts])
        case Or(parts):
            return _joined(" or ", "False", [_written(part, sizes, meaning) for part in parts])
        case All(over, body):
            each = [_written(body, sizes, {**meaning, **more}) for more in sizes.meanings(over)]
            return _joined(" and ", "True", each)
        case Some(over, body):
            each = [_written(body, sizes, {**meaning, **more}) for more in sizes.meanings(over)]
            return _joined(" or ", "False", each)


def _joined(word: str, empty: str, parts: list[str]) -> str:
    return f"({word.join(parts)})" if parts else empty


def _made(formula: Formula, sizes: Sizes, meaning: Meaning) -> Callable[[World], bool]:
    source = f"lambda w: bool({_written(formula, sizes, meaning)})"
    made: Callable[[World], bool] = eval(source)  # noqa: S307 - made of numbers and connectives
    return made


@cache
def holds(formula: Formula, sizes: Sizes) -> Callable[[World], bool]:
    """Whether the formula holds in a world, whatever its free variables stand for."""
    return _made(closed(formula), sizes, {})


def failing(formula: Formula, sizes: Sizes, world: World, given: Meaning | None = None) -> dict[Var, int] | None:
    """What its free variables stand for where it does not hold, beside what is given; None: it holds."""
    known = given or {}
    for meaning in sizes.meanings(tuple(var for var in free(formula) if var not in known)):
        if not _made(formula, sizes, {**known, **meaning})(world):
            return meaning
    return None


# --- steps ------------------------------------------------------------------------------------------------------------


_Atomic = tuple[int, int, Callable[[World], bool] | None]
"""A relation's number, an atom's bit, and when it is put or taken; None: always."""


@dataclass(frozen=True)
class Step:
    """An action with what its parameters stand for, in worlds of one size."""

    guard: tuple[tuple[str, Callable[[World], bool]], ...]
    takes: tuple[_Atomic, ...]
    puts: tuple[_Atomic, ...]

    claims: tuple[tuple[str, Callable[[World], bool]], ...]
    """What is claimed of the step."""

    def refused_by(self, world: World) -> str | None:
        """The first condition of the guard that does not hold; None: all do."""
        return next((name for name, asked in self.guard if not asked(world)), None)

    def after(self, world: World) -> World:
        """The world after the step. Takes come first; all is asked of the world before."""
        made = list(world)
        for number, bit, when in self.takes:
            if when is None or when(world):
                made[number] &= ~bit
        for number, bit, when in self.puts:
            if when is None or when(world):
                made[number] |= bit
        return tuple(made)


@cache
def step(action: Action, places: tuple[int, ...], sizes: Sizes, claims: tuple[tuple[str, Formula], ...] = ()) -> Step:
    """The action with these as its parameters."""
    meaning = dict(zip(action.params, places, strict=True))
    guard = tuple((name, _made(condition, sizes, meaning)) for name, condition in action.guard)
    takes: list[_Atomic] = []
    puts: list[_Atomic] = []
    for change in action.changes:
        local = tuple(arg for arg in change.atom.args if arg not in meaning)
        for more in sizes.meanings(local):
            all_of_it = {**meaning, **more}
            bit = bit_of(change.atom.relation, tuple(all_of_it[arg] for arg in change.atom.args), sizes)
            when = None if change.when == And(()) else _made(change.when, sizes, all_of_it)
            (puts if change.adds else takes).append((NUMBER[change.atom.relation], bit, when))
    asked = tuple((name, _made(closed(claim, action.params), sizes, meaning)) for name, claim in claims)
    return Step(guard, tuple(takes), tuple(puts), asked)
