"""The pictures of what a request to end makes of each future.

Decides: that they are what the contract machine says, and what happens in the protocol.  Must not know: where things
stand in them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from checkedpool_model.checker.explore import explore
from checkedpool_model.checker.graph import Graph
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds, Cancel, Kind
from checkedpool_model.protocol.state import State
from checkedpool_model.scopes.all import systems
from checkedpool_model.scopes.scope import SHUTDOWNS, Scope, one_after_another, singles
from checkedpool_model.verify.refines_contract import as_contract
from checkedpool_spec.contract import RULES, Rule
from checkedpool_spec.contract import State as Future
from checkedpool_spec.vocabulary import ShutdownLevel
from tests.pictures.ends import PLACES, REQUESTS, ends_of, places
from tests.pictures.flows import flow
from tests.repo.tree import ROOT

AGAIN = "make it again: python -m tests.pictures"
FOLDER = ROOT / "docs" / "generated"
PAGE = (ROOT / "docs" / "shutdown.md").read_text(encoding="utf-8")
BOUNDS = Bounds(tasks=2, given=2, kinds=(Kind.PLAIN, Kind.BAD_RESULT), sleeps=False)
EVERY = Scope("requests", "", BOUNDS, one_after_another(*singles(SHUTDOWNS)))
CALM = Scope("places", "", replace(BOUNDS, kinds=()), one_after_another((), (Cancel(1),)))

each_request = pytest.mark.parametrize("level", REQUESTS, ids=lambda level: level.name)


@each_request
def test_a_picture_is_up_to_date_and_on_the_page(level: ShutdownLevel) -> None:
    name = f"ends-{level.name.lower()}.svg"
    made = flow(ends_of(level))
    assert (FOLDER / name).read_text(encoding="utf-8") == made, AGAIN
    assert f"(generated/{name})" in PAGE
    ET.fromstring(made)  # noqa: S314 - our own


def test_there_is_a_picture_for_each_request_and_no_other() -> None:
    assert {path.name for path in FOLDER.glob("ends-*.svg")} == {f"ends-{level.name.lower()}.svg" for level in REQUESTS}
    assert list(REQUESTS) == [level for level in ShutdownLevel if level is not ShutdownLevel.OPEN]


# --- what is drawn is what can happen ---------------------------------------------------------------------------------


def graphs(scope: Scope) -> Iterator[tuple[Bounds, Graph[State]]]:
    for system in systems(scope, ACTIONS):
        explored = explore(replace(system, always=(), on_step=()), limit=20_000, keep=True)
        assert explored.graph is not None
        yield system.constants, explored.graph


@each_request
def test_in_the_protocol_a_future_becomes_what_is_drawn_and_nothing_else(level: ShutdownLevel) -> None:
    k, graph = [*graphs(EVERY)][[call.level for call in SHUTDOWNS].index(level)]
    seen = set()
    for at in range(graph.expanded):
        before = as_contract(k, graph.states[at])
        for _, target in graph.edges(at):
            after = as_contract(k, graph.states[target])
            if before.level is level:
                seen |= {(f.state, g.state) for f, g in zip(before.futures, after.futures, strict=True)}
    changes = {(change.before, change.after) for change in ends_of(level).changes}
    assert {(before, after) for before, after in seen if before is not after} == changes


def test_a_future_may_be_in_each_of_the_places() -> None:
    met = {s._replace(clients=()) for _, graph in graphs(CALM) for s in graph.states}
    assert [name for name, place in PLACES.items() if place not in met] == []


# --- and what the page says of it -------------------------------------------------------------------------------------

CELLS = {
    "run": (Future.PENDING, set()),
    "cancelled": (Future.PENDING, {Future.CANCELLED}),
    "own": (Future.RUNNING, set()),
    "own if it arrived in time, else BrokenProcessPool": (Future.RUNNING, {Future.BLAMED}),
}
"""What a cell of the page's matrix says: of a future in that state, what only the request brings about."""


@each_request
def test_the_matrix_says_the_same(level: ShutdownLevel) -> None:
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    (row,) = [row for row in rows if f"`{REQUESTS[level]}`" in row[0] and len(row) == 5]
    asked = {
        before: {change.after for change in ends_of(level).after(before) if change.asked_for}
        for before in (Future.PENDING, Future.RUNNING)
    }
    assert [CELLS[cell] for cell in row[1:4]] == [(places()[name], asked[places()[name]]) for name in COLUMNS]


COLUMNS = ("accepted", "sent ahead", "begun")


# --- another machine is another picture -------------------------------------------------------------------------------


def without(name: str, guard: str = "") -> Sequence[Rule]:
    """The machine without that rule, or with that rule whatever the guard says."""
    assert any(rule.name == name for rule in RULES)
    if not guard:
        return [rule for rule in RULES if rule.name != name]
    return [
        replace(rule, guard=tuple(holds for holds in rule.guard if holds.__name__ != guard))
        if rule.name == name
        else rule
        for rule in RULES
    ]


@pytest.mark.parametrize(
    ("level", "rules"),
    [
        (ShutdownLevel.CANCEL, without("CancelsOnRequest")),
        (ShutdownLevel.DRAIN, without("CancelsOnRequest", "asked_to_cancel")),
        (ShutdownLevel.CANCEL, without("Charges", "a_death_is_uncharged")),
        (ShutdownLevel.KILL, without("Charges")),
        (ShutdownLevel.DRAIN, without("Begins")),
        (ShutdownLevel.CANCEL, without("Succeeds")),
        (ShutdownLevel.DRAIN, without("Ends", "all_settled")),
    ],
    ids=["no cancel", "a drain cancels", "cancel cuts off", "kill does not", "nothing begins", "no value", "no wait"],
)
def test_another_machine_is_another_picture(level: ShutdownLevel, rules: Sequence[Rule]) -> None:
    assert flow(ends_of(level, rules)) != flow(ends_of(level))
