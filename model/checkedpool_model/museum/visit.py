"""A visit to an exhibit: both designs are explored, and what is found is compared with what the exhibit says.

Decides: what counts as found, in which words a difference is told. Must not know: any exhibit; how it is shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from checkedpool_model.checker.explore import Counterexample, Verdict, explore
from checkedpool_model.checker.liveness import check_leads_to
from checkedpool_model.museum.exhibit import Exhibit
from checkedpool_model.museum.table import Design

__all__ = ["Look", "Visit", "look", "visit"]

LIMIT = 10_000
"""More states than any exhibit may have."""


@dataclass(frozen=True, slots=True)
class Look:
    """What exploring one design has found."""

    verdict: Verdict
    states: int
    found: Counterexample[object] | None
    fired: frozenset[str]
    """The actions that were taken."""
    idle: tuple[str, ...]
    """The claims that were about nothing."""

    @property
    def claim(self) -> str:
        """What fails; "" if nothing does."""
        return self.found.claim if self.found else ""

    @property
    def steps(self) -> int:
        """After how many steps."""
        return len(self.found.moves) if self.found else 0


@dataclass(frozen=True, slots=True)
class Visit:
    """What was found in an exhibit."""

    exhibit: Exhibit
    broken: Look
    fixed: Look
    problems: tuple[str, ...]
    """Where this is not what the exhibit says."""

    @property
    def verdict(self) -> Verdict:
        """HOLDS: the exhibit is what it says."""
        return Verdict.VIOLATED if self.problems else Verdict.HOLDS


def look(design: Design) -> Look:
    """Explore a design; then ask, if nothing failed, what must happen at last. Its whole graph is counted."""
    seen = explore(design, limit=LIMIT)
    idle = [claim.name for claim in design.always if claim.name not in seen.seen]
    whole = explore(design.without_claims(), limit=LIMIT, keep=True)
    fired = frozenset(name for name, count in whole.fired.items() if count)
    if seen.verdict is not Verdict.HOLDS:
        return Look(seen.verdict, whole.states, seen.counterexample, fired, tuple(idle))
    last = check_leads_to(design, graph=whole.graph)
    return Look(last.verdict, whole.states, last.counterexample, fired, (*idle, *last.vacuous))


def visit(exhibit: Exhibit) -> Visit:
    """Explore both designs of an exhibit."""
    broken, fixed = look(exhibit.broken), look(exhibit.fixed)
    return Visit(exhibit, broken, fixed, tuple(_problems(exhibit, broken, fixed)))


def _problems(exhibit: Exhibit, broken: Look, fixed: Look) -> Iterator[str]:
    name = exhibit.name
    if broken.verdict is not Verdict.VIOLATED:
        yield f"{name}: the broken design is not found broken: {broken.verdict.value}"
    if fixed.verdict is not Verdict.HOLDS:
        yield f"{name}: in the cured design {fixed.claim or 'the search'} fails: {fixed.verdict.value}"
    for what, is_, says in (
        ("what fails", broken.claim, exhibit.claim),
        ("the steps to the failure", broken.steps, exhibit.steps),
        ("the states of the broken design", broken.states, exhibit.broken_states),
        ("the states of the cured design", fixed.states, exhibit.fixed_states),
    ):
        if is_ != says:
            yield f"{name}: {what}: {is_}, the exhibit says {says}"
    for claim in fixed.idle:
        yield f"{name}: {claim} is about nothing in the cured design"
    for action in exhibit.fixed.actions:
        if action.name not in fixed.fired:
            yield f"{name}: {action.name} never happens in the cured design"
    for action in exhibit.broken.actions:
        if action not in exhibit.fixed.actions and action.name not in broken.fired:
            yield f"{name}: {action.name}, which the cure changes, never happens in the broken design"
