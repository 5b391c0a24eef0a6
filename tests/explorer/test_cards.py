"""The words of the explorer's cards: each value that the protocol's state may have has some.

Decides: that none is forgotten. Must not know: which words they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import pytest

from checkedpool_model.checker.compile import successors_by_the_table
from checkedpool_model.explorer import pool_cards
from checkedpool_model.explorer.pool_cards import families
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.state import End, Handed, Job, Manager, Mark, Note, Slot, Step, Worker
from checkedpool_model.scopes.all import scope_named, systems

UNSAID: dict[type[IntEnum], set[IntEnum]] = {End: {End.OPEN}, Job: {Job.NOTHING}, Mark: {Mark.NOBODY}}
"""Instead of these, something else is said."""


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (Step, pool_cards.CLIENT), (Manager, pool_cards.MANAGER), (Worker, pool_cards.WORKER), (Slot, pool_cards.SLOT),
        (End, pool_cards.FUTURE), (Handed, pool_cards.HANDED), (Job, pool_cards.JOB), (Note, pool_cards.NOTE),
        (Mark, pool_cards.MARK),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)  # fmt: skip
def test_each_value_of_a_state_has_words(values: type[IntEnum], words: Mapping[Any, object]) -> None:
    assert set(words) == set(values) - UNSAID.get(values, set())


def test_a_pool_that_is_resized_shows_the_number_on_its_way_and_the_one_that_holds() -> None:
    system = next(systems(scope_named("resize"), ACTIONS))
    cards = {family.name: family for family in families(system.constants)}
    successors = successors_by_the_table(system)
    asked = next(state for _, state in successors(system.initial) if state.inbox)
    (inbox,) = cards["inbox"].members(asked)
    assert cards["inbox"].card(inbox).rows[0].items == (("workers:", "2"),)
    (manager,) = cards["manager"].members(asked)
    assert ("workers", (("1 at most",),)) in [(row.label, row.items) for row in cards["manager"].card(manager).rows]
