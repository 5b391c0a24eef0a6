"""What is made alike: nobody could tell the difference, and a difference that somebody could tell is noticed.

Decides: in which scopes it is looked at, what may be seen of a world. Must not know: what is dead (``alike``).
"""

from collections.abc import Hashable
from dataclasses import replace
from functools import cache

import pytest

from checkedpool._core import messages
from checkedpool._core.manager import Manager, Settings
from checkedpool.testing import Budget, Lane, Scope, World, cancel, shutdown, submit
from checkedpool_model.checker.explore import explore
from checkedpool_model.checker.graph import Graph
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.checks.conformance import alike
from tests.checks.conformance.allowed import is_followed
from tests.checks.conformance.bisimilar import are_bisimilar
from tests.checks.conformance.constants import bounds_of
from tests.checks.conformance.contract import as_contract
from tests.checks.conformance.protocol import as_protocol
from tests.checks.conformance.scopes import EXIT, FORKED, KILL, ONE, REPLACING, submits
from tests.checks.conformance.system import LEADS_TO, Code, system_of

TWO = replace(FORKED, workers=2, budget=KILL)


def seen(code: Code, w: World) -> Hashable:
    """All that is asked of a world: what it is to a caller and in the protocol, what is owed, whether it is right."""
    owed = tuple(claim.when(code, w) for claim in LEADS_TO)
    return w.wrong, owed, as_contract(code, w), image(code, w), not code.steps(w) and code.why_not_the_end(w)


def image(code: Code, w: World) -> Hashable:
    """What it is in the protocol; a world in which something is missing has no image."""
    if not is_followed(code.scope):
        return None
    try:
        return as_protocol(bounds_of(code.scope), w)
    except KeyError as missing:
        return str(missing)


def graph(scope: Scope, *, every: bool) -> Graph[World]:
    return explore(system_of(scope, every=every).without_claims(), keep=True).kept


def are_alike(scope: Scope) -> bool:
    """Whether the graph of all worlds and that of those which stand for them are bisimilar; the latter is smaller."""
    code = Code(scope, every=True)
    all_of_them, standing = graph(scope, every=True), graph(scope, every=False)
    assert len(standing.states) < len(all_of_them.states)
    return are_bisimilar((all_of_them, standing), lambda w: seen(code, w))


are_alike_as_it_is = cache(are_alike)
"""For the control of what is broken on purpose: asked before it is, and the answer is always the same."""


@pytest.mark.slow
@pytest.mark.one_in(5, "make test-all alone")
@pytest.mark.parametrize(
    "scope",
    [
        replace(FORKED, scripts=((*submits(2), EXIT),), task_limit=1, on_demand=True),
        replace(TWO, scripts=((submit(0), shutdown(ShutdownLevel.CANCEL)),)),
        replace(TWO, scripts=((submit(0), shutdown(ShutdownLevel.KILL, wait=False), submit(1), EXIT),)),
        replace(FORKED, scripts=((*submits(2), cancel(0), EXIT),), budget=KILL),
        replace(FORKED, scripts=(ONE,), budget=Budget(kills=1, grandchildren=1, thefts=1), late_ends=True, fine=True),
        replace(FORKED, scripts=(submits(2),), call_pipe=30, result_pipe=10, chunk=20, budget=KILL),
        replace(REPLACING, scripts=(ONE,), budget=Budget(bad_starts=1, servers=1)),
        replace(FORKED, scripts=(ONE, (cancel(0),)), budget=KILL, callbacks=True),
        replace(REPLACING, scripts=((submit(0), cancel(0), EXIT),), budget=KILL),
    ],
    ids=str,
)
def test_nobody_can_tell_a_world_from_the_one_that_stands_for_it(scope: Scope) -> None:
    assert are_alike(scope)


@pytest.mark.parametrize("field", ["result", "tickets", "ticketed", "gone"])
def test_whoever_takes_for_dead_what_is_not_is_noticed(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    right = alike._lane

    def too_much(scope: Scope, lane: Lane, booked: bool) -> Lane:
        made = right(scope, lane, booked)
        return made if made.alive else made._replace(**{field: Lane._field_defaults[field]})

    scope = replace(FORKED, scripts=(ONE,), budget=KILL, late_ends=True)
    assert are_alike_as_it_is(scope)
    monkeypatch.setattr(alike, "_lane", too_much)
    assert not are_alike(scope)


@pytest.mark.parametrize("first", [0, 1])
def test_lanes_are_not_interchangeable(first: int) -> None:
    """Whichever was ready first, of two that have nothing to do the lower one is dealt to: so no symmetry is used."""
    m = Manager(Settings(2, on_demand=False), (0, 1))
    m.step([messages.Tick(0.0), messages.Ready(first), messages.Ready(1 - first)])
    commands = m.step([messages.Tick(0.0), messages.Submitted((0,))])
    assert [op.lane for op in commands if isinstance(op, messages.Send)] == [0]
