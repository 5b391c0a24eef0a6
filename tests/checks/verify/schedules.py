"""Chosen schedules of the real code as rows: one for each strategy, over all scopes.

Decides: how many runs everybody is asked to wait for, how they read on the page. Must not know: how a schedule is
chosen or checked.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from checkedpool.testing.schedules.campaigns import Report, campaign
from checkedpool.testing.schedules.strategies import Plan
from checkedpool.testing.simulated.catalogue import SCOPES, scope_named
from checkedpool_model.checker.parallel import by_group, counting
from tests.checks.size import Size
from tests.checks.verify.model import pool
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["COMMAND", "row_of", "rows"]

COMMAND = "checkedpool schedules"
SECTION = "The code: chosen schedules"
RUNS = {
    Size.QUICK: {"sweep": 1, "pct": 4, "pos": 4, "random": 4},
    Size.LONG: {"sweep": 8, "pct": 80, "pos": 80, "random": 80},
    Size.ALL: {"sweep": 40, "pct": 400, "pos": 400, "random": 400},
}
"""In the last six times what the best by chance needs, in the median, for the hardest mutant."""
FEW = {"two": 0, "interrupted": 0, "forkserver": 0, "errors": 0}
SOME = {"two": 1, "interrupted": 0, "forkserver": 0, "errors": 0, "cancellers": 0, "kept": 0}
MORE = {
    "two": 2, "forkserver": 1, "errors": 1, "cancellers": 0, "closers": 0, "narrow": 0, "renewed": 0,
    "interrupted": 0, "kept": 0,
}  # fmt: skip
BOUNDS = {Size.QUICK: FEW, Size.LONG: SOME, Size.ALL: MORE}
"""For the systematic search: up to how many preemptions a scope has few enough worlds."""
WORLDS = 1_000_000

Work = tuple[str, str, Plan]


def rows(say: Say, size: Size) -> Iterator[Row]:
    """So many runs, so many preemptions."""
    for row in _rows(say, RUNS[size], BOUNDS[size]):
        yield row if size is Size.ALL else row.as_share(f"more in {Size.ALL.value}")


def _rows(say: Say, runs: Mapping[str, int], bounds: Mapping[str, int]) -> Iterator[Row]:
    work: list[Work] = [(name, strategy, Plan(runs=count)) for strategy, count in runs.items() for name in SCOPES]
    work += [(name, "preempt", Plan(bound=bound, worlds=WORLDS)) for name, bound in bounds.items()]
    strategies, tell = [strategy for _, strategy, _ in work], counting(say, len(work))
    with pool() as executor:
        told = by_group(executor, run, work, strategies, lambda one: tell(f"{one.strategy} in {one.scope}", 0))
        for strategy, reports in told:
            yield replace(row_of(strategy, reports), place=strategies.index(strategy))


def run(name: str, strategy: str, plan: Plan) -> Report:
    """One strategy in one scope."""
    return campaign(name, scope_named(name), strategy, plan)


def row_of(strategy: str, reports: Iterable[Report]) -> Row:
    """A row for all scopes of a strategy."""
    asked = list(reports)
    verdicts = {Verdict(one.verdict) for one in asked} or {Verdict.NOT_FINISHED}
    steps, seconds = sum(one.steps for one in asked), sum(one.seconds for one in asked)
    runs = f"{sum(one.runs for one in asked):,} {'ends' if strategy == 'preempt' else 'runs'}"
    return Row(
        section=SECTION,
        name=strategy,
        verdict=next(one for one in (Verdict.VIOLATED, Verdict.NOT_FINISHED, Verdict.HOLDS) if one in verdicts),
        seconds=seconds,
        seen=f"{runs} in {len(asked)} scopes, {steps:,} steps, {steps / (seconds or 1):,.0f} a second",
        trouble=tuple(line for one in asked for line in _trouble(one)),
        again=f"{COMMAND} --strategy {strategy}",
        words=tuple(str(failure.schedule) for one in asked for failure in one.failures),
    )


def _trouble(report: Report) -> Iterator[str]:
    for failure in report.failures:
        yield f"{report.scope}: {failure.wrong}: checkedpool replay {failure.schedule}"
    if report.unfinished:
        yield f"{report.scope}: not finished: checkedpool replay {report.unfinished}"
