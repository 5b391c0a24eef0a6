"""The generated mutants dealt out, to be looked at beside each other.

Decides: who looks at which. Must not know: what looking comes to (``mutant_check``), which executor it is.

What is listed in one graph stays together, since a graph is explored once for all of that. Mutants hold functions,
which do not travel between processes: each process makes its own.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import replace

from checkedpool_model.checker.parallel import each
from checkedpool_model.mutants import kills
from checkedpool_model.mutants.generated import GeneratedMutant, mutants
from checkedpool_model.mutants.kills import Kills
from checkedpool_model.verify.mutant_check import Progress, Report, check

__all__ = ["ALL_PARTS", "LISTED_NOWHERE", "PARTS", "check_together", "part_of"]

PARTS = 16
"""More than there are cores, since some take longer."""
ALL_PARTS = range(PARTS)
LISTED_NOWHERE = 8
"""The part that has what is listed nowhere, too."""


def check_together(executor: Executor, progress: Progress | None = None, parts: Iterable[int] = ALL_PARTS) -> Report:
    """Look at all mutants again, as they are listed. The seconds are those of all processes together.

    ``parts``: look at the mutants of these only; the report is about them.
    """

    def told(report: Report) -> None:
        if progress:
            progress(f"{report.mutants} mutants more")

    reports = each(executor, _looked_again, [(part,) for part in parts], told)
    problems = tuple(problem for report in reports for problem in report.problems)
    made = sum(report.mutants for report in reports)
    listed = _joined([report.kills for report in reports])
    return Report(made, listed, problems, sum(report.seconds for report in reports))


def _joined(parts: Sequence[Kills]) -> Kills:
    """What is listed in any of these parts."""
    return Kills(
        killed=tuple(entry for part in parts for entry in part.killed),
        same=tuple(entry for part in parts for entry in part.same),
        harmless=tuple(entry for part in parts for entry in part.harmless),
        open=tuple(entry for part in parts for entry in part.open),
    )


def _looked_again(part: int) -> Report:
    """In the worker."""
    return check(*part_of(part, mutants(), kills.read()))


def part_of(part: int, made: Sequence[GeneratedMutant], listed: Kills) -> tuple[list[GeneratedMutant], Kills]:
    """The mutants of every so many-th graph with what is listed of them; one part has what is listed nowhere."""
    graph = {entry.name: entry.at for entry in listed.killed} | {entry.name: entry.at for entry in listed.same}
    graph |= {entry.name: min(entry.at, default="") for entry in (*listed.harmless, *listed.open)}
    place = {at: number % PARTS for number, at in enumerate(sorted(set(graph.values())))}

    def is_mine(name: str) -> bool:
        return place.get(graph.get(name, ""), LISTED_NOWHERE) == part

    return [mutant for mutant in made if is_mine(mutant.name)], replace(
        listed,
        killed=tuple(entry for entry in listed.killed if is_mine(entry.name)),
        same=tuple(entry for entry in listed.same if is_mine(entry.name)),
        harmless=tuple(entry for entry in listed.harmless if is_mine(entry.name)),
        open=tuple(entry for entry in listed.open if is_mine(entry.name)),
    )
