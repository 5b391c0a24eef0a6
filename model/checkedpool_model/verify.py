"""Explore every scope and every mutant, and say what was found.

Decides: what a verification of the model consists of, and when it has succeeded. Must not know: how a report is shown
(``commands``).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter

from checkedpool_model import runs
from checkedpool_model.actions import ACTIONS
from checkedpool_model.again import Finding, system_at
from checkedpool_model.bounds import Bounds
from checkedpool_model.checker.coverage import gaps
from checkedpool_model.checker.explore import DEFAULT_LIMIT, Verdict, explore
from checkedpool_model.checker.liveness import check_leads_to
from checkedpool_model.checker.system import Action
from checkedpool_model.eventually import FAMILIES, family
from checkedpool_model.mutants import MUTANTS, Mutant
from checkedpool_model.properties import ALWAYS, ON_STEP
from checkedpool_model.runs import MutantRun, Runs, ScopeRun
from checkedpool_model.scopes import SCOPES, Scope, systems
from checkedpool_model.state import State

__all__ = ["MutantResult", "Report", "ScopeResult", "run_all", "run_mutant", "run_scope"]

Progress = Callable[[str], None]
Table = tuple[Action[Bounds, State], ...]

NEVER_TOUCHED: dict[str, str] = {}
"""Actions that never fire and claims that are never about anything, each with the reason why that is right."""


@dataclass(frozen=True, slots=True)
class ScopeResult:
    """What exploring all graphs of a scope came to."""

    name: str
    note: str
    verdict: Verdict
    graphs: int
    states: int
    transitions: int
    depth: int
    seconds: float
    fired: tuple[tuple[str, int], ...]
    """How often each action was taken."""
    seen: frozenset[str]
    """The claims whose twin was seen."""
    story: tuple[str, ...]
    """The counterexample, line by line, if a claim fails."""
    finding: Finding | None = None
    """The same as it was found."""

    @property
    def run(self) -> ScopeRun:
        """What ``runs.toml`` says of it."""
        return ScopeRun(self.name, self.verdict.value, self.graphs, self.states, self.transitions, self.depth)


@dataclass(frozen=True, slots=True)
class MutantResult:
    """What exploring a mutant's graph came to."""

    name: str
    scope: str
    graph: str
    killer: str
    """The claim that must fail."""
    caught_by: str | None
    """The claim that failed; None: no claim did."""
    steps: int
    seconds: float
    story: tuple[str, ...]
    finding: Finding | None = None

    @property
    def caught(self) -> bool:
        """Whether the claim that must fail is the one that failed."""
        return self.caught_by == self.killer

    @property
    def run(self) -> MutantRun:
        """What ``runs.toml`` says of it."""
        return MutantRun(self.name, self.caught_by or "none", self.steps)


@dataclass(frozen=True, slots=True)
class Report:
    """What a verification came to."""

    scopes: tuple[ScopeResult, ...]
    mutants: tuple[MutantResult, ...]
    coverage_gaps: tuple[str, ...]
    wrong_counts: tuple[str, ...]
    seconds: float

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for all that is not as it must be."""
        return (
            *(f"scope {scope.name}: {scope.verdict.value}" for scope in self.scopes if scope.verdict != Verdict.HOLDS),
            *(_survived(mutant) for mutant in self.mutants if not mutant.caught),
            *self.coverage_gaps,
            *self.wrong_counts,
        )

    @property
    def verdict(self) -> Verdict:
        """Violated if anything is not as it must be, except that a search may merely not have been finished."""
        unfinished = [scope for scope in self.scopes if scope.verdict == Verdict.NOT_FINISHED]
        if len(self.problems) > len(unfinished):
            return Verdict.VIOLATED
        return Verdict.NOT_FINISHED if unfinished else Verdict.HOLDS

    @property
    def runs(self) -> Runs:
        """What ``runs.toml`` would say."""
        return Runs(tuple(scope.run for scope in self.scopes), tuple(mutant.run for mutant in self.mutants))


def _survived(mutant: MutantResult) -> str:
    found = f"{mutant.caught_by} failed instead" if mutant.caught_by else "no claim failed"
    return f"mutant “{mutant.name}” must be caught by {mutant.killer} in {mutant.graph}, but {found}"


def run_all(progress: Progress | None = None) -> Report:
    """Explore all scopes and all mutants, compare with ``runs.toml``, look for gaps. ``progress`` is told of each."""
    say = progress or _silent
    begun = perf_counter()
    scopes, mutants = [], []
    for scope in SCOPES:
        say(f"scope {scope.name}")
        scopes.append(run_scope(scope))
    for mutant in MUTANTS:
        say(f"mutant: {mutant.name}")
        mutants.append(run_mutant(mutant))
    expected = runs.read()
    wrong = (
        *runs.differences("scope", [scope.run for scope in scopes], expected.scopes),
        *runs.differences("mutant", [mutant.run for mutant in mutants], expected.mutants),
    )
    return Report(tuple(scopes), tuple(mutants), coverage_gaps(scopes), wrong, perf_counter() - begun)


def _silent(_what: str) -> None:
    """Nobody listens."""


def run_scope(scope: Scope, *, actions: Table = ACTIONS, limit: int = DEFAULT_LIMIT) -> ScopeResult:
    """Explore the scope's graphs, up to the first in which a claim fails."""
    verdict, states, transitions, depth, seconds = Verdict.HOLDS, 0, 0, 0, 0.0
    fired: Counter[str] = Counter()
    seen: set[str] = set()
    finding = None
    for graph, system in enumerate(systems(scope, actions)):
        found = explore(system, limit=limit, keep=scope.live)
        states, transitions, depth = states + found.states, transitions + found.transitions, max(depth, found.depth)
        seconds += found.seconds
        fired += found.fired
        seen |= found.seen
        if found.counterexample:
            verdict, finding = found.verdict, Finding(scope.name, graph, None, system, found.counterexample)
            break
        if scope.live:
            at_last = check_leads_to(system, graph=found.graph)
            seconds += at_last.seconds
            seen |= {family(name) for name in at_last.seen}
            if at_last.counterexample:
                verdict = at_last.verdict
                finding = Finding(scope.name, graph, None, system, at_last.counterexample)
                break
        if found.verdict is Verdict.NOT_FINISHED:
            verdict = found.verdict
    return ScopeResult(
        scope.name, scope.note, verdict, len(scope.scripts), states, transitions, depth, seconds,
        tuple(sorted(fired.items())), frozenset(seen), finding.story if finding else (), finding,
    )  # fmt: skip


def run_mutant(mutant: Mutant) -> MutantResult:
    """Explore the one graph in which the mutant must be caught."""
    system = system_at(mutant.scope, mutant.script, mutant.change(ACTIONS))
    explored = explore(system)
    found = explored.counterexample
    finding = Finding(mutant.scope, mutant.script, mutant, system, found) if found else None
    claim, steps = (found.claim, len(found.moves)) if found else (None, 0)
    return MutantResult(
        mutant.name, mutant.scope, system.name, mutant.killer, claim, steps, explored.seconds,
        finding.story if finding else (), finding,
    )  # fmt: skip


def coverage_gaps(scopes: Iterable[ScopeResult]) -> tuple[str, ...]:
    """What no scope touched, and is not listed with a reason."""
    fired: Counter[str] = Counter()
    seen: set[str] = set()
    for scope in scopes:
        fired.update(dict(scope.fired))
        seen |= scope.seen
    claims = (*(claim.name for claim in ALWAYS), *(claim.name for claim in ON_STEP), *FAMILIES)
    return tuple(gaps([action.name for action in ACTIONS], fired, claims, seen, NEVER_TOUCHED))
