"""The graph in the file is the model's: states, steps, guards, renamings. Must not know: the page."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from checkedpool_model.checker.compile import moves_of, successors_by_the_table
from checkedpool_model.checker.guards import guards_of
from checkedpool_model.checker.system import System
from checkedpool_model.checker.walked import Renaming, walk
from checkedpool_model.explorer.renaming import NoRenamingError, stands
from checkedpool_model.explorer.subjects import of_exhibit, of_scope
from checkedpool_model.museum import EXHIBITS, exhibit_named
from checkedpool_model.museum.exhibit import Exhibit
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.protocol.symmetry import renumbered, tasks_renumbered
from checkedpool_model.runs import ScopeRun
from checkedpool_model.scopes.all import SCOPES, scope_named, systems
from tests.explorer.reading import read_back


def some_graph(name: str, number: int = 0) -> System[Bounds, State]:
    return list(systems(scope_named(name), ACTIONS))[number]


def renamed(state: State, renaming: Renaming) -> State:
    orders = dict(renaming)
    state = tasks_renumbered(state, orders.get("task", tuple(range(len(state.tasks)))))
    state = state._replace(threads=tuple(state.threads[i] for i in orders.get("thread", range(len(state.threads)))))
    return renumbered(state, orders.get("lane", tuple(range(len(state.lanes)))))


@pytest.mark.parametrize(("name", "number"), [("boot", 0), ("replace", 0), ("blocking-callback", 0)])
def test_each_step_of_a_merged_graph_is_a_step_of_the_table_renamed(name: str, number: int) -> None:
    system = some_graph(name, number)
    successors = successors_by_the_table(system)
    assert system.canonical
    found = walk([system.initial], successors, stands=stands(system.canonical), limit=400)
    assert len(found.renamings) > 1
    for at in range(found.expanded):
        steps = successors(found.states[at])
        assert [move for move, _ in steps] == list(found.enabled[at])
        for (_, after), target, renaming in zip(steps, found.targets[at], found.renamed[at], strict=True):
            assert renamed(after, found.renamings[renaming]) == found.states[target]


def test_a_state_that_stands_for_another_by_no_renaming_is_found() -> None:
    system = some_graph("boot")
    other = system.initial._replace(broken=True)
    with pytest.raises(NoRenamingError):
        stands(lambda _: other)(system.initial)


@pytest.mark.parametrize("name", ["orphans", "exit-handlers"])
def test_a_scope_has_as_many_states_and_steps_as_the_checker_counts(
    name: str, counted: Callable[[str], ScopeRun]
) -> None:
    made = of_scope(scope_named(name))
    expected = counted(name)
    assert len(made.graphs) == expected.graphs
    assert sum(graph.states for graph in made.graphs) == expected.states
    assert sum(graph.steps for graph in made.graphs) == expected.transitions
    assert not made.left_out


def test_in_every_state_those_moves_are_possible_whose_conjuncts_all_hold() -> None:
    (graph,) = of_scope(scope_named("orphans")).graphs
    back = read_back(graph)
    conjuncts, actions = back.head["conjuncts"], back.head["actions"]
    for at, enabled in enumerate(back.enabled):
        bits = back.bits("guards", at)
        holding = []
        for number, (action, index, *_) in enumerate(back.head["moves"]):
            asked = [conjuncts[one] for one in actions[action]["guard"]]
            if all(bits >> one["bit"] + (index if one["width"] > 1 else 0) & 1 for one in asked):
                holding.append(number)
        assert sorted(enabled) == holding


def test_a_conjunct_that_is_dropped_is_missed() -> None:
    """The test above can fail: without one conjunct of one action the bits and the graph part."""
    system = some_graph("orphans")
    actions = tuple(action.without("waits") if action.name == "WorkerBegins" else action for action in system.actions)
    wrong = guards_of(replace(system, actions=actions))
    walked = walk([system.initial], successors_by_the_table(system))
    needed = wrong.needed()
    assert any(
        sorted(enabled) != [move for move, bits in enumerate(needed) if not bits & ~held]
        for enabled, held in zip(walked.enabled, wrong.asked(walked.states), strict=True)
    )


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda exhibit: exhibit.name)
def test_an_exhibit_has_both_designs_and_a_run_that_fails(exhibit: Exhibit) -> None:
    made = of_exhibit(exhibit)
    assert [graph.states for graph in made.graphs] == [exhibit.broken_states, exhibit.fixed_states]
    broken, fixed = map(read_back, made.graphs)
    assert len(broken.head["runs"][0]["moves"]) == exhibit.steps
    at = 0
    for move in broken.head["runs"][0]["moves"]:
        at = broken.targets[at][broken.enabled[at].index(move)]
    same = fixed.head["runs"][0]
    assert same["name"] == "the same steps"
    assert len(same["moves"]) <= exhibit.steps


def test_what_lies_beyond_the_limit_is_left_out_and_said() -> None:
    made = of_scope(scope_named("orphans"), limit=100)
    (graph,) = made.graphs
    assert not graph.whole
    back = read_back(graph)
    assert back.head["expanded"] == 100
    assert len(back.columns["enabled"]) == 100
    (sentence,) = made.left_out
    assert f"the {graph.states:,} states nearest to the beginning are here" in sentence


def test_graphs_for_which_there_is_no_room_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checkedpool_model.explorer.subjects.ROOM", 30_000)
    made = of_scope(scope_named("boot"), limit=500)
    assert len(made.graphs) < 3
    assert any("there is no room for" in sentence for sentence in made.left_out)


def test_no_name_is_both_a_scope_and_an_exhibit() -> None:
    assert not {scope.name for scope in SCOPES} & {exhibit.name for exhibit in EXHIBITS}


def test_the_moves_of_a_run_are_those_of_the_table() -> None:
    exhibit = exhibit_named("full-pipe")
    back = read_back(of_exhibit(exhibit).graphs[0])
    names = [back.head["actions"][action]["name"] for action, *_ in back.head["moves"]]
    assert names == [action.name for action, _ in moves_of(exhibit.broken)]
