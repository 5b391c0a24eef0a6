"""The table with all bodies in it finds what the table read row by row finds: state by state, step by step.

Decides: that nothing is lost or changed on the way to source text, and that this would be seen. Must not know: what the
text looks like.
"""

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple, TypeVar

import pytest

from checkedpool_model.checker import compile as compiling
from checkedpool_model.checker import explore as exploring
from checkedpool_model.checker import inline
from checkedpool_model.checker.claims import Claims
from checkedpool_model.checker.compile import (
    Table,
    inlined,
    successors_by_the_table,
    successors_compiled,
    successors_inlined,
    table_of,
)
from checkedpool_model.checker.explore import Exploration, explore
from checkedpool_model.checker.inline import Code, Elements, Inliner, Known, Record, Term
from checkedpool_model.checker.system import Always, System
from checkedpool_model.mutants.by_hand import MUTANTS, Mutant
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.scopes.all import SCOPES, Scope, scope_named, systems
from tests.bench_model.pool import system as pool
from tests.model.tiny import Jugs, action, jugs

K = TypeVar("K")
S = TypeVar("S")

FEW = 400
"""States of a graph that are compared, if it has more: spread over all of them."""


def first(scope: Scope) -> System[Bounds, State]:
    return next(systems(scope, ACTIONS))


def compared(system: System[K, S], states: Iterable[S]) -> int:
    """How many steps were compared."""
    plain, compiled, asked = successors_by_the_table(system), successors_inlined(system), successors_compiled(system)
    steps = 0
    for state in states:
        found = compiled(state)
        assert found == asked(state)
        assert sorted(found) == sorted(plain(state))
        assert [type(after) for _, after in found] == [type(state)] * len(found)
        steps += len(found)
    return steps


def spread(states: Iterable[S]) -> list[S]:
    known = list(states)
    return known[:: max(1, len(known) // FEW)]


@pytest.mark.one_in(10, "make test-all alone")
@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)
def test_each_scopes_first_graph_has_the_same_steps(scope: Scope) -> None:
    system = first(scope)
    states = spread(explore(system.without_claims(), limit=3_000, keep=True).kept.states)
    assert compared(system, states) > len(states) // 2


@pytest.mark.one_in(10, "make test-all alone")
@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)
def test_each_scopes_first_graph_has_the_same_claims_and_witnesses(scope: Scope) -> None:
    system = first(scope)
    written, text = Claims(system), Claims(system)
    fails = text.inlined(Table())
    for state in spread(explore(system.without_claims(), limit=3_000, keep=True).kept.states):
        assert fails(state) == written.fails(state)
    assert text.seen == written.seen
    assert [asked for _, asked, _ in text.groups] == [asked for _, asked, _ in written.groups]
    assert text.numbers == written.numbers


def never(number: int, *reads: str) -> Always[None, Jugs]:
    return Always(f"never_{number}", lambda _k, s: s.big != number, lambda _k, s: s.small > 1, reads)


@pytest.mark.parametrize(
    "claims",
    [(never(4),), (never(4, "big", "small"),), (never(5, "small", "big"), never(1)), (never(9), never(8, "big"))],
    ids=lambda claims: "-".join(f"{claim.name}({','.join(claim.reads)})" for claim in claims),
)
def test_a_claim_fails_where_it_fails(claims: tuple[Always[None, Jugs], ...], monkeypatch: pytest.MonkeyPatch) -> None:
    system = jugs(*claims)
    assert_same_graph(system, monkeypatch)


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (1, 3)])
def test_the_benchmarks_pool_has_the_same_steps(size: tuple[int, int]) -> None:
    system = pool(*size)
    states = explore(system, keep=True).kept.states
    assert compared(system, states) > len(states)


def row_by_row(system: System[K, S]) -> System[K, S]:
    """The system whose steps are found row by row, in the order of the compiled table."""
    order = {move: place for place, move in enumerate(compiling.order_of(system))}
    plain = successors_by_the_table(system)
    return replace(system, found=lambda state: sorted(plain(state), key=lambda step: order[step[0]]))


def assert_same_graph(system: System[K, S], patch: pytest.MonkeyPatch, limit: int = 5_000) -> None:
    """Explored row by row with claims as they are written, and by text alone."""
    patch.setattr(compiling, "_tables", {})
    patch.setattr(exploring, "PAYS", 10**9)
    expected = of(explore(row_by_row(system), limit=limit, keep=True))
    patch.setattr(exploring, "PAYS", 0)
    assert of(explore(system, limit=limit, keep=True)) == expected


def of(found: Exploration[S]) -> tuple[object, ...]:
    """All that a search has found, but for the time that it took."""
    graph = found.kept
    return (
        found.verdict, found.states, found.transitions, found.depth, found.fired, found.seen, found.counterexample,
        graph.states, graph.parent, graph.enabled, graph.targets,
    )  # fmt: skip


@pytest.mark.parametrize(
    "system",
    [pool(2, 2), pool(2, 2, symmetry=True), *(first(scope_named(name)) for name in ("boot", "values", "idle"))],
    ids=lambda system: system.name,
)
def test_a_search_finds_the_same_graph(system: System[Bounds, State], monkeypatch: pytest.MonkeyPatch) -> None:
    assert_same_graph(system, monkeypatch)


@pytest.mark.one_in(18, "make test-all alone")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_broken_protocol_is_broken_in_the_same_way(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    system = next(systems(scope_named(mutant.scope), mutant.change(ACTIONS)))
    assert_same_graph(system, monkeypatch, limit=1_500)


# --- what could go wrong ----------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """A row that grows."""

    at: tuple[int, ...] = (0,)


def test_a_tuple_that_grows_is_found_as_it_is_written() -> None:
    row = action("RowGrows", lambda _k, s, _i: Row((*s.at, len(s.at))), lambda _k, s, _i: len(s.at) < 4)
    system = System("row", None, Row(), (row,), {}, lambda _k, s: len(s.at) == 4)
    assert compared(system, (Row(tuple(range(length))) for length in range(1, 5))) == 3


def _grows(_k: None, s: Row, _i: int) -> Row:
    return Row((*s.at, len(s.at)))


def _may_grow(_k: None, s: Row, _i: int) -> bool:
    return len(s.at) < 6


def test_a_claim_about_a_tuple_is_asked_of_each_of_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    short: Always[None, Row] = Always("short", lambda _k, s: len(s.at) < 4, lambda _k, s: len(s.at) > 1, ("at",))
    row = action("RowGrows", _grows, _may_grow)
    system = System("row", None, Row(), (row,), {}, lambda _k, s: len(s.at) == 6, (short,))
    assert_same_graph(system, monkeypatch)
    found = explore(system).counterexample
    assert found is not None
    assert [len(state.at) for state in found.states] == [1, 2, 3, 4]


def test_what_is_not_understood_is_called() -> None:
    def loops(_k: None, s: Row, _i: int) -> bool:
        for one in s.at:  # noqa: SIM110 - it is to be a loop
            if one > 1:
                return False
        return True

    row = action("RowLoops", lambda _k, s, _i: s._replace(at=(2,)), loops)
    system = System("row", None, Row(), (row,), {}, lambda _k, s: s.at == (2,))
    assert "if loops_" in inlined(system)[1]
    assert compared(system, (Row((0,)), Row((2,)))) == 1


def test_graphs_of_one_table_share_its_text() -> None:
    left, right, *_ = systems(scope_named("2x2"), ACTIONS)
    assert table_of(left) is table_of(right)
    assert table_of(left) is not table_of(first(scope_named("gate")))
    assert table_of(pool(1, 2)) is not table_of(pool(2, 1))


def _all_that_are_there_are_large(_k: None, s: Row, _i: int) -> bool:
    return all(one > 1 for one in s.at if one)


def _one_that_is_there_is_small(_k: None, s: Row, _i: int) -> bool:
    return any(one < 2 for one in s.at if one)


def quantified() -> System[None, Row]:
    """Guards that go through some of the elements."""
    rows = (
        action("RowIsLarge", lambda _k, s, _i: s._replace(at=s.at[::-1]), _all_that_are_there_are_large),
        action("RowIsSmall", lambda _k, s, _i: s._replace(at=s.at[:0]), _one_that_is_there_is_small),
    )
    return System("quantified", None, Row((0, 0)), rows, {}, lambda _k, _s: True)


PAIRS = [Row((one, other)) for one in range(3) for other in range(3)]


def test_guards_that_go_through_some_of_the_elements_are_the_same() -> None:
    assert "all(" not in inlined(quantified())[1]
    assert compared(quantified(), PAIRS) == len(PAIRS)


Broken = Callable[[pytest.MonkeyPatch], None]


def _drops_a_guard(patch: pytest.MonkeyPatch) -> None:
    whole = Inliner.condition

    def condition(self: Inliner, function: object, arguments: list[Term]) -> str | bool:
        dropped = getattr(function, "__name__", "") in {"is_pending", "_queue_has_room"}
        return True if dropped else whole(self, function, arguments)

    patch.setattr(Inliner, "condition", condition)


def _takes_the_element_before(patch: pytest.MonkeyPatch) -> None:
    whole = inline._Frame._taken

    def taken(self: inline._Frame, of: Term, at: ast.expr) -> Term:
        found = whole(self, of, at)
        return of.items[of.items.index(found) - 1] if isinstance(of, Elements) and found in of.items else found

    patch.setattr(inline._Frame, "_taken", taken)


def _forgets_a_change(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inline, "_changed", lambda record, _fields: record)


def _takes_and_for_or(patch: pytest.MonkeyPatch) -> None:
    whole = inline._Frame._joined
    patch.setattr(inline._Frame, "_joined", lambda self, _every, terms: whole(self, every=True, terms=terms))


def _looks_at_one_only(patch: pytest.MonkeyPatch) -> None:
    whole = inline._Frame._each
    patch.setattr(inline._Frame, "_each", lambda self, made: list(whole(self, made))[:1])


def _slices_too_far(patch: pytest.MonkeyPatch) -> None:
    whole = inline._Frame._sliced

    def sliced(self: inline._Frame, of: Term, lower: Term, upper: Term) -> Term:
        if isinstance(lower, Known) and isinstance(lower.value, int) and isinstance(upper, Known):
            lower = Known(lower.value - 1)
        return whole(self, of, lower, upper)

    patch.setattr(inline._Frame, "_sliced", sliced)


def _says_that_nothing_was_possible(patch: pytest.MonkeyPatch) -> None:
    whole = compiling._Inlined.body
    patch.setattr(
        compiling._Inlined, "body", lambda self: (line.replace("busy = True", "pass") for line in whole(self))
    )


def _puts_the_late_step_last(patch: pytest.MonkeyPatch) -> None:
    whole = compiling._Inlined.body
    patch.setattr(
        compiling._Inlined,
        "body",
        lambda self: (line.replace("found[late:late]", "found[99:]") for line in whole(self)),
    )


def _builds_a_plain_tuple(patch: pytest.MonkeyPatch) -> None:
    whole = Inliner.text
    patch.setattr(
        Inliner, "text",
        lambda self, term: whole(self, term).replace(f"new({self.constant(term.kind)}, (", "((")
        if isinstance(term, Record) and not term.whole else whole(self, term),
    )  # fmt: skip


def _computes_it_before_it_is_sure(patch: pytest.MonkeyPatch) -> None:
    whole = Inliner.once

    def once(self: Inliner, term: Term) -> Term:
        here, self.written = self.written, self.written if self.written is not None else []
        made = whole(self, term)
        self.written = here
        return made

    patch.setattr(Inliner, "once", once)


def _negates_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(inline._Frame, "_negated", lambda _self, term: term)


def _takes_the_other_branch(patch: pytest.MonkeyPatch) -> None:
    whole = inline._Frame._either
    patch.setattr(inline._Frame, "_either", lambda self, holds, one, other: whole(self, holds, other, one))


BROKEN: tuple[Broken, ...] = (
    _drops_a_guard, _takes_the_element_before, _forgets_a_change, _takes_and_for_or, _looks_at_one_only,
    _slices_too_far, _says_that_nothing_was_possible, _puts_the_late_step_last, _builds_a_plain_tuple,
    _computes_it_before_it_is_sure, _takes_the_other_branch, _negates_nothing,
)  # fmt: skip

Samples = list[tuple[System[Bounds, State], list[State]]]

SHOWN_IN = ("live-2x2", "order", "user-code", "replace", "on-demand")


@pytest.fixture(scope="module")
def samples() -> Samples:
    graphs = [first(scope_named(name)) for name in SHOWN_IN]
    return [(graph, spread(explore(graph.without_claims(), limit=3_000, keep=True).kept.states)) for graph in graphs]


def all_compared(samples: Samples) -> None:
    for system, states in samples:
        compared(system, states)
    compared(quantified(), PAIRS)


def test_the_samples_are_found_by_the_compiler_as_it_is(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_tables", {})
    all_compared(samples)


@pytest.mark.one_in(2, "make test-all alone")
@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_compiler_that_is_wrong_is_seen(broken: Broken, samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "_tables", {})
    broken(monkeypatch)
    with pytest.raises((AssertionError, NameError, AttributeError, TypeError, IndexError)):
        all_compared(samples)


def test_text_is_code_that_says_what_it_is() -> None:
    assert Inliner().text(Record(Row, {"at": Elements((Known(1), Code("x")))})) == "new(Row_0, ((1, x, ), ))"
