"""The real code as rows: a row per family of scopes, then what all of them together must come to.

Decides: how the exploration of the code reads on the page, and that no problem in it can be left out. Must not know:
how anything is explored.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from checkedpool_model.checker.explore import Verdict as Found
from tests.checks.conformance import counts
from tests.checks.conformance.coverage import everything
from tests.checks.conformance.families import Explored, as_they_end
from tests.checks.conformance.gaps import NOT_TOUCHED, gaps_of
from tests.checks.conformance.scopes import FAMILIES, Family
from tests.checks.size import Size
from tests.checks.verify.model import pool
from tests.checks.verify.programs import row_of, run
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["COMMAND", "rows", "rows_of", "suite"]

COMMAND = "python -m tests.checks.conformance"
SECTION = "The code: every schedule, every crash"
COUNTS = "counts"
OPTIONS = {Size.QUICK: "", Size.LONG: "--long ", Size.ALL: "--all "}
PLATFORM = 'make test ARGS="tests/platform"'
WORLDS = {Size.QUICK: ("-k", "fork and not forkserver"), Size.LONG: (), Size.ALL: ()}
"""Of the platform's suite."""
PLACES = {family.name: number for number, family in enumerate(FAMILIES)}


def rows(say: Say, size: Size) -> Iterator[Row]:
    """Explore the families of this size."""
    wanted = [family for family in FAMILIES if family.size in size.within]
    left = len(FAMILIES) - len(wanted)
    for row in _rows(say, wanted):
        is_of_all = left and row.name == COUNTS and row.verdict is Verdict.HOLDS
        yield replace(row, seen=f"{row.seen}; {left} more in {Size.ALL.value}") if is_of_all else row


def suite(say: Say, size: Size) -> Iterator[Row]:
    """One suite of behaviour on the simulated world and on the real one: else what is explored is not what there is.

    Where everybody waits, both with forked workers; ``make test`` asks it of every start method too.
    """
    say("the platform, simulated and real")
    ended = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/platform", *WORLDS[size]])
    row = replace(row_of("platform suite", ended, PLATFORM), section=SECTION)
    yield row.as_share(f"all start methods by {PLATFORM}") if WORLDS[size] else row


def _rows(say: Say, families: Sequence[Family]) -> Iterator[Row]:
    with pool() as executor:
        yield from rows_of(as_they_end(executor, families, say))


def rows_of(explored: Iterable[Explored]) -> Iterator[Row]:
    """A row for each family when it is done, one for what they have not touched, one for the counts."""
    asked = []
    for one in explored:
        asked.append(one)
        yield _family(one)
    wrong = Verdict.NOT_FINISHED if any(map(_unfinished, asked)) else Verdict.VIOLATED
    gaps = tuple(gaps_of(what for one in asked for what in one.covered))
    touched = f"{len(everything()) - len(NOT_TOUCHED)} rows, pairs and rules touched, {len(NOT_TOUCHED)} listed"
    yield _all_or(wrong, "coverage", gaps, touched)
    differing = tuple(counts.differences((one.count for one in asked), counts.read()))
    yield _all_or(wrong, COUNTS, differing, f"{len(asked)} families, as in counts.toml")


def _family(one: Explored) -> Row:
    count = one.count
    verdicts = {Verdict(result.verdict.value) for result in one.wrong}
    return Row(
        section=SECTION,
        name=count.name,
        verdict=next((bad for bad in (Verdict.VIOLATED, Verdict.NOT_FINISHED) if bad in verdicts), Verdict.HOLDS),
        seconds=one.seconds,
        seen=f"{count.graphs} graphs, depth {count.depth}",
        states=count.states,
        transitions=count.edges,
        trouble=tuple(
            line for result in one.wrong for line in (f"{result.name}: {result.verdict.value}", *result.story)
        ),
        again=f'{COMMAND} {OPTIONS[one.family.size]}"{count.name}"',
        place=PLACES.get(one.family.name, 0),
    )


def _unfinished(one: Explored) -> bool:
    return any(result.verdict is Found.NOT_FINISHED for result in one.wrong)


def _all_or(wrong: Verdict, name: str, problems: Sequence[str], seen: str) -> Row:
    return Row(
        section=SECTION,
        name=name,
        verdict=wrong if problems else Verdict.HOLDS,
        seconds=0.0,
        seen=f"{len(problems)} problems" if problems else seen,
        trouble=tuple(problems),
        again=COMMAND,
        place=len(PLACES),
    )
