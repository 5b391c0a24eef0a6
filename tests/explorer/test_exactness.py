"""What the page says is what the model does: its walk is followed by the table, its distances are counted again.

Decides: which walks and questions are compared. Must not know: how the page computes.
"""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from checkedpool_model.checker.compile import successors_by_the_table
from checkedpool_model.explorer.card import Ref
from checkedpool_model.explorer.pool_cards import families
from checkedpool_model.explorer.subjects import of_scope
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.scopes.all import scope_named, systems
from tests.explorer.reading import Back, read_back
from tests.explorer.test_in_a_browser import Page

pytestmark = pytest.mark.slow
WORDS = "all => all.map(one => ['.who', '.does'].map(part => one.querySelector(part).textContent))"
HEADS = (
    "all => all.map(one => [one.querySelector('h4').textContent, one.querySelector('.head')?.firstChild.textContent])"
)


@pytest.mark.one_in(2, "make test-all alone")
@pytest.mark.parametrize("name", ["boot", "replace"])
def test_a_walk_through_the_page_is_one_of_the_table_and_every_worker_keeps_its_number(
    browser: Any, written: Callable[[str], Path], name: str
) -> None:
    """The graph is merged: the page undoes each renaming. The table of the unmerged model is followed beside it."""
    system = next(systems(scope_named(name), ACTIONS))
    successors = successors_by_the_table(system)
    back = read_back(of_scope(scope_named(name), graph=0).graphs[0])
    page = Page(browser, written(f"{name}#0"))
    chance, state, renamed = Random(4), system.initial, 0
    for _ in range(40):
        possible = {told(back, move): after for move, after in successors(state)}
        buttons = page.page.locator("#moves .move")
        offered = [(who, does) for who, does in buttons.evaluate_all(WORDS)]
        assert sorted(offered) == sorted(possible)
        assert heads(page) == expected(system.constants, state)
        if not offered:
            break
        number = chance.randrange(len(offered))
        state = possible[offered[number]]
        assert system.canonical
        renamed += system.canonical(state) != state
        buttons.nth(number).click()
    assert renamed > 2
    page.close()


def told(back: Back, move: int) -> tuple[str, str]:
    _, _, who, whom, label = back.head["moves"][move]
    return who, f"{label} → {whom}" if whom else label


def heads(page: Page) -> dict[str, str]:
    """By name, what is said of each worker, client and task."""
    return {
        name: head
        for name, head in page.page.locator("#stages .card").evaluate_all(HEADS)
        if name.split()[0] in ("worker", "client", "task")
    }


def expected(k: Bounds, state: State) -> dict[str, str]:
    found = {}
    for family in families(k):
        if family.name in ("worker", "client", "task"):
            for number, value in enumerate(family.members(state)):
                found[f"{family.name} {number}"] = " ".join(map(named, family.card(value).head))
    return found


def named(word: str | Ref) -> str:
    if isinstance(word, str):
        return word
    return f"{'worker' if word.of == 'lane' else word.of} {word.number}"


def distances(back: Back, question: int) -> list[int | None]:
    """From each state how far it is to the nearest in which this is so: layer by layer, over all steps."""
    far: list[int | None] = [
        0 if back.bits("questions", at) >> question & 1 else None for at in range(back.head["states"])
    ]
    targets, steps = back.targets, 0
    while True:
        steps += 1
        met = [at for at, row in enumerate(targets) if far[at] is None and any(far[one] == steps - 1 for one in row)]
        if not met:
            return far
        for at in met:
            far[at] = steps


def test_every_question_is_answered_by_the_number_of_steps_that_it_takes(
    browser: Any, written: Callable[[str], Path]
) -> None:
    back = read_back(of_scope(scope_named("boot"), graph=0).graphs[0])
    page = Page(browser, written("boot#0"))
    answers = set()
    for number, question in enumerate(back.head["questions"]):
        page.page.select_option("#question", str(number))
        steps = distances(back, number)[0]
        said = page.text("#answer .answer")
        answers.add(steps)
        if steps is None:
            assert said == f"Unreachable in this scope ({back.head['states']:,} states).", question
        elif steps == 0:
            assert said == "it is so here; 0 steps from the beginning.", question
        else:
            assert said.startswith(f"{steps} step{'' if steps == 1 else 's'} from here;"), question
    assert None in answers
    assert len(answers) > 4
    page.close()
