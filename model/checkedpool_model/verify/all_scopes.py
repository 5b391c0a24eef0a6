"""Explore every scope and every mutant, and say what was found.

Decides: what a verification of the model consists of, and when it has succeeded. Must not know: how a report is shown
(``cli``).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from time import perf_counter

from checkedpool_model import runs
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.checker.parallel import by_group, counting, each
from checkedpool_model.checker.report import Case
from checkedpool_model.checker.system import Action
from checkedpool_model.checker.touched import Touched
from checkedpool_model.mutants.by_hand import MUTANTS, Mutant
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.runs import MutantRun, Runs, ScopeRun
from checkedpool_model.scopes.all import LONG_SCOPES, SCOPES, Scope, systems
from checkedpool_model.scopes.covered import coverage_gaps, idle_gaps
from checkedpool_model.verify.address import Finding, mutant_named, system_at
from checkedpool_model.verify.one_graph import GraphResult, Limits, explore_graph, explored

__all__ = [
    "STRIDE",
    "MutantResult",
    "Report",
    "ScopeResult",
    "has_quick",
    "run_all",
    "run_mutant",
    "run_mutants",
    "run_scope",
    "run_scopes",
    "scopes_as_they_end",
    "together",
]

Progress = Callable[[str], None]
Table = tuple[Action[Bounds, State], ...]

STRIDE = 61
"""In every how many-th state of each graph a whole verification asks what matters there."""


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
    """The claims whose witness was seen."""
    story: tuple[str, ...]
    """The counterexample, line by line, if a claim fails."""
    finding: Finding | None = None
    """The same as it was found."""
    live: bool = False
    """Whether what must happen at last was asked, of every run that is fair to the actions that declare it."""
    long: bool = False
    stopped: str = ""
    """Why a search that is not finished ended."""
    cases: tuple[Case, ...] = ()
    """Graph by graph and claim by claim."""
    touched: Touched = Touched()  # noqa: RUF009 - it is frozen
    touching: float = 0.0
    """The seconds that it took to ask what matters."""

    @property
    def run(self) -> ScopeRun:
        """What ``runs.toml`` says of it."""
        time = "long" if self.long else "quick"
        return ScopeRun(self.name, time, self.verdict.value, self.graphs, self.states, self.transitions, self.depth)


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
    idle: tuple[str, ...] = ()
    """Conjuncts that never decide and fields that never change, each in a sentence."""

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for all that is not as it must be."""
        return (
            *(f"scope {scope.name}: {scope.verdict.value}" for scope in self.scopes if scope.verdict != Verdict.HOLDS),
            *(_survived(mutant) for mutant in self.mutants if not mutant.caught),
            *self.coverage_gaps,
            *self.idle,
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


# --- many -------------------------------------------------------------------------------------------------------------


def run_all(
    progress: Progress | None = None,
    *,
    executor: Executor | None = None,
    scopes: Sequence[Scope] = SCOPES,
    limits: Limits = Limits(stride=STRIDE),  # noqa: B008 - it is frozen
) -> Report:
    """Explore all scopes and all mutants, compare with ``runs.toml``, look for gaps. ``progress`` is told of each.

    ``scopes``: if all of them take long, mutants and gaps are not looked for, since these belong to the others.
    ``executor``: where the graphs are explored, as many at once as it has workers; else one after the other, here.
    """
    begun = perf_counter()
    results = run_scopes(scopes, progress, executor=executor, limits=limits)
    mutants = run_mutants(MUTANTS if has_quick(scopes) else (), progress, executor=executor)
    return together(results, mutants, perf_counter() - begun, asked=bool(limits.stride))


def has_quick(scopes: Iterable[Scope]) -> bool:
    """Whether mutants and gaps are looked for beside these scopes."""
    return any(not scope.long for scope in scopes)


def together(
    results: Sequence[ScopeResult], mutants: Sequence[MutantResult], seconds: float, *, asked: bool = True
) -> Report:
    """What scopes and mutants come to together. ``asked``: whether it was asked what matters in the scopes' states."""
    quick = any(not result.long for result in results)
    times = {result.run.time for result in results}
    expected = runs.read()
    not_asked = {scope.name for scope in LONG_SCOPES} - {result.name for result in results}
    wanted = [run for run in expected.scopes if run.time in times and run.name not in not_asked]
    wrong = (
        *runs.differences("scope", [result.run for result in results], wanted),
        *runs.differences("mutant", [mutant.run for mutant in mutants], expected.mutants if quick else ()),
    )
    fired, seen = _met(results)
    gaps = coverage_gaps(fired, seen) if quick else ()
    touched = reduce(or_, (result.touched for result in results), Touched())
    idle = idle_gaps(touched) if quick and asked else ()
    return Report(tuple(results), tuple(mutants), gaps, wrong, seconds, idle)


def _met(results: Iterable[ScopeResult]) -> tuple[Counter[str], set[str]]:
    """How often each action was taken, and the claims whose witness was seen."""
    fired: Counter[str] = Counter()
    seen: set[str] = set()
    for result in results:
        fired.update(dict(result.fired))
        seen |= result.seen
    return fired, seen


def run_scopes(
    scopes: Sequence[Scope],
    progress: Progress | None = None,
    *,
    executor: Executor | None = None,
    limits: Limits = Limits(),  # noqa: B008 - it is frozen
) -> list[ScopeResult]:
    """Explore the scopes, which have names that lead back to them."""
    if executor is None:
        return [run_scope(scope, limits=limits, progress=progress) for scope in scopes]
    found = dict(scopes_as_they_end(executor, scopes, progress, limits=limits))
    return [found[scope.name] for scope in scopes]


def scopes_as_they_end(
    executor: Executor,
    scopes: Sequence[Scope],
    progress: Progress | None = None,
    *,
    limits: Limits = Limits(),  # noqa: B008 - it is frozen
) -> Iterator[tuple[str, ScopeResult]]:
    """Explore the graphs of the scopes, as many at once as there are workers; each scope when its last graph ends."""
    work = [(scope.name, graph, limits) for scope in scopes for graph in range(len(scope.scripts))]
    named = {scope.name: scope for scope in scopes}
    tell = _telling(progress, len(work))
    graphs = by_group(
        executor, explore_graph, work, [name for name, _, _ in work], lambda one: tell(one.name, one.states)
    )
    for name, results in graphs:
        yield name, _together(named[name], results)


def run_mutants(
    mutants: Sequence[Mutant], progress: Progress | None = None, *, executor: Executor | None = None
) -> list[MutantResult]:
    """Explore the mutants, which have names that lead back to them."""
    tell = _telling(progress, len(mutants))
    if executor:
        return each(executor, _run_mutant_named, [(mutant.name,) for mutant in mutants], lambda one: tell(one.name, 0))
    results = []
    for mutant in mutants:
        tell(mutant.name, 0)
        results.append(run_mutant(mutant))
    return results


def _run_mutant_named(name: str) -> MutantResult:
    """What can travel of it."""
    return replace(run_mutant(mutant_named(name)), finding=None)


def _telling(progress: Progress | None, many: int) -> Callable[[str, int], None]:
    return counting(progress or (lambda _: None), many)


# --- one --------------------------------------------------------------------------------------------------------------


def run_scope(
    scope: Scope,
    *,
    actions: Table = ACTIONS,
    limits: Limits = Limits(),  # noqa: B008 - it is frozen
    progress: Progress | None = None,
) -> ScopeResult:
    """Explore the scope's graphs, up to the first in which a claim fails."""
    tell = _telling(progress, len(scope.scripts))

    def results() -> Iterator[GraphResult]:
        for graph, system in enumerate(systems(scope, actions)):
            tell(system.name, 0)
            yield explored(scope.name, graph, system, limits)

    return _together(scope, results(), actions)


def _together(scope: Scope, results: Iterable[GraphResult], actions: Table = ACTIONS) -> ScopeResult:
    """What the graphs of a scope came to, up to the first in which a claim fails."""
    sum_ = ScopeResult(
        scope.name, scope.note, Verdict.HOLDS, len(scope.scripts), 0, 0, 0, 0.0, (), frozenset(), (), live=scope.live,
        long=scope.long,
    )  # fmt: skip
    fired: Counter[str] = Counter()
    for one in results:
        fired += one.fired
        sum_ = replace(
            sum_,
            verdict=one.verdict if sum_.verdict is Verdict.HOLDS or one.counterexample else sum_.verdict,
            states=sum_.states + one.states,
            transitions=sum_.transitions + one.transitions,
            depth=max(sum_.depth, one.depth),
            seconds=sum_.seconds + one.seconds,
            seen=sum_.seen | one.seen,
            stopped=sum_.stopped or one.stopped,
            cases=sum_.cases + one.cases,
            touched=sum_.touched | one.touched,
            touching=sum_.touching + one.touching,
        )
        if one.counterexample:
            system = tuple(systems(scope, actions))[one.graph]
            finding = Finding(scope.name, one.graph, None, system, one.counterexample)
            sum_ = replace(sum_, finding=finding, story=finding.story)
            break
    return replace(sum_, fired=tuple(sorted(fired.items())))


def run_mutant(mutant: Mutant) -> MutantResult:
    """Explore the one graph in which the mutant must be caught."""
    system = system_at(mutant.scope, mutant.script, mutant.change(ACTIONS))
    result = explored(mutant.scope, mutant.script, system, Limits())
    found = result.counterexample
    finding = Finding(mutant.scope, mutant.script, mutant, system, found) if found else None
    claim, steps = (found.claim, len(found.moves)) if found else (None, 0)
    return MutantResult(
        mutant.name, mutant.scope, system.name, mutant.killer, claim, steps, result.seconds,
        finding.story if finding else (), finding,
    )  # fmt: skip
