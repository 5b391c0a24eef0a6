"""Whether each step of a graph of the real code is a finite sequence of actions of the protocol, or none.

Decides: which sequence a step is, by search: the shortest, of those who take part in it. Must not know: how worlds are
mapped (``protocol``).

The actions are the model's, and those that real runs are allowed besides, each with its reason: the same table by which
traces are followed (``checkedpool_model.traces.rules``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from checkedpool._core.words import Verdict
from checkedpool.testing import Budget, Scope, World
from checkedpool_model.actions import ACTIONS
from checkedpool_model.actions.minder import is_asleep, wakes
from checkedpool_model.bounds import Bounds, initial
from checkedpool_model.checker.graph import Graph
from checkedpool_model.checker.story import changes
from checkedpool_model.checker.system import Action, Fair, Seen
from checkedpool_model.properties import terminal
from checkedpool_model.state import State
from checkedpool_model.traces.rules import TraceAction, is_pending, table
from checkedpool_spec.vocabulary import DeathPolicy
from tests.bridge.protocol import as_protocol, bounds_of, forgotten
from tests.bridge.system import Code

__all__ = ["Followed", "actions", "follow", "is_followed"]

LONGEST = 12
"""Actions of the protocol that one step may be at most."""
ACTORS = {
    "client": ("Client", "ManagerForgets", "ManagerWakes"), "manager": ("Manager",),
    "worker": ("Worker", "ManagerWakes"), "nature": ("WorkerCrashes", "ManagerWakes"), "user": ("Thread", "Manager"),
}  # fmt: skip
"""Of each step's first word: how the names of the actions begin that it may be."""


@cache
def actions(lanes: int, threads: int) -> tuple[TraceAction, ...]:
    """The table by which traces are followed, and what only shows where every interleaving is looked at."""
    rows = table(lanes, threads)
    rows["ManagerTakesRequest"] = rows["ManagerTakesRequest"].without("break_is_carried_out")
    back = next(action for action in ACTIONS if action.name == "ManagerTakesTicketsBack")
    late = next(action for action in ACTIONS if action.name == "ManagerBreaks")
    late = late.without("is_not_to_cancel").without("is_oldest")
    return (
        *rows.values(),
        # It is rung for what the model has no message for: that a task was withdrawn, that a lock is free.
        Action("ManagerWakesInVain", "", (is_asleep,), wakes, Fair.NONE, Seen.HIDDEN, "", "manager"),
        # It was not told of the death yet: an order to leave that comes back is given once more.
        replace(
            back.without("is_to_be_emptied").without("has_tickets_to_take"), name="ManagerTakesTicketsBackUnawares"
        ),
        # The future's lock was held when the pool broke: a user-code thread tells it, whatever was asked meanwhile.
        replace(late, name="ManagerBreaksLate", guard=(*late.guard, is_pending)),
    )


@dataclass(frozen=True, slots=True)
class Followed:
    """What following a graph has come to."""

    used: frozenset[str]
    """The actions that some step was."""
    longest: int
    story: tuple[str, ...] = ()
    """The step that is no sequence of actions, how it is reached, what it changes."""


class Paths:
    """Finds sequences, and remembers what it has found. States are known by number: to hash one takes long."""

    def __init__(self, k: Bounds) -> None:
        self.k = k
        sizes = {"": 1, "lane": k.lanes, "task": k.tasks, "client": len(k.script), "thread": k.threads,
                 "message": max(k.tasks, 5, k.lanes)}  # fmt: skip
        moves = [(row, index) for row in actions(k.lanes, k.threads) for index in range(sizes[row.over])]
        self.moves = {who: [move for move in moves if move[0].name.startswith(names)] for who, names in ACTORS.items()}
        self.states: list[State] = []
        self.numbers: dict[State, int] = {}
        self.after: dict[tuple[str, int], list[tuple[str, int]]] = {}
        self.paths: dict[tuple[str, int, int], tuple[str, ...] | None] = {}

    def number(self, s: State) -> int:
        """The number of a state, a new one if it was not met before."""
        number = self.numbers.setdefault(s, len(self.states))
        if number == len(self.states):
            self.states.append(s)
        return number

    def find(self, who: str, before: int, after: int) -> tuple[str, ...] | None:
        """The shortest sequence of this actor's actions from one state to the other; None: there is none."""
        if before == after:
            return ()
        question = who, before, after
        if question not in self.paths:
            self.paths[question] = self._search(who, before, after)
        return self.paths[question]

    def _search(self, who: str, before: int, after: int) -> tuple[str, ...] | None:
        met: dict[int, tuple[str, ...]] = {before: ()}
        layer = [before]
        for _ in range(LONGEST):
            following: list[int] = []
            for number in layer:
                for name, reached in self._steps(who, number):
                    if reached not in met:
                        met[reached] = (*met[number], name)
                        following.append(reached)
            if after in met:
                return met[after]
            layer = following
        return None

    def _steps(self, who: str, number: int) -> list[tuple[str, int]]:
        key = who, number
        if key not in self.after:
            s = self.states[number]
            self.after[key] = [
                (action.name, self.number(forgotten(action.effect(self.k, s, index))))
                for action, index in self.moves.get(who, ())
                if _is_enabled(action, self.k, s, index)
            ]
        return self.after[key]


def _is_enabled(action: TraceAction, k: Bounds, s: State, index: int) -> bool:
    try:
        return action.enabled(k, s, index)
    except (IndexError, TypeError):  # asked of an index that this state has not, or of a client in another call
        return False


def is_followed(scope: Scope) -> bool:
    """Whether the mapping speaks of what this scope has: forked workers, one client, crashes, plain values.

    Two workers beside a cancel are too much for it: what one worker's death makes of the other's tickets while a
    canceller is at them is no state of the protocol.
    """
    if scope.workers > 1 and any(call.what == "cancel" for call in scope.calls):
        return False
    beside = scope.callbacks, scope.interrupts, scope.fine, scope.call_pipe, scope.result_pipe, scope.chunk
    odd = any(call.keep or call.body is not None for call in scope.calls)
    plain = scope.verdict is Verdict.PLAIN and scope.budget == Budget(kills=scope.budget.kills) and not odd
    starts = scope.scripts[0][0].what == "submit" and len(scope.scripts) == 1
    breaks = not scope.on_demand and scope.policy is DeathPolicy.BREAK
    return plain and starts and breaks and not any(beside) and scope.task_limit is None and not scope.late_ends


def follow(code: Code, graph: Graph[World]) -> Followed:
    """Follow every edge; the first that is no sequence ends it, as does an end that is none in the protocol."""
    k = bounds_of(code.scope)
    images = [as_protocol(k, w) for w in graph.states]
    if images[0] != initial(k):
        return Followed(frozenset(), 0, ("the first world is not the protocol's first state",))
    wrong = next((at for at, targets in enumerate(graph.targets) if not targets and not terminal(k, images[at])), None)
    if wrong is not None:
        return Followed(frozenset(), 0, ("an end is no end of the protocol", *_steps(graph, graph.way_to(wrong))))
    return _every_edge(graph, images, Paths(k))


def _every_edge(graph: Graph[World], images: list[State], paths: Paths) -> Followed:
    used: set[str] = set()
    longest = 0
    numbers = [paths.number(image) for image in images]
    for at in range(graph.expanded):
        for move, target in graph.edges(at):
            who = graph.moves[move].action.split()[0]
            path = paths.find(who, numbers[at], numbers[target])
            if path is None:
                return Followed(frozenset(used), longest, tuple(_story(graph, images, at, target)))
            used.update(path)
            longest = max(longest, len(path))
    return Followed(frozenset(used), longest)


def _story(graph: Graph[World], images: list[State], at: int, target: int) -> Iterator[str]:
    yield "the last of these steps is no sequence of actions of the protocol"
    yield from _steps(graph, [*graph.way_to(at), target])
    yield "in the protocol it changes"
    yield from (f"  {change}" for change in changes(images[at], images[target]))


def _steps(graph: Graph[World], way: list[int]) -> Iterator[str]:
    for number, (move, _) in enumerate(graph.steps(way), 1):
        yield f"  {number}. {graph.moves[move].action} {graph.moves[move].index}"
