"""Formulas evaluated by Python and by a solver. Decides: that the two roads come to the same."""

import random
import re
from itertools import product

import pytest

from checkedpool_model.proof.concrete import Sizes, World, bit_of, failing, holds, step, true_atoms
from checkedpool_model.proof.conjuncts import CONSEQUENCES, INVARIANT
from checkedpool_model.proof.logic import Relation, Same, Sort, Var, closed, every, free, some
from checkedpool_model.proof.smt import declared, of_a_size, stepped, text_of
from checkedpool_model.proof.solvers import Z3
from checkedpool_model.proof.system import ACTIONS, RELATIONS, begun, booked, l, ticket, used, x
from checkedpool_model.proof.system import t as task

SIZES = Sizes(2, 2, 1)


def drawn(chance: random.Random) -> World:
    """A world in which each atom is true or not, by chance; sparse ones satisfy more."""
    often = chance.choice((0.1, 0.3, 0.5))
    world = []
    for relation in RELATIONS:
        atoms = product(*(range(SIZES.of(sort)) for sort in relation.sorts))
        world.append(sum(bit_of(relation, places, SIZES) for places in atoms if chance.random() < often))
    return tuple(world)


def term(relation: Relation, places: tuple[int, ...]) -> str:
    names = [f"{sort.value.lower()}{place}" for sort, place in zip(relation.sorts, places, strict=True)]
    return f"({relation.name} {' '.join(names)})" if names else relation.name


def fixed(world: World, name: str = "{}") -> list[str]:
    """The assertions that make a relation what it is in the world."""
    true = set(true_atoms(world, SIZES))
    lines = []
    for relation in RELATIONS:
        for places in product(*(range(SIZES.of(sort)) for sort in relation.sorts)):
            atom = term(relation, places).replace(relation.name, name.format(relation.name), 1)
            lines.append(f"(assert {atom if (relation, places) in true else f'(not {atom})'})")
    return lines


HEAD = ["(set-logic UF)", *declared(), *(line for sort in Sort for line in of_a_size(sort, SIZES.of(sort)))]


@pytest.mark.parametrize("seed", range(8))
def test_a_formula_is_true_for_python_where_it_is_for_a_solver(seed: int) -> None:
    chance = random.Random(seed)
    formulas = [one.formula for one in (*INVARIANT, *CONSEQUENCES)]
    asked, expected = [], []
    for _ in range(6):
        world = drawn(chance)
        asked += ["(push 1)", *fixed(world)]
        for formula in formulas:
            asked += ["(push 1)", f"(assert {text_of(closed(formula))})", "(check-sat)", "(pop 1)"]
            expected.append("sat" if holds(formula, SIZES)(world) else "unsat")
        asked.append("(pop 1)")
    assert Z3.answers("\n".join([*HEAD, *asked, ""]), seconds=60) == expected
    assert len(set(expected)) == 2


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_a_step_leads_python_where_it_leads_a_solver(action: object) -> None:
    """The solver is given the world before and, of each relation that changes, the world after, as Python has it."""
    (made,) = (one for one in ACTIONS if one is action)
    chance = random.Random(made.name)
    asked, expected = [], []
    for _ in range(3):
        world = drawn(chance)
        places = tuple(chance.randrange(SIZES.of(param.sort)) for param in made.params)
        given = step(made, places, SIZES)
        params = zip(made.params, places, strict=True)
        # Each condition of the guard is asked by the assertion that it is; so a step that is refused has no world.
        lines = [*stepped(made), *(f"(assert (= {p.name} {p.sort.value.lower()}{n}))" for p, n in params)]
        changed = {change.atom.relation for change in made.changes}
        after = fixed(given.after(world), "{}.after")
        lines += [line for line in after if set(re.findall(r"(\w+)\.after", line)) <= {one.name for one in changed}]
        asked += ["(push 1)", *fixed(world), *lines, "(check-sat)", "(pop 1)"]
        expected.append("unsat" if given.refused_by(world) else "sat")
    assert Z3.answers("\n".join([*HEAD, *asked, ""]), seconds=60) == expected


def test_where_a_formula_fails_is_found() -> None:
    world = [0] * len(RELATIONS)
    world[RELATIONS.index(ticket)] = bit_of(ticket, (1, 0), SIZES)
    formula = ticket(l, task) >> booked(l, task)
    assert failing(formula, SIZES, tuple(world)) == {l: 1, task: 0}
    assert failing(formula, SIZES, tuple(world), {task: 1}) is None


def test_what_is_bound_is_not_free_and_what_is_given_is_not_bound() -> None:
    formula = every(x)(ticket(l, x) >> some(task)(booked(l, task) & Same(x, task)))
    assert free(formula) == (l,)
    assert closed(begun(task), given=(task,)) == begun(task)
    assert free(closed(used(task))) == ()


def test_a_relation_of_other_sorts_is_refused() -> None:
    with pytest.raises(TypeError, match="ticket relates"):
        ticket(task, l)
    assert Var("t", Sort.TASK) == task
