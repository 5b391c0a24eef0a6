"""A refused condition told: a world that satisfies the invariant, the action, and which conjunct it breaks.

Decides: how a counterexample to induction is found and told. Must not know: why the condition was asked. The world need
not be reachable: it shows that the invariant does not say enough, or that the action does too much.

It is looked for among small worlds, smallest first, by the solver that refused; then the world is evaluated again
without any solver. So a story is never only what a solver says.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product

from checkedpool_model.proof.action import Action
from checkedpool_model.proof.concrete import Sizes, World, bit_of, failing, holds, step, true_atoms, world_of
from checkedpool_model.proof.conjuncts import CONSEQUENCES, INVARIANT, Conjunct, OnStep, claims_of
from checkedpool_model.proof.discharge import SECONDS, Kind, Paper, Question
from checkedpool_model.proof.logic import Relation, Sort
from checkedpool_model.proof.smt import of_a_size
from checkedpool_model.proof.solvers import Z3, Solver
from checkedpool_model.proof.system import RELATIONS

__all__ = ["UntoldError", "story"]

LARGEST = Sizes(3, 2, 2)
SIZES = sorted(
    (Sizes(*sizes) for sizes in product(*(range(1, most + 1) for most in LARGEST))), key=lambda one: (sum(one), one)
)

SAID = re.compile(r"\(\(?([\w.= ]+?)\)? (true|false)\)")
"""One value in the answer to get-value: ``((ticket lane0 task1) true)``, ``(closed false)``."""


class UntoldError(RuntimeError):
    """The solver's world is not what it was asked for, or no small one was found."""


def story(
    paper: Paper,
    question: Question,
    action: Action | None,
    invariant: Sequence[Conjunct] = INVARIANT,
    solver: Solver = Z3,
) -> list[str]:
    """The counterexample line by line; ``action``: None for the initial condition."""  # fmt: skip
    for sizes in SIZES:
        found = _found(paper, question, action, sizes, solver)
        if found is not None:
            return list(_told(question, action, invariant, sizes, found))
    raise UntoldError(f"no world of at most {LARGEST} shows it")


_Found = tuple[World, tuple[int, ...]]
"""A world, and what the action's parameters stand for."""


# --- the world --------------------------------------------------------------------------------------------------------


def _found(paper: Paper, question: Question, action: Action | None, sizes: Sizes, solver: Solver) -> _Found | None:
    """A world of this size in which the condition fails, and what the parameters are; None: there is none."""
    params = action.params if action else ()
    atoms = [
        (relation, places)
        for relation in RELATIONS
        for places in product(*(range(sizes.of(sort)) for sort in relation.sorts))
    ]
    same = [(param, place) for param in params for place in range(sizes.of(param.sort))]
    terms = [_term(relation, places) for relation, places in atoms]
    terms += [f"(= {param.name} {_name(param.sort, place)})" for param, place in same]
    asked = Paper(paper.about, paper.premises, ())
    size = [line for sort in Sort for line in of_a_size(sort, sizes.of(sort))]
    values = [f"(get-value ({term}))" for term in terms]
    text = "\n".join(["(set-option :produce-models true)", asked.text, *size, *question.lines, "(check-sat)"]) + "\n"
    if solver.answers(text, seconds=SECONDS, finds=True) != ["sat"]:
        return None
    said = SAID.findall("\n".join(solver.answers("\n".join([text, *values, ""]), seconds=SECONDS, finds=True)[1:]))
    if len(said) != len(terms):
        raise UntoldError(f"{solver.name} gave {len(said)} values of {len(terms)}")
    is_true = [value == "true" for _, value in said]
    bits: dict[Relation, int] = {}
    for (relation, places), true in zip(atoms, is_true[: len(atoms)], strict=True):
        bits[relation] = bits.get(relation, 0) | true * bit_of(relation, places, sizes)
    meaning = {param: place for (param, place), true in zip(same, is_true[len(atoms) :], strict=True) if true}
    return world_of(bits), tuple(meaning[param] for param in params)


def _name(sort: Sort, place: int) -> str:
    return f"{sort.value.lower()}{place}"


def _term(relation: Relation, places: tuple[int, ...]) -> str:
    names = " ".join(_name(sort, place) for sort, place in zip(relation.sorts, places, strict=True))
    return f"({relation.name} {names})" if names else relation.name


# --- the telling ------------------------------------------------------------------------------------------------------


def _told(
    question: Question, action: Action | None, invariant: Sequence[Conjunct], sizes: Sizes, found: _Found
) -> Iterator[str]:
    """The story, every part of it evaluated anew."""
    world, places = found
    claim = _claim_of(question, action, invariant)
    yield f"{question.action or question.kind.value}: {claim.name} fails. {claim.says} ({claim.clause})"
    assumed = question.kind is not Kind.INITIALLY
    unsound = [one.name for one in invariant if assumed and not holds(one.formula, sizes)(world)]
    if unsound:
        raise UntoldError(f"the world that was found does not satisfy {unsound}")
    yield "  in this world, which satisfies the invariant:" if assumed else "  in this world, in which a run may begin:"
    yield from (f"    {line}" for line in _lines(world, sizes))
    after = world
    if action:
        made = step(action, places, sizes)
        if made.refused_by(world):
            raise UntoldError(f"{action.name} is not possible in the world that was found: {made.refused_by(world)}")
        names = ", ".join(_name(param.sort, place) for param, place in zip(action.params, places, strict=True))
        yield f"  {action.name}({names}) happens"
        if question.kind is Kind.KEPT:
            after = made.after(world)
            yield from (f"    {line}" for line in _difference(world, after, sizes))
    given = dict(zip(action.params, places, strict=True)) if action and question.kind is Kind.ON_STEP else {}
    wrong = failing(claim.formula, sizes, after, given)
    if wrong is None:
        raise UntoldError(f"{claim.name} does not fail in the world that was found")
    of_what = ", ".join(f"{var.name} = {_name(var.sort, place)}" for var, place in {**given, **wrong}.items())
    then = "then" if question.kind is Kind.KEPT else "but"
    yield f"  {then} {claim.name} is false{' of ' if of_what else ''}{of_what}"


def _claim_of(question: Question, action: Action | None, invariant: Sequence[Conjunct]) -> Conjunct | OnStep:
    claims = claims_of(action) if action and question.kind is Kind.ON_STEP else (*invariant, *CONSEQUENCES)
    return next(one for one in claims if one.name == question.name)


def _lines(world: World, sizes: Sizes) -> Iterator[str]:
    """What is true, thing by thing."""
    by_thing: dict[str, list[str]] = {_name(sort, n): [] for sort in Sort for n in range(sizes.of(sort))}
    by_thing["pool"] = []
    for relation, places in true_atoms(world, sizes):
        first, *others = [_name(sort, place) for sort, place in zip(relation.sorts, places, strict=True)] or ["pool"]
        by_thing[first].append(" ".join([relation.name, *others]))
    for thing, facts in by_thing.items():
        yield f"{thing}: {', '.join(facts) or 'nothing'}"


def _difference(before: World, after: World, sizes: Sizes) -> Iterator[str]:
    """What the step has changed."""
    was, now = (set(true_atoms(world, sizes)) for world in (before, after))
    for sign, changed in (("no more", was - now), ("now", now - was)):
        for relation, places in sorted(changed, key=lambda one: (one[0].name, one[1])):
            yield f"{sign} {_term(relation, places).strip('()')}"
