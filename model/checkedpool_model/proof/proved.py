"""Prove and tie: all that ``make proof`` does, and what it comes to.

Decides: what belongs to it, and when it has succeeded. Must not know: how a report is shown (``commands``), where a
graph is tied or a solver runs.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from time import perf_counter

from checkedpool_model import runs
from checkedpool_model.checker.explore import Verdict
from checkedpool_model.checker.parallel import each
from checkedpool_model.proof.action import Action
from checkedpool_model.proof.conjuncts import INVARIANT, Conjunct
from checkedpool_model.proof.discharge import Answered, Paper, Refused, discharged, papers
from checkedpool_model.proof.solvers import SOLVERS, Z3, Solver, SolverError
from checkedpool_model.proof.story import UntoldError, story
from checkedpool_model.proof.system import ACTIONS
from checkedpool_model.proof.tie import Tied, tie_graph
from checkedpool_model.scopes.all import SCOPES, Scope

__all__ = ["Proved", "Report", "TiedScope", "prove", "proved", "tied"]

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Proved:
    """What the solvers said, paper by paper."""

    answered: tuple[Answered, ...]
    solvers: tuple[str, ...]
    missing: tuple[str, ...]
    """Solvers that are not there."""
    stories: tuple[str, ...]
    """For each condition that is refused its counterexample, line by line."""
    seconds: float

    @property
    def conditions(self) -> int:
        """How many were asked."""
        return sum(one.asked for one in self.answered)

    @property
    def refused(self) -> tuple[Refused, ...]:
        """What is not proved."""
        return tuple(refused for one in self.answered for refused in one.refused)

    @property
    def verdict(self) -> Verdict:
        """Not finished if a solver is missing or says nothing: what only one has proved is not proved."""
        if any(refused.is_wrong for refused in self.refused):
            return Verdict.VIOLATED
        return Verdict.NOT_FINISHED if self.refused or self.missing or not self.answered else Verdict.HOLDS


@dataclass(frozen=True, slots=True)
class TiedScope:
    """What tying all graphs of a scope came to."""

    name: str
    graphs: int
    states: int
    transitions: int
    worlds: int
    steps: Counter[str]
    not_covered: int
    seconds: float
    wrong: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether every state and step is as it must be."""
        return Verdict.VIOLATED if self.wrong else Verdict.HOLDS


@dataclass(frozen=True, slots=True)
class Report:
    """What all of it came to; what was not asked for is not there."""

    proved: Proved | None
    tied: tuple[TiedScope, ...]
    problems: tuple[str, ...] = field(default=())
    """What is wrong with the whole, each in a sentence."""
    seconds: float = 0.0

    @property
    def verdict(self) -> Verdict:
        """Violated if anything is; not finished if anything is not, or if there is nothing."""
        verdicts = {scope.verdict for scope in self.tied} | ({self.proved.verdict} if self.proved else set())
        if self.problems:
            verdicts.add(Verdict.VIOLATED)
        return next(
            one
            for one in (Verdict.VIOLATED, Verdict.NOT_FINISHED, Verdict.HOLDS)
            if one in (verdicts or {Verdict.NOT_FINISHED})
        )


# --- the proof --------------------------------------------------------------------------------------------------------


def proved(
    say: Say,
    *,
    jobs: int = 1,
    actions: Sequence[Action] = ACTIONS,
    invariant: Sequence[Conjunct] = INVARIANT,
    solvers: Sequence[Solver] = SOLVERS,
) -> Proved:
    """Ask every solver for every condition."""  # fmt: skip
    begun = perf_counter()
    asked = list(papers(actions, invariant))
    answered = discharged(asked, solvers, jobs=jobs, say=say)
    return Proved(
        tuple(answered),
        tuple(solver.name for solver in solvers),
        tuple(solver.name for solver in solvers if not solver.is_there),
        tuple(_stories(asked, answered, actions, invariant)),
        perf_counter() - begun,
    )


def _stories(
    asked: Iterable[Paper], answered: Iterable[Answered], actions: Sequence[Action], invariant: Sequence[Conjunct]
) -> Iterator[str]:
    """Each refused condition, told."""
    by_name = {action.name: action for action in actions}
    for paper, one in zip(asked, answered, strict=True):
        for refused in one.refused:
            question = refused.question
            said = ", ".join(f"{name}: {answer}" for name, answer in refused.answers.items())
            yield f"{question.action} {question.name} {question.kind.value}: not proved ({said})".strip()
            if refused.is_wrong and question.expected == "unsat" and Z3.is_there:
                try:
                    yield from story(paper, question, by_name.get(question.action), invariant)
                except (UntoldError, SolverError) as error:
                    yield f"  there is no story: {error}"


# --- the tie ----------------------------------------------------------------------------------------------------------


def tied(scopes: Sequence[Scope], say: Say, executor: Executor | None = None) -> tuple[TiedScope, ...]:
    """Tie every graph of these scopes."""
    work = [(scope.name, graph) for scope in scopes for graph in range(len(scope.scripts))]

    def tell(found: Tied) -> None:
        say(f"tie: {found.name}: {found.states} states")

    if executor is None:
        found = []
        for one in work:
            found.append(tie_graph(*one))
            tell(found[-1])
    else:
        found = each(executor, tie_graph, work, tell)
    by_scope: dict[str, list[Tied]] = {}
    for (name, _), graph in zip(work, found, strict=True):
        by_scope.setdefault(name, []).append(graph)
    return tuple(_together(name, graphs) for name, graphs in by_scope.items())


def _together(name: str, graphs: Sequence[Tied]) -> TiedScope:
    return TiedScope(
        name, len(graphs), sum(one.states for one in graphs), sum(one.transitions for one in graphs),
        sum(one.worlds for one in graphs), sum((one.steps for one in graphs), Counter()),
        sum(one.not_covered for one in graphs), sum(one.seconds for one in graphs),
        next((one.wrong for one in graphs if one.wrong), ()),
    )  # fmt: skip


def _problems(found: Sequence[TiedScope], scopes: Sequence[Scope]) -> Iterator[str]:
    """Counts that are not the checker's; and, if every scope was tied, actions of the proof that no step was."""
    stated = {run.name: run for run in runs.read().scopes}
    for scope in found:
        run = stated.get(scope.name)
        if not scope.wrong and run and (run.states, run.transitions) != (scope.states, scope.transitions):
            yield f"{scope.name}: {scope.states} states, {scope.transitions} steps; the checker has another number"
    if tuple(scopes) == SCOPES and not any(scope.wrong for scope in found):
        steps = sum((scope.steps for scope in found), Counter[str]())
        yield from (f"no step of the model is {action.name}" for action in ACTIONS if not steps[action.name])


def prove(
    say: Say,
    *,
    conditions: bool = True,
    scopes: Sequence[Scope] = SCOPES,
    jobs: int = 1,
    executor: Executor | None = None,
) -> Report:
    """Everything that is asked for."""  # fmt: skip
    begun = perf_counter()
    by_solvers = proved(say, jobs=jobs) if conditions else None
    found = tied(scopes, say, executor)
    return Report(by_solvers, found, tuple(_problems(found, scopes)), perf_counter() - begun)
