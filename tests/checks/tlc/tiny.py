"""Tiny graphs with known answers, asked of both referees before anything else.

Decides: which graphs, and what is true of them. Must not know: the pool.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from checkedpool_model.checker.explore import NO_DEADLOCK, Verdict, explore
from checkedpool_model.checker.liveness import check_leads_to
from checkedpool_model.checker.system import Action, Always, Fair, LeadsTo, Seen, System
from tests.checks.tlc.compared import Found

__all__ = ["GRAPHS", "Tiny", "ours"]

NEVER_THERE, AT_LAST = "never_there", "there_at_last"

Edge = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Tiny:
    """A graph, one claim, and what is true."""

    name: str
    edges: tuple[Edge, ...]
    goals: frozenset[int]
    claim: str
    answer: Found
    weak: frozenset[str] = frozenset()
    strong: frozenset[str] = frozenset()

    @property
    def constants(self) -> dict[str, str]:
        """The same for ``Tiny.tla``."""
        return {
            "Edges": _set(f'<<{before}, "{name}", {after}>>' for before, name, after in self.edges),
            "Weak": _set(f'"{name}"' for name in sorted(self.weak)),
            "Strong": _set(f'"{name}"' for name in sorted(self.strong)),
            "Goals": _set(str(goal) for goal in sorted(self.goals)),
        }

    @property
    def is_about_runs(self) -> bool:
        """Whether what is claimed is claimed of fair runs."""
        return self.claim == AT_LAST


def _set(values: Iterable[str]) -> str:
    return "{" + ", ".join(values) + "}"


def ours(graph: Tiny) -> Found:
    """What our checker says."""
    system = _system(graph)
    if graph.is_about_runs:
        at_last = check_leads_to(system)
        if at_last.verdict is Verdict.VIOLATED:
            return Found("violated at last")
    found = explore(system)
    if found.counterexample:
        return Found(found.counterexample.claim, steps=len(found.counterexample.moves))
    return Found("holds", states=found.states, transitions=found.transitions, depth=found.depth)


def _system(graph: Tiny) -> System[None, int]:
    goals = graph.goals
    names = sorted({name for _, name, _ in graph.edges})
    asks_deadlock = graph.claim == NO_DEADLOCK
    return System(
        graph.name,
        None,
        0,
        tuple(_action(graph, name) for name in names),
        {},
        lambda _k, at: at in goals if asks_deadlock else True,
        (Always(NEVER_THERE, lambda _k, at: at not in goals, lambda _k, _at: True),)
        if graph.claim == NEVER_THERE
        else (),
        (),
        (LeadsTo(AT_LAST, lambda _k, at: at == 0, lambda _k, at: at in goals),),
    )


def _action(graph: Tiny, name: str) -> Action[None, int]:
    """One edge from a state has this name, no more."""
    leads = {before: after for before, named, after in graph.edges if named == name}

    def is_there(_k: None, at: int, _i: int) -> bool:
        return at in leads

    fair = Fair.STRONG if name in graph.strong else Fair.WEAK if name in graph.weak else Fair.NONE
    return Action(name, "", (is_there,), lambda _k, at, _i: leads[at], fair, Seen.HIDDEN, "")


# --- the graphs -------------------------------------------------------------------------------------------------------

OUT = frozenset({"out"})
TURN = ((0, "on", 1), (1, "on", 0), (1, "out", 2))
"""Round and round; there is a way out in every second state."""
STAY = ((0, "on", 1), (1, "on", 0), (0, "out", 2), (1, "out", 2))
"""Round and round; there is a way out in each state."""
TWO = frozenset({2})

GRAPHS = (
    Tiny("a line", ((0, "a", 1), (1, "b", 2)), frozenset(), NEVER_THERE, Found("holds", 3, 2, 2)),
    Tiny("a diamond", ((0, "a", 1), (0, "b", 2), (1, "b", 3), (2, "a", 3)), frozenset(), NEVER_THERE,
         Found("holds", 4, 4, 2)),
    Tiny("two names for one step", ((0, "a", 1), (0, "b", 1)), frozenset(), NEVER_THERE, Found("holds", 2, 2, 1)),
    Tiny("a step that changes nothing", ((0, "a", 0), (0, "b", 1)), frozenset(), NEVER_THERE, Found("holds", 2, 2, 1)),
    Tiny("what nobody reaches", ((0, "a", 1), (2, "b", 3)), frozenset({3}), NEVER_THERE, Found("holds", 2, 1, 1)),
    Tiny("the shorter way", ((0, "a", 1), (1, "a", 2), (2, "a", 3), (0, "b", 2)), frozenset({3}), NEVER_THERE,
         Found(NEVER_THERE, steps=2)),
    Tiny("an end that is right", ((0, "a", 1),), frozenset({1}), NO_DEADLOCK, Found("holds", 2, 1, 1)),
    Tiny("a dead end", ((0, "a", 1), (0, "b", 2), (2, "b", 3)), frozenset({3}), NO_DEADLOCK,
         Found(NO_DEADLOCK, steps=1)),
    Tiny("nothing is fair", ((0, "out", 2),), TWO, AT_LAST, Found("violated at last")),
    Tiny("weak fairness ends a wait", ((0, "out", 2),), TWO, AT_LAST, Found("holds", 2, 1, 1), weak=OUT),
    Tiny("weak fairness overlooks what comes and goes", TURN, TWO, AT_LAST, Found("violated at last"),
         weak=frozenset({"out", "on"})),
    Tiny("strong fairness does not", TURN, TWO, AT_LAST, Found("holds", 3, 3, 2), weak=frozenset({"on"}), strong=OUT),
    Tiny("strong fairness does not move what may stop", TURN, TWO, AT_LAST, Found("violated at last"), strong=OUT),
    Tiny("weak fairness takes what is there all the time", STAY, TWO, AT_LAST, Found("holds", 3, 4, 1), weak=OUT),
    Tiny("fair to the one, unfair to the other", ((0, "on", 0), (0, "out", 2)), TWO, AT_LAST,
         Found("violated at last"), weak=frozenset({"on"})),
    Tiny("a step back to where it was is no step", ((0, "on", 0),), frozenset({1}), AT_LAST,
         Found("violated at last"), weak=frozenset({"on"})),
)  # fmt: skip
