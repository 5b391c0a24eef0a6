"""Each generated mutant looked at again, in the graph that ``kills.toml`` names and in no other.

Decides: when what is listed is still so, and what is said if it is not. Must not know: how a graph was chosen
(``mutant_search``), how a report is shown (``cli``).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from time import process_time
from typing import TypeVar

from checkedpool_model.checker.explore import DEFAULT_LIMIT, Exploration, Verdict
from checkedpool_model.checker.graph import Graph
from checkedpool_model.mutants.generated import GeneratedMutant, Sort
from checkedpool_model.mutants.kills import ByHand, Killed, Kills, Same
from checkedpool_model.protocol.state import State
from checkedpool_model.verify.mutant_run import Pool, addresses, differing, original, run, run_unfair

__all__ = ["Progress", "Report", "check", "not_as_stated"]

Progress = Callable[[str], None]
By = dict[str, GeneratedMutant]
Look = Callable[[str], tuple[Pool, Exploration[State], Graph[State]]]
Entry = TypeVar("Entry")

AGAIN = "look for it with: checkedpool check --generated --search"


@dataclass(frozen=True, slots=True)
class Report:
    """What looking again came to."""

    mutants: int
    kills: Kills
    problems: tuple[str, ...]
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """Whether everything is as it is listed."""
        return Verdict.VIOLATED if self.problems else Verdict.HOLDS


def check(mutants: Sequence[GeneratedMutant], kills: Kills, progress: Progress | None = None) -> Report:
    """Look at each mutant again. ``progress`` is told of each."""
    say = progress or _silent
    begun = process_time()
    known = set(addresses())
    wrong = [*_unlisted(mutants, kills), *_nowhere(kills, known), *_without_reason(kills)]
    by = {mutant.name: mutant for mutant in mutants}
    killed = [entry for entry in kills.killed if entry.name in by and entry.at in known]
    same = [entry for entry in kills.same if entry.name in by and entry.at in known]
    by_hand = [entry for entry in (*kills.harmless, *kills.open) if entry.name in by and known.issuperset(entry.at)]
    look = cache(original)  # the same graph may be asked for three reasons
    wrong += [problem for _, problem in not_as_stated(killed, by, say, look)]
    wrong += [*_same(same, by, say, look), *_by_hand(by_hand, by, say, look)]
    return Report(len(mutants), kills, tuple(wrong), process_time() - begun)


def _silent(_what: str) -> None:
    """Nobody listens."""


# --- the lists --------------------------------------------------------------------------------------------------------


def _unlisted(mutants: Iterable[GeneratedMutant], kills: Kills) -> Iterator[str]:
    listed = Counter(kills.names)
    made = [mutant.name for mutant in mutants]
    yield from (f"“{name}” is neither killed nor listed with a reason; {AGAIN}" for name in made if not listed[name])
    yield from (f"“{name}” is listed in kills.toml, but there is no such mutant" for name in listed if name not in made)
    yield from (f"“{name}” is listed in kills.toml more than once" for name, times in listed.items() if times > 1)


def _nowhere(kills: Kills, known: set[str]) -> Iterator[str]:
    named = [(entry.name, entry.at) for entry in kills.killed]
    named += [(entry.name, entry.at) for entry in kills.same]
    named += [(entry.name, at) for entry in (*kills.harmless, *kills.open) for at in entry.at]
    yield from (f"“{name}”: there is no graph {at}; {AGAIN}" for name, at in named if at not in known)


def _without_reason(kills: Kills) -> Iterator[str]:
    for entry in (*kills.harmless, *kills.open):
        if not entry.because.strip():
            yield f"“{entry.name}” survives, and kills.toml says neither why that is right nor what is missing"


# --- what is listed ---------------------------------------------------------------------------------------------------


def not_as_stated(entries: Sequence[Killed], by: By, say: Progress, look: Look = original) -> Iterator[tuple[str, str]]:
    """The killed mutants that are noticed otherwise or not at all, each with a sentence."""
    for entry in entries:
        if by[entry.name].sort is not Sort.FAIR:
            say(entry.name)
            found = run(by[entry.name], entry.at, limit=entry.limit or DEFAULT_LIMIT)
            yield from _otherwise(entry, found.claim, found.steps)
    for at, together in _together((entry, entry.at) for entry in entries if by[entry.name].sort is Sort.FAIR):
        system, _, graph = look(at)
        for entry in together:
            say(entry.name)
            found = run_unfair(by[entry.name], system, graph)
            yield from _otherwise(entry, found.claim, found.steps)


def _otherwise(entry: Killed, claim: str, steps: int) -> Iterator[tuple[str, str]]:
    must = f"“{entry.name}” must be killed by {entry.by} in {entry.at} in {entry.steps} steps"
    if not claim:
        yield entry.name, f"{must}, but no claim fails; {AGAIN}"
    elif (claim, steps) != (entry.by, entry.steps):
        yield entry.name, f"{must}, but {claim} fails in {steps}; {AGAIN}"


def _same(entries: Iterable[Same], by: By, say: Progress, look: Look) -> Iterator[str]:
    for at, together in _together((entry, entry.at) for entry in entries):
        say(f"{at}: {len(together)} mutants in which nothing differs")
        system, _, graph = look(at)
        for name in sorted(differing(system, graph.states, [by[entry.name] for entry in together])):
            yield f"“{name}” is listed as the same, but in {at} it does something else; {AGAIN}"


def _by_hand(entries: Sequence[ByHand], by: By, say: Progress, look: Look) -> Iterator[str]:
    for at, together in _together((entry, at) for entry in entries for at in entry.at):
        system, found, graph = look(at)
        mutants = [by[entry.name] for entry in together]
        differ = differing(system, graph.states, mutants) | {name for name, times in found.fired.items() if times}
        for mutant in mutants:
            say(f"{mutant.name}, which survives")
            unfair = mutant.sort is Sort.FAIR
            if (mutant.action if unfair else mutant.name) not in differ:
                yield f"“{mutant.name}” survives in {at}, but nothing differs there; {AGAIN}"
            outcome = run_unfair(mutant, system, graph) if unfair else run(mutant, at)
            if outcome.verdict is not Verdict.HOLDS:
                what = outcome.claim or outcome.verdict.value
                yield f"“{mutant.name}” is listed as surviving in {at}, but: {what}; {AGAIN}"


def _together(pairs: Iterable[tuple[Entry, str]]) -> Iterator[tuple[str, list[Entry]]]:
    """The entries of each graph: it is explored once for all of them."""
    graphs: dict[str, list[Entry]] = {}
    for entry, at in pairs:
        graphs.setdefault(at, []).append(entry)
    yield from graphs.items()
