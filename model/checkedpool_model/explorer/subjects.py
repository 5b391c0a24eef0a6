"""What is explored: a scope, an exhibit of the museum, a counterexample's word.

Decides: which graphs and runs belong to each. Must not know: how a graph lies in the file (``embedded``), what the page
looks like. Traces and schedules have files of their own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from shlex import quote

from checkedpool_model.checker.compile import moves_of, successors_inlined
from checkedpool_model.checker.explore import Counterexample, explore
from checkedpool_model.checker.system import System
from checkedpool_model.checker.walked import Walked, walk
from checkedpool_model.explorer import plain_cards
from checkedpool_model.explorer.embedded import Drawn, Graph, Run, embedded
from checkedpool_model.explorer.pool_cards import KILLS, families
from checkedpool_model.explorer.questions import OF_THE_POOL
from checkedpool_model.explorer.renaming import stands
from checkedpool_model.museum.exhibit import Exhibit
from checkedpool_model.museum.table import Design, changes
from checkedpool_model.museum.visit import look
from checkedpool_model.mutants.by_hand import Mutant
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.scopes.all import Scope, systems
from checkedpool_model.verify.address import Finding

__all__ = ["LIMIT", "ROOM", "Subject", "of_counterexample", "of_exhibit", "of_scope", "run_of"]

LIMIT = 120_000
"""States of one graph."""
ROOM = 14_000_000
"""Bytes of all graphs together, before they are written as letters: a file below 20 megabytes."""

Say = Callable[[str], None]
PoolSystem = System[Bounds, State]


@dataclass
class Subject:
    """What a file is about."""

    title: str
    says: list[str]
    command: str
    graphs: list[Graph] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """What does not fit, in sentences."""
    links: list[str] = field(default_factory=list)

    def add(self, graph: Graph, limit: int) -> bool:
        """Take a graph in if there is room for it; say what is not in it."""
        if sum(len(one.content) for one in self.graphs) + len(graph.content) > ROOM:
            return False
        self.graphs.append(graph)
        if not graph.whole:
            self.left_out.append(
                f"{graph.name}: the {graph.states:,} states nearest to the beginning are here;"
                f" what lies beyond the first {limit:,} is not explored"
            )
        return True


def of_scope(scope: Scope, *, graph: int | None = None, mutant: Mutant | None = None, limit: int = LIMIT,
             say: Say = lambda _: None) -> Subject:  # fmt: skip
    """A scope of the model, or one of its graphs; with a mutant, the model that has it."""
    actions = mutant.change(ACTIONS) if mutant else ACTIONS
    wanted = [one for number, one in enumerate(systems(scope, actions)) if graph in (None, number)]
    subject = Subject(
        f"scope {scope.name}", [scope.note], _command(scope.name if graph is None else f"{scope.name}#{graph}", mutant)
    )
    if mutant:
        subject.says.append(f"With a bug put in: {mutant.name}.")
    for number, system in enumerate(wanted):
        say(f"{system.name} ({number + 1} of {len(wanted)})")
        runs = tuple(_first_failure(system)) if mutant else ()
        made = _of_the_pool(system, limit, (), runs)
        if not subject.add(made, limit):
            rest = [one.name for one in wanted[number:]]
            subject.left_out.append(f"there is no room for {len(rest)} of {len(wanted)} graphs: {'; '.join(rest)}")
            break
    return subject


def _command(word: str, mutant: Mutant | None) -> str:
    """What writes the file again."""
    return f"checkedpool explore {quote(word)}{f' --mutant {quote(mutant.name)}' if mutant else ''}"


def _of_the_pool(system: PoolSystem, limit: int, seeds: tuple[State, ...], runs: tuple[Run, ...]) -> Graph:
    walked = _walk_pool(system, limit, seeds)
    drawn = Drawn(families(system.constants), KILLS)
    return embedded(system, walked, drawn, runs=runs, questions=OF_THE_POOL)


def _walk_pool(system: PoolSystem, limit: int, seeds: tuple[State, ...]) -> Walked[State]:
    standing = stands(system.canonical) if system.canonical else None
    return walk((system.initial, *seeds), successors_inlined(system), stands=standing, limit=limit)


def _first_failure(system: PoolSystem) -> Iterator[Run]:
    """The counterexample that the checker finds, if it finds one."""
    found = explore(system).counterexample
    if found:
        yield run_of(system, found, "the counterexample")


def run_of(system: System[object, object] | PoolSystem | Design, found: Counterexample[object] | Counterexample[State],
           name: str) -> Run:  # fmt: skip
    """A counterexample as a run that the page offers."""
    numbers = {(action.name, index): number for number, (action, index) in enumerate(moves_of(system))}
    moves = tuple(numbers[move.action, move.index] for move in found.moves)
    claim = found.claim.replace("_", " ")
    return Run(name, f"{claim} fails", moves, (), found.lasso_from, found.owed_from)


# --- a counterexample's word ------------------------------------------------------------------------------------------


def of_counterexample(finding: Finding, *, limit: int = LIMIT) -> Subject:
    """The graph in which a word's run is a way, and the run."""
    system, found = finding.system, finding.counterexample
    subject = Subject(f"scope {finding.scope}, graph {finding.graph}", [], _command(finding.word, finding.mutant))
    if finding.mutant:
        subject.says.append(f"With a bug put in: {finding.mutant.name}.")
    run = run_of(system, found, "the counterexample")
    subject.add(_of_the_pool(system, limit, found.states[1:], (run,)), limit)
    return subject


# --- the museum -------------------------------------------------------------------------------------------------------


def of_exhibit(exhibit: Exhibit, *, limit: int = LIMIT) -> Subject:
    """Both designs of an exhibit: the broken one with its counterexample, the cured one with the same steps."""
    words = exhibit.words
    cure = (change.replace("`", "") for change in changes(exhibit.broken, exhibit.fixed))
    says = [words.story, f"Cure: {words.cure}", *cure]
    subject = Subject(words.title, says, f"checkedpool explore {exhibit.name}", links=list(exhibit.links))
    found = look(exhibit.broken).found
    assert found is not None, exhibit.name  # noqa: S101 - a visit to the museum asks the same
    run = run_of(exhibit.broken, found, "the failure")
    subject.add(_of_design(exhibit.broken, limit, run), limit)
    subject.add(_of_design(exhibit.fixed, limit, _same_steps(exhibit.fixed, found)), limit)
    return subject


def _of_design(design: Design, limit: int, run: Run) -> Graph:
    walked = walk((design.initial,), successors_inlined(design), limit=limit)
    actors = dict.fromkeys(action.by for action in design.actions)
    kills = tuple(action.name for action in design.actions if "Kills" in action.name)
    drawn = Drawn(plain_cards.families(design.initial, actors, sets=design.sizes), kills)
    return embedded(design, walked, drawn, runs=(run,))


def _same_steps(design: Design, found: Counterexample[object]) -> Run:
    """The steps of the failure in the cured design, as far as they are possible there."""
    numbers = {(action.name, index): number for number, (action, index) in enumerate(moves_of(design))}
    made: list[int] = []
    state = design.initial
    for move in found.moves:
        number = numbers.get((move.action, move.index))
        if number is None or not moves_of(design)[number][0].enabled(None, state, move.index):
            return Run("the same steps", f"after {len(made)} steps {move.action} is not possible any more", tuple(made))
        state = moves_of(design)[number][0].effect(None, state, move.index)
        made.append(number)
    return Run("the same steps", "all of them are possible here too", tuple(made))
