"""The conditions as text in SMT-LIB 2.6: made once, given to every solver.

Decides: how formulas, actions and questions are written for a solver. Must not know: which solver reads it, what is to
come of it.

A relation after a step is a defined function: ``(R and not taken) or put``. So no text has a copy of the state after,
and none has an axiom that says what does not change.
"""

from collections.abc import Collection, Iterable, Iterator

from checkedpool_model.proof.action import Action, Change, changed
from checkedpool_model.proof.logic import All, And, Atom, Formula, Not, Or, Relation, Same, Some, Sort, Var
from checkedpool_model.proof.system import RELATIONS

__all__ = ["asserted", "declared", "of_a_size", "stepped", "text_of"]

NOTHING: frozenset[Relation] = frozenset()


def text_of(  # noqa: PLR0911 - a case each
    formula: Formula, after: Collection[Relation] = NOTHING
) -> str:
    """The formula; of the relations in ``after`` it means those after the step."""
    match formula:
        case Atom(relation, args):
            name = f"{relation.name}.after" if relation in after else relation.name
            return _applied(name, [arg.name for arg in args])
        case Same(left, right):
            return f"(= {left.name} {right.name})"
        case Not(body):
            return f"(not {text_of(body, after)})"
        case And(parts):
            return _joined("and", [text_of(part, after) for part in parts], "true")
        case Or(parts):
            return _joined("or", [text_of(part, after) for part in parts], "false")
        case All(over, body):
            return f"(forall ({_typed(over)}) {text_of(body, after)})"
        case Some(over, body):
            return f"(exists ({_typed(over)}) {text_of(body, after)})"


def _applied(name: str, args: list[str]) -> str:
    return f"({name} {' '.join(args)})" if args else name


def _joined(word: str, parts: list[str], empty: str) -> str:
    return empty if not parts else parts[0] if len(parts) == 1 else f"({word} {' '.join(parts)})"


def _typed(over: Iterable[Var]) -> str:
    return " ".join(f"({var.name} {var.sort.value})" for var in over)


def declared() -> Iterator[str]:
    """The sorts and the relations."""
    for sort in Sort:
        yield f"(declare-sort {sort.value} 0)"
    for relation in RELATIONS:
        sorts = " ".join(sort.value for sort in relation.sorts)
        yield f"(declare-fun {relation.name} ({sorts}) Bool)  ; {relation.means}"


def asserted(formula: Formula, why: str) -> str:
    """It holds, for this reason."""
    return f"(assert {text_of(formula)})  ; {why}"


def stepped(action: Action) -> Iterator[str]:
    """The action: its parameters, its guard, and each relation that it changes as it is after."""
    for param in action.params:
        yield f"(declare-const {param.name} {param.sort.value})"
    for name, condition in action.guard:
        yield asserted(condition, f"{action.name}: {name}")
    for relation, changes in changed(action):
        here = [f"at{number}" for number in range(len(relation.sorts))]
        typed = " ".join(f"({name} {sort.value})" for name, sort in zip(here, relation.sorts, strict=True))
        before = _applied(relation.name, here)
        taken = [_met(action, change, here) for change in changes if not change.adds]
        put = [_met(action, change, here) for change in changes if change.adds]
        kept = _joined("and", [before, *(f"(not {one})" for one in taken)], "true")
        yield f"(define-fun {relation.name}.after ({typed}) Bool {_joined('or', [kept, *put], 'false')})"


def _met(action: Action, change: Change, here: list[str]) -> str:
    """Whether the atom at these places is one that the change is about."""
    pairs = list(zip(change.atom.args, here, strict=True))
    same = [f"(= {name} {arg.name})" for arg, name in pairs if arg in action.params]
    bound = [f"({arg.name} {name})" for arg, name in pairs if arg not in action.params]
    asked = [] if change.when == And(()) else [text_of(change.when)]
    body = _joined("and", [*same, *asked], "true")
    return f"(let ({' '.join(bound)}) {body})" if bound and asked else body


def of_a_size(sort: Sort, size: int) -> Iterator[str]:
    """There are so many things of this sort, each with a name."""
    names = [f"{sort.value.lower()}{number}" for number in range(size)]
    yield from (f"(declare-const {name} {sort.value})" for name in names)
    if size > 1:
        yield f"(assert (distinct {' '.join(names)}))"
    yield f"(assert (forall ((x {sort.value})) {_joined('or', [f'(= x {name})' for name in names], 'false')}))"
