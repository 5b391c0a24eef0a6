"""The mutants that a machine makes, as one row: each is what ``kills.toml`` says of it.

Decides: how they are dealt out to the cores, how they read on the page. Must not know: how one is made or looked at.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from checkedpool_model import kills
from checkedpool_model.checker.explore import Verdict as Found
from checkedpool_model.checker.parallel import each
from checkedpool_model.kills import Kills
from checkedpool_model.mechanical import Mechanical, mutants
from checkedpool_model.mechanical_check import Report, check
from tests.verify.model import COMMAND, pool
from tests.verify.report import Row, Say, Verdict

__all__ = ["part_of", "row_of", "rows"]

PARTS = 8
"""More than there are cores, since some take longer."""


def rows(say: Say) -> Iterator[Row]:
    """Look at all of them again."""
    say("mechanical mutants")
    with pool() as executor:
        yield row_of(each(executor, _looked_again, [(part,) for part in range(PARTS)]))


def _looked_again(part: int) -> Report:
    return check(*part_of(part, mutants(), kills.read()))


def part_of(part: int, made: tuple[Mechanical, ...], listed: Kills) -> tuple[tuple[Mechanical, ...], Kills]:
    """Every so many-th mutant with what is listed of it; what is listed of no mutant belongs to the first part."""
    place = {mutant.name: number % PARTS for number, mutant in enumerate(made)}
    return tuple(mutant for mutant in made if place[mutant.name] == part), replace(
        listed,
        killed=tuple(entry for entry in listed.killed if place.get(entry.name, 0) == part),
        same=tuple(entry for entry in listed.same if place.get(entry.name, 0) == part),
        harmless=tuple(entry for entry in listed.harmless if place.get(entry.name, 0) == part),
        open=tuple(entry for entry in listed.open if place.get(entry.name, 0) == part),
    )


def row_of(reports: Iterable[Report]) -> Row:
    """One row for all parts; no mutant at all shows nothing."""
    parts = list(reports)
    many, killed = sum(part.mutants for part in parts), sum(len(part.kills.killed) for part in parts)
    problems = tuple(problem for part in parts for problem in part.problems)
    wrong = problems or any(part.verdict is not Found.HOLDS for part in parts)
    return Row(
        section="Model as a whole",
        name="mechanical mutants",
        verdict=Verdict.VIOLATED if wrong else Verdict.HOLDS if many else Verdict.NOT_FINISHED,
        seconds=sum(part.seconds for part in parts),
        seen=f"{len(problems)} problems" if problems else f"{killed} of {many} caught, the others as listed",
        trouble=problems,
        again=f"{COMMAND} --mechanical",
    )
