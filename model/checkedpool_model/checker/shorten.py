"""From a long walk in which a claim fails to a short one in which the same claim fails.

Decides: what is left out. Must not know: how the walk was found.

First the ways round are cut: of the walk's own states and steps a shortest run is kept. Then pieces are left out, large
ones first, if what remains is possible and still breaks the claim. The result is a run of the system, and short; that
no shorter one exists is not said.
"""

from collections.abc import Sequence
from typing import TypeVar

from checkedpool_model.checker.compile import successors_by_the_table
from checkedpool_model.checker.explore import NO_DEADLOCK, Counterexample
from checkedpool_model.checker.graph import Move
from checkedpool_model.checker.system import System
from checkedpool_model.checker.violations import Violations

__all__ = ["replayed", "shortened"]

K = TypeVar("K")
S = TypeVar("S")

ATTEMPTS = 2000


def shortened(system: System[K, S], claim: str, path: Sequence[int], attempts: int = ATTEMPTS) -> Counterexample[S]:
    """A run, not longer than the path of move numbers, in which the claim fails."""
    best = replayed(system, claim, _without_ways_round(system, path)) or replayed(system, claim, path)
    if best is None:
        raise ValueError(f"{claim} does not fail on this path of {len(path)} steps")
    piece = len(best[0]) // 2
    while piece and attempts:
        begin, before = 0, len(best[0])
        while begin < len(best[0]) and attempts:
            attempts -= 1
            shorter = replayed(system, claim, (*best[0][:begin], *best[0][begin + piece :]))
            if shorter:
                best = shorter
            else:
                begin += piece
        if piece > 1 or len(best[0]) == before:
            piece //= 2
    moves = Violations(system).moves
    return Counterexample(claim, tuple(Move.of(*moves[number]) for number in best[0]), best[1])


def replayed(system: System[K, S], claim: str, path: Sequence[int]) -> tuple[tuple[int, ...], tuple[S, ...]] | None:
    """The path up to where the claim fails, and its states. None: it does not fail, or a move is not possible."""
    violations = Violations(system)
    states = [system.initial]
    if violations.in_state(system.initial) == claim:
        return (), (system.initial,)
    for taken, number in enumerate(path, 1):
        action, index = violations.moves[number]
        before = states[-1]
        if not action.enabled(system.constants, before, index):
            return None
        after = action.effect(system.constants, before, index)
        states.append(after)
        if claim in (violations.in_step(before, number, after), violations.in_state(after)):
            return tuple(path[:taken]), tuple(states)
    stuck = claim == NO_DEADLOCK and not successors_by_the_table(system)(states[-1])
    return (tuple(path), tuple(states)) if stuck and violations.at_an_end(states[-1]) else None


def _without_ways_round(system: System[K, S], path: Sequence[int]) -> tuple[int, ...]:
    """A shortest run over states and steps of the path to the path's last step."""
    moves = Violations(system).moves
    states = [system.initial]
    steps: dict[S, list[tuple[int, S]]] = {}
    for number in path[:-1]:
        action, index = moves[number]
        states.append(action.effect(system.constants, states[-1], index))
        steps.setdefault(states[-2], []).append((number, states[-1]))
    ways: dict[S, tuple[int, ...]] = {system.initial: ()}
    todo = [system.initial]
    for state in todo:
        for number, after in steps.get(state, ()):
            if after not in ways:
                ways[after] = (*ways[state], number)
                todo.append(after)
    return (*ways[states[-1]], *path[-1:])
