"""First-order formulas over relations: what the system, the invariant and the claims are written in.

Decides: the language. Sorts have no functions between them and no numbers, so a condition of this system lies in a
decidable fragment (EPR, once the one Skolem function from tasks to lanes is counted: it closes no circle of sorts).
Must not know: which relations there are (``system``); how a formula is printed (``smt``) or evaluated (``concrete``).

``a >> b`` is implication, ``a & b``, ``a | b`` and ``~a`` what they look like; Python binds ``>>`` closer than ``&``. A
variable that nothing binds stands for every value: ``closed`` adds the quantifier.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias, cast

__all__ = [
    "All",
    "And",
    "Atom",
    "Formula",
    "Not",
    "Or",
    "Relation",
    "Same",
    "Some",
    "Sort",
    "Var",
    "atoms",
    "closed",
    "every",
    "free",
    "some",
]


class Sort(Enum):
    """What there is any number of."""

    TASK = "Task"
    LANE = "Lane"
    CLIENT = "Client"


@dataclass(frozen=True, slots=True)
class Var:
    """A name for one thing of a sort."""

    name: str
    sort: Sort


class _Operators:
    """Connectives as operators. Each formula is a plain value: equal text, equal formula."""

    __slots__ = ()

    def __and__(self, other: "Formula") -> "And":
        return And((*_parts(And, _itself(self)), *_parts(And, other)))

    def __or__(self, other: "Formula") -> "Or":
        return Or((*_parts(Or, _itself(self)), *_parts(Or, other)))

    def __rshift__(self, other: "Formula") -> "Or":
        return Or((Not(_itself(self)), *_parts(Or, other)))

    def __invert__(self) -> "Not":
        return Not(_itself(self))


def _itself(one: _Operators) -> "Formula":
    """Nothing but formulas has these operators."""
    return cast("Formula", one)


@dataclass(frozen=True, slots=True)
class Relation:
    """A named relation; one of no sorts is a flag. Called with variables it is an atom."""

    name: str
    sorts: tuple[Sort, ...]
    means: str

    def __call__(self, *args: Var) -> "Atom":
        """The atom, if the arguments are of the relation's sorts."""
        if tuple(arg.sort for arg in args) != self.sorts:
            raise TypeError(f"{self.name} relates {self.sorts}, not {args}")
        return Atom(self, args)


@dataclass(frozen=True, slots=True)
class Atom(_Operators):
    """The relation holds of these."""

    relation: Relation
    args: tuple[Var, ...]


@dataclass(frozen=True, slots=True)
class Same(_Operators):
    """Two names for one thing."""

    left: Var
    right: Var


@dataclass(frozen=True, slots=True)
class Not(_Operators):
    """It does not hold."""

    body: "Formula"


@dataclass(frozen=True, slots=True)
class And(_Operators):
    """All hold; of none: true."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Or(_Operators):
    """One holds at least; of none: false."""

    parts: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class All(_Operators):
    """Whatever the variables stand for."""

    over: tuple[Var, ...]
    body: "Formula"


@dataclass(frozen=True, slots=True)
class Some(_Operators):
    """The variables can stand for something."""

    over: tuple[Var, ...]
    body: "Formula"


Formula: TypeAlias = Atom | Same | Not | And | Or | All | Some


def _parts(kind: type[And] | type[Or], formula: Formula) -> tuple[Formula, ...]:
    """The parts of a formula of this kind; of another one itself."""
    return formula.parts if isinstance(formula, And | Or) and type(formula) is kind else (formula,)


def every(*over: Var) -> "_Binder":
    """``every(x)(formula)``: for all x."""
    return _Binder(All, over)


def some(*over: Var) -> "_Binder":
    """``some(x)(formula)``: there is an x."""
    return _Binder(Some, over)


@dataclass(frozen=True, slots=True)
class _Binder:
    kind: type[All] | type[Some]
    over: tuple[Var, ...]

    def __call__(self, body: Formula) -> Formula:
        return self.kind(self.over, body)


def free(formula: Formula) -> tuple[Var, ...]:
    """The variables that nothing binds, in the order in which they are met."""
    return tuple(dict.fromkeys(_free(formula, frozenset())))


def _free(formula: Formula, bound: frozenset[Var]) -> Iterator[Var]:
    match formula:
        case Atom(_, args):
            yield from (arg for arg in args if arg not in bound)
        case Same(left, right):
            yield from (arg for arg in (left, right) if arg not in bound)
        case Not(body):
            yield from _free(body, bound)
        case And(parts) | Or(parts):
            for part in parts:
                yield from _free(part, bound)
        case All(over, body) | Some(over, body):
            yield from _free(body, bound | set(over))


def closed(formula: Formula, given: tuple[Var, ...] = ()) -> Formula:
    """The formula for whatever its free variables stand for, but for those that are given a meaning."""
    over = tuple(var for var in free(formula) if var not in given)
    return All(over, formula) if over else formula


def atoms(formula: Formula) -> Iterator[Relation]:
    """The relations that the formula reads, each as often as it stands there."""
    match formula:
        case Atom(relation):
            yield relation
        case Same():
            return
        case Not(body) | All(_, body) | Some(_, body):
            yield from atoms(body)
        case And(parts) | Or(parts):
            for part in parts:
                yield from atoms(part)
