"""The estimate of memory. Decides: what is counted, once, and that the estimate errs to the safe side."""

import tracemalloc
from sys import getsizeof

from checkedpool_model.checker.explore import explore
from checkedpool_model.checker.memory import estimate
from tests.model.tiny import Counters, counters


def test_what_things_share_is_counted_once() -> None:
    shared = "x" * 1000
    assert estimate([(shared,), (shared, shared)], ()) == getsizeof(shared) + getsizeof((1,)) + getsizeof((1, 2))


def test_containers_are_counted_by_themselves() -> None:
    container = dict.fromkeys(range(100))
    assert estimate((), (container,)) == getsizeof(container)


def test_what_lies_in_a_mapping_is_counted() -> None:
    assert estimate([{"key": "y" * 1000}], ()) > 1000


def test_what_a_named_tuple_has_beyond_its_items_is_counted() -> None:
    """A search of 100,000 states that are named tuples would hold 800 kB more than their sizes say."""
    states = [Counters((number,)) for number in range(1000, 2000)]
    sizes = sum(getsizeof(state) + getsizeof(state.at) + getsizeof(state.at[0]) for state in states)
    assert estimate(states, ()) == sizes + 8 * len(states)


def test_many_things_are_counted_by_a_sample() -> None:
    things = [("x" * 100 + str(number),) for number in range(10_000)]
    everything = sum(getsizeof(thing) + getsizeof(thing[0]) for thing in things)
    assert abs(estimate(things, ()) - everything) < everything // 50


def test_the_estimate_is_not_below_what_a_search_holds() -> None:
    tracemalloc.start()
    try:
        graph = explore(counters(5), keep=True).graph
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert graph is not None
    guessed = estimate(graph.states, (graph.states, graph.parent, graph.targets, graph.enabled))
    assert held <= guessed + estimate(graph.targets, ()) <= 3 * held
