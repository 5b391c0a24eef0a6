"""Graphs of the pool model for tests. Decides: how a test gets at the states of a small graph. Knows no claim."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from checkedpool_model.checker.compile import successors_compiled
from checkedpool_model.checker.system import Action, System
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.properties import terminal
from checkedpool_model.protocol.state import End, State
from checkedpool_model.scopes.all import scope_named, systems

Table = tuple[Action[Bounds, State], ...]
PoolSystem = System[Bounds, State]


def graphs(scope: str, actions: Table = ACTIONS, **bounds: object) -> Iterator[PoolSystem]:
    """The systems of a scope, with other actions or other bounds if given."""
    wanted = scope_named(scope)
    changed = replace(wanted.bounds, **bounds)  # type: ignore[arg-type]
    yield from systems(replace(wanted, bounds=changed), actions)


def reachable(system: PoolSystem, standing_for: Callable[[State], State] | None = None) -> set[State]:
    """Every state that can be reached; one of each kind if told which stands for it."""
    successors, kept = successors_compiled(system), standing_for or (lambda state: state)
    first = kept(system.initial)
    known, todo = {first}, [first]
    while todo:
        for _, after in successors(todo.pop()):
            state = kept(after)
            if state not in known:
                known.add(state)
                todo.append(state)
    return known


def outcomes(k: Bounds, states: Iterable[State]) -> set[tuple[End, ...]]:
    """How the futures can have ended when all is over."""
    return {tuple(task.end for task in state.tasks) for state in states if terminal(k, state)}
