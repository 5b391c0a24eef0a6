"""Claims taken apart: the parts say what the claim says. Must not know: the page."""

from typing import Any

import pytest

from checkedpool_model.checker.explore import explore
from checkedpool_model.explorer.blame import Part, blame
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.properties import accepted_future_ends_with_the_pool, never_more_workers_than_allowed
from checkedpool_model.protocol.state import Manager
from checkedpool_model.scopes.all import scope_named, systems


def of_and_or(x: int, y: int) -> bool:
    """Something with both."""
    return x > 0 and (y > 0 or x > 10)


def in_a_loop(values: tuple[int, ...]) -> bool:
    limit = 3
    for value in values:
        if value == 7:
            continue
        if value > limit:
            return value > 100
    return True


def not_any(values: tuple[int, ...]) -> bool:
    return not any(value < 0 for value in values)


def of_two(x: int) -> bool:
    return of_and_or(x, 0) and x < 100


def false_parts(parts: tuple[Part, ...]) -> list[tuple[str, str]]:
    return [(part.text, part.where) for part in parts if not part.holds]


def test_of_an_and_the_part_that_is_false_is_named_with_its_value() -> None:
    assert false_parts(blame(of_and_or, 0, 1)) == [("x > 0", "x is 0")]


def test_of_an_or_all_parts_are_false_or_one_that_holds_is_shown() -> None:
    assert false_parts(blame(of_and_or, 1, 0)) == [("y > 0", "y is 0"), ("x > 10", "x is 1")]
    assert [part.text for part in blame(of_and_or, 1, 1)] == ["x > 0", "y > 0"]


def test_a_loop_with_returns_is_gone_through() -> None:
    assert false_parts(blame(in_a_loop, (1, 7, 5))) == [("value > 100", "value is 5")]
    assert all(part.holds for part in blame(in_a_loop, (1, 7)))


def test_the_element_is_named_for_which_it_is_false() -> None:
    ((text, where),) = false_parts(blame(not_any, (1, -2)))
    assert text == "not any((value < 0 for value in values))"
    assert "value = -2" in where
    assert "number 1" in where


def test_claims_that_call_claims_are_followed() -> None:
    assert false_parts(blame(of_two, 5)) == [("y > 0", "y is 0"), ("x > 10", "x is 5")]


def test_what_has_no_text_is_one_part() -> None:
    assert blame(lambda x: x > 1, 0) == (Part("<lambda>", holds=False),)


@pytest.mark.parametrize("claim", [accepted_future_ends_with_the_pool, never_more_workers_than_allowed])
def test_the_parts_of_a_claim_of_the_model_hold_together_just_when_it_does(claim: Any) -> None:
    system = next(systems(scope_named("boot"), ACTIONS))
    states = explore(system, keep=True).kept.states[::7]
    states = [*states, *(state._replace(manager=Manager.ENDED) for state in states)]
    verdicts = set()
    for state in states:
        holds = claim(system.constants, state)
        verdicts.add(holds)
        assert all(part.holds for part in blame(claim, system.constants, state)) == holds
    assert True in verdicts
