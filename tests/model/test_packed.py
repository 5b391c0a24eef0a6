"""A graph explored with its states packed is the graph that is explored state by state, and wrong packing is seen.

Decides: that counts, verdicts, shortest runs and limits are the same. Must not know: how states are packed.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

import pytest

from checkedpool_model.checker import explore as exploring
from checkedpool_model.checker import layers, packing, parts
from checkedpool_model.checker.compile import successors_by_the_table
from checkedpool_model.checker.explore import Exploration, Verdict, explore
from checkedpool_model.checker.layers import Layers
from checkedpool_model.checker.packing import NoRoomError, Packing, values_of
from checkedpool_model.checker.parts import Parts, Reads
from checkedpool_model.checker.system import Always, Conjunct, System
from tests.bench_model.pool import Pool, State
from tests.bench_model.pool import system as pool
from tests.model.tiny import Counters, Jugs, action, counters, jugs, roundabout

K = TypeVar("K")
S = TypeVar("S")


MOST = 10_000
"""States: no graph here has as many."""


def compared(system: System[K, S], states: Iterable[S]) -> int:
    """How many steps of these states were compared."""
    known, plain, steps = list(states), successors_by_the_table(system), 0
    packed = Packing(type(system.initial), values_of(known))  # type: ignore[arg-type]
    numbers = [packed.packed(state) for state in known]  # type: ignore[arg-type]
    by_parts = Parts(system, packed, numbers)
    for state, number in zip(known, numbers, strict=True):
        found = [(move, packed.state(after)) for move, after in by_parts.steps(number)]
        assert sorted(found) == sorted(plain(state))
        steps += len(found)
    return steps


def of(found: Exploration[S]) -> tuple[object, ...]:
    """What a search has found that does not depend on which state of a layer comes first."""
    wrong = found.counterexample
    return (
        found.verdict, found.depth, found.seen if found.verdict is Verdict.HOLDS else None,
        (found.states, found.transitions, found.fired) if found.verdict is Verdict.HOLDS else None,
        (wrong.claim, len(wrong.moves)) if wrong else None,
    )  # fmt: skip


def assert_same_graph(system: System[K, S], patch: pytest.MonkeyPatch) -> Exploration[S]:
    """Explored state by state, and packed from the first layer on."""
    patch.setattr(exploring, "LARGE", 10**9)
    expected = explore(system, limit=MOST)
    patch.setattr(exploring, "LARGE", 0)
    patch.setattr(Parts, "pays", lambda _parts: True)
    found = explore(system, limit=MOST)
    assert of(found)[2:] == of(expected)[2:]
    assert found.verdict is expected.verdict
    assert found.depth == expected.depth or found.verdict is Verdict.VIOLATED
    return found


class Row(NamedTuple):
    """A row that grows, and how often it has begun anew."""

    at: tuple[int, ...] = (0,)
    grown: int = 0


def _starts_anew(_k: None, s: Row, _i: int) -> Row:
    return s._replace(at=s.at[:1], grown=s.grown + 1)


def _is_long(_k: None, s: Row, _i: int) -> bool:
    return len(s.at) > 2 and s.grown < 3


def _may_grow(_k: None, s: Row, _i: int) -> bool:
    return len(s.at) < 5


def _grows(_k: None, s: Row, _i: int) -> Row:
    return s._replace(at=(*s.at, len(s.at)))


def _has_grown(_k: None, s: Row) -> bool:
    return len(s.at) == 5


def growing() -> System[None, Row]:
    """A guard asks for the length only: the initial one says nothing of the others."""
    rows = (action("RowGrows", _grows, _may_grow), action("RowStartsAnew", _starts_anew, _is_long))
    return System("growing", None, Row(), rows, {}, _has_grown)


def _is_first(_k: None, s: Jugs, _i: int) -> bool:
    for last in range(3, 5):  # noqa: SIM110 - it is to be a loop, which has no text and is left as a call
        if s.big == last:
            return False
    return True


def _goes_round(_k: None, s: Jugs, _i: int) -> Jugs:
    return s._replace(small=(s.small + 1) % 3)


def _goes_on(_k: None, s: Jugs, _i: int) -> Jugs:
    return s._replace(big=s.big + 1)


def _is_last(_k: None, s: Jugs) -> bool:
    return s.big == 3


def _is_zero(_k: None, s: Jugs) -> bool:
    return s.big == 0 and s.small == 0


def _may_go_back(_k: None, s: Jugs, _i: int) -> bool:
    return s.big > 0


def _goes_back(_k: None, s: Jugs, _i: int) -> Jugs:
    return s._replace(big=s.big - 1)


def round_and_on() -> System[None, Jugs]:
    """The state ahead of each is in a circle; another step leads out of it."""
    rows = (action("Round", _goes_round), action("On", _goes_on, _is_first))
    return System("round and on", None, Jugs(), rows, {}, _is_last)


def there_and_back() -> System[None, Jugs]:
    """Only where it begins it may end."""
    rows = (action("On", _goes_on, _is_first), action("Back", _goes_back, _may_go_back), action("Round", _goes_round))
    return System("there and back", None, Jugs(), rows, {}, _is_zero)


def never_full(*reads: str) -> Always[Pool, State]:
    return Always("never_full", lambda _k, s: s.tasks.count(2) < 2 or not s.returned, lambda _k, s: s.returned, reads)


def with_claims(*claims: Always[Pool, State]) -> System[Pool, State]:
    made = pool(1, 2)
    return System(
        made.name, made.constants, made.initial, made.actions, made.sizes, made.terminal, (*made.always, *claims)
    )


def stops_nowhere(_k: Pool, _s: State) -> bool:
    return False


def ends_whole(_k: Pool, s: State) -> bool:
    return s.ended and s.returned and not s.broken


def ended_by(terminal: Callable[[Pool, State], bool]) -> System[Pool, State]:
    made = pool(1, 2)
    return System(made.name, made.constants, made.initial, made.actions, made.sizes, terminal)


@pytest.mark.parametrize("size", [(1, 1), (1, 3), (2, 2)])
def test_the_benchmarks_pool_has_the_same_steps_by_parts(size: tuple[int, int]) -> None:
    states = explore(pool(*size), keep=True).kept.states
    assert compared(pool(*size), states) > len(states)


SYSTEMS: tuple[System[object, object], ...] = (
    pool(1, 2), jugs(), counters(3), roundabout(), growing(), round_and_on(), there_and_back(),
    counters(2, terminal=lambda _k, _s: False), ended_by(stops_nowhere), ended_by(ends_whole),
    with_claims(never_full()), with_claims(never_full("tasks", "returned")),
)  # type: ignore[assignment] # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_a_packed_search_finds_the_same_graph(system: System[K, S], monkeypatch: pytest.MonkeyPatch) -> None:
    assert_same_graph(system, monkeypatch)


@pytest.mark.parametrize("size", [(1, 3), (2, 2)])
def test_a_packed_search_finds_the_same_pool(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    assert_same_graph(pool(*size), monkeypatch)


def test_a_counterexample_of_a_packed_search_is_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    system = with_claims(never_full("tasks", "returned"))
    found = assert_same_graph(system, monkeypatch).counterexample
    assert found is not None
    steps = successors_by_the_table(system)
    for before, after in zip(found.states, found.states[1:], strict=False):
        assert after in [state for _, state in steps(before)]
    assert found.states[-1].returned
    assert found.states[-1].tasks.count(2) == 2


def test_a_large_graph_of_the_pool_is_packed_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring, "LARGE", 1_000)
    seen: list[int] = []
    whole = Layers.go_on

    def go_on(self: Layers[object, object]) -> None:
        whole(self)
        seen.append(len(self))

    monkeypatch.setattr(Layers, "go_on", go_on)
    assert seen == []
    found = explore(pool(2, 2))
    assert seen[-1] == found.states


def test_what_would_not_pay_is_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring, "LARGE", 0)
    monkeypatch.setattr(Layers, "__init__", None)
    assert explore(counters(4)).states == 256


def test_a_limit_ends_a_packed_search(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring, "LARGE", 0)
    monkeypatch.setattr(layers, "AT_ONCE", 10)
    monkeypatch.setattr(Parts, "pays", lambda _parts: True)
    found = explore(pool(2, 2), limit=500)
    assert (found.verdict, found.stopped) == (Verdict.NOT_FINISHED, "more than 500 states")
    assert 500 < found.states < 600
    found = explore(pool(2, 2), memory_limit=100_000)
    assert found.stopped.startswith("more than 100,000 bytes, by estimate")


class Line(NamedTuple):
    """A queue that opens; ``at`` is where somebody looks."""

    n: int
    is_open: bool
    queue: tuple[int, ...]
    at: int


def _may_fill(_k: None, s: Line, _i: int) -> bool:
    return s.n < 1


def _fills(_k: None, s: Line, _i: int) -> Line:
    return s._replace(n=1, is_open=True, queue=(1,))


def _is_not_empty(_k: None, s: Line, _i: int) -> bool:
    return bool(s.queue)


def _looks_at_the_head(_k: None, s: Line, i: int) -> bool:
    head = s.queue[0]
    return s.is_open if i == 0 else head == i


def _looks_past_the_end(_k: None, s: Line, _i: int) -> bool:
    return s.queue[s.at] == 1


def _divides(_k: None, s: Line, _i: int) -> bool:
    return 3 // s.n == 3


def _has_begun(_k: None, s: Line, _i: int) -> bool:
    return s.at > 0 or bool(s.queue)


def _goes_further(_k: None, s: Line, _i: int) -> Line:
    return s._replace(n=2, at=s.at + (s.at < 3))


def _is_open(_k: None, s: Line) -> bool:
    return s.is_open


def _has_not_gone_further(_k: None, s: Line) -> bool:
    return s.n < 2


def presupposing(*guard: Conjunct[None, Line], claims: tuple[Always[None, Line], ...] = ()) -> System[None, Line]:
    """Its last conjunct raises where one before it does not hold, or for itself."""
    return System(
        "presupposing", None, Line(0, is_open=False, queue=(), at=0),
        (action("Fill", _fills, _may_fill), action("GoOn", _goes_further, *guard)), {}, _is_open, claims,
    )  # fmt: skip


NEVER = Always("it does not go further", _has_not_gone_further, _has_not_gone_further)


@pytest.mark.parametrize("claims", [(), (NEVER,)])
@pytest.mark.parametrize("guard", [(_is_not_empty, _looks_at_the_head), (_has_begun, _divides)])
def test_a_conjunct_that_presupposes_another_is_asked_in_no_state_without_it(
    guard: tuple[Conjunct[None, Line], ...], claims: tuple[Always[None, Line], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a table is read state by state: what is read and not used may raise, and so may a number that is 0."""
    found = assert_same_graph(presupposing(*guard, claims=claims), monkeypatch)
    assert found.verdict is (Verdict.VIOLATED if claims else Verdict.HOLDS)


def test_a_conjunct_that_is_wrong_raises_packed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a move would be missing, and nobody told."""
    monkeypatch.setattr(Parts, "pays", lambda _parts: True)
    for large in 10**9, 0:
        monkeypatch.setattr(exploring, "LARGE", large)
        with pytest.raises(IndexError):
            explore(presupposing(_is_not_empty, _looks_past_the_end))


def _is_below_five(_k: None, s: Counters) -> bool:
    return sum(s.at) < 5


def test_what_is_met_by_the_time_of_a_limit_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A claim fails before there are too many states."""
    few = Always("few steps were made", _is_below_five, _is_below_five)
    monkeypatch.setattr(Parts, "pays", lambda _parts: True)
    for large in 10**9, 0:
        monkeypatch.setattr(exploring, "LARGE", large)
        found = explore(counters(4, always=(few,)), limit=70)
        assert (found.verdict, len(found.counterexample.moves if found.counterexample else ())) == (Verdict.VIOLATED, 5)


def test_the_two_searches_are_compared_where_they_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was explored state by state is explored again: a packed search that loses a state there is refused."""
    monkeypatch.setattr(exploring, "LARGE", 20)
    monkeypatch.setattr(Parts, "pays", lambda _parts: True)
    monkeypatch.setattr(Layers, "go_on", _loses_one(Layers.go_on))
    with pytest.raises(AssertionError, match=r"to a depth of .* this is a bug of the checker"):
        explore(counters(3))


def _loses_one(go_on: Callable[[Layers[K, S]], None]) -> Callable[[Layers[K, S]], None]:
    def broken(layers: Layers[K, S]) -> None:
        go_on(layers)
        if len(layers.last) > 1:
            layers.known.discard(layers.last.pop())

    return broken


def test_a_value_for_which_there_is_no_room_is_refused() -> None:
    packed = Packing(Jugs, [[0, 1], [0]])
    assert packed.packed(Jugs(1, 0)) == 1
    assert packed.state(packed.packed(Jugs(1, 0))) == Jugs(1, 0)
    with pytest.raises(NoRoomError):
        packed.packed(Jugs(0, 1))
    assert Packing(Jugs, packed.values).state(2) == Jugs(0, 1)


# --- what could go wrong ----------------------------------------------------------------------------------------------

Broken = Callable[[pytest.MonkeyPatch], None]


def _a_conjunct_reads_too_little(patch: pytest.MonkeyPatch) -> None:
    whole = Reads.conjunct
    patch.setattr(Reads, "conjunct", lambda self, holds, index: frozenset(sorted(whole(self, holds, index))[1:]))


def _an_effect_reads_too_little(patch: pytest.MonkeyPatch) -> None:
    whole = Reads.effect
    patch.setattr(Reads, "effect", lambda self, effect, index: frozenset(sorted(whole(self, effect, index))[1:]))


def _a_call_reads_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Reads, "_in", lambda self, text: frozenset(at for at, n in enumerate(self.names) if f"s_{n}" in text))


def _a_length_is_taken_for_known(patch: pytest.MonkeyPatch) -> None:
    whole = Reads.conjunct
    patch.setattr(
        Reads, "conjunct", lambda self, holds, i: frozenset() if "grow" in holds.__name__ else whole(self, holds, i)
    )


def _fields_overlap(patch: pytest.MonkeyPatch) -> None:
    whole = Packing._place

    def place(self: Packing[object], field: int) -> None:
        whole(self, field)
        self.width = max(0, self.width - 1)

    patch.setattr(Packing, "_place", place)


def _there_is_always_room(patch: pytest.MonkeyPatch) -> None:
    def code(self: Packing[object], field: int, value: object) -> int:
        if value not in self.codes[field]:
            self.codes[field][value] = len(self.values[field]) << self.shifts[field]
            self.values[field].append(value)
        return self.codes[field][value]

    patch.setattr(Packing, "code", code)


def _the_first_bit_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    whole = packing.bits_of
    patch.setattr(parts, "bits_of", lambda number: list(whole(number))[1:])


def _claims_are_asked_of_too_little(patch: pytest.MonkeyPatch) -> None:
    whole = Layers._read_by_claims
    patch.setattr(Layers, "_read_by_claims", lambda self: [mask & mask - 1 for mask in whole(self)][:1])


def _an_end_reads_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Reads, "predicate", lambda _self, _holds: frozenset())


def _what_is_known_is_met_again(patch: pytest.MonkeyPatch) -> None:
    def go_on(self: Layers[object, object]) -> None:
        self.layers.append(sorted(self.met))
        self.known |= self.met
        self.met = set()
        if len(self.layers) > 40:
            raise AssertionError("it never ends")

    patch.setattr(Layers, "go_on", go_on)


def _what_is_ahead_is_enough(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Layers, "_apart", lambda _self, states, _reaching: states[0] if states else None)


def _nothing_is_trapped(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Layers, "trapped", lambda _self: None)


def _stuck_is_an_end(patch: pytest.MonkeyPatch) -> None:
    whole = Layers.expanded

    def expanded(self: Layers[object, object]) -> Iterable[int]:
        yield from whole(self)
        self.stuck = []

    patch.setattr(Layers, "expanded", expanded)


def all_are_the_same(patch: pytest.MonkeyPatch) -> None:
    for system in SYSTEMS:
        assert_same_graph(system, patch)


BROKEN: tuple[Broken, ...] = (
    _a_conjunct_reads_too_little, _an_effect_reads_too_little, _a_call_reads_nothing, _a_length_is_taken_for_known,
    _fields_overlap, _there_is_always_room, _the_first_bit_is_forgotten, _claims_are_asked_of_too_little,
    _an_end_reads_nothing, _what_is_known_is_met_again, _what_is_ahead_is_enough, _nothing_is_trapped, _stuck_is_an_end,
)  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_packed_search_that_is_wrong_is_seen(broken: Broken, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises((AssertionError, IndexError, KeyError, TypeError, exploring.NotSymmetricError)):
        all_are_the_same(monkeypatch)


def test_every_counter_is_counted() -> None:
    assert compared(counters(2), [Counters((at, other)) for at in range(4) for other in range(4)]) == 24
