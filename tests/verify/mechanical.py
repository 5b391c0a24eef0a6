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

PARTS = 16
"""More than there are cores, since some take longer."""


def rows(say: Say) -> Iterator[Row]:
    """Look at all of them again."""
    say("mechanical mutants")
    with pool() as executor:
        yield row_of(each(executor, _looked_again, [(part,) for part in range(PARTS)]))


def _looked_again(part: int) -> Report:
    return check(*part_of(part, mutants(), kills.read()))


def part_of(part: int, made: tuple[Mechanical, ...], listed: Kills) -> tuple[tuple[Mechanical, ...], Kills]:
    """The mutants of every so many-th graph with what is listed of them: so a graph is explored for all of its own.

    A mutant that is listed nowhere belongs to the first part, and so does what is listed of no mutant.
    """
    places = _places(listed)
    names = {mutant.name for mutant in made}

    def belongs(name: str) -> bool:
        return (places.get(name, 0) if name in names else 0) == part

    return tuple(mutant for mutant in made if belongs(mutant.name)), replace(
        listed,
        killed=tuple(entry for entry in listed.killed if belongs(entry.name)),
        same=tuple(entry for entry in listed.same if belongs(entry.name)),
        harmless=tuple(entry for entry in listed.harmless if belongs(entry.name)),
        open=tuple(entry for entry in listed.open if belongs(entry.name)),
    )


def _places(listed: Kills) -> dict[str, int]:
    """In which part each name is looked at: that of the graph in which it is listed, or of the first of these."""
    at = {entry.name: entry.at for entry in listed.killed}
    at |= {entry.name: entry.at for entry in listed.same}
    at |= {entry.name: entry.at[0] for entry in (*listed.harmless, *listed.open) if entry.at}
    part_of_graph = {graph: number % PARTS for number, graph in enumerate(dict.fromkeys(at.values()))}
    return {name: part_of_graph[graph] for name, graph in at.items()}


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
