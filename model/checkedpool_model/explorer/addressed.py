"""What somebody means who says what is to be explored: a scope, an exhibit, a word, a folder.

Decides: which of these it is. Must not know: how each is explored.
"""

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path

from checkedpool_model.checker.replay import MalformedError, NotPossibleError
from checkedpool_model.explorer.schedules import NoScheduleError, of_schedule
from checkedpool_model.explorer.subjects import LIMIT, Subject, of_counterexample, of_exhibit, of_scope
from checkedpool_model.explorer.traces import TraceRefusedError, of_trace
from checkedpool_model.museum import EXHIBITS, exhibit_named
from checkedpool_model.mutants.by_hand import Mutant
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.scopes.all import EVERY_SCOPE, scope_named, systems
from checkedpool_model.verify.address import retraced

__all__ = ["NothingToExploreError", "subject_of"]

SCHEDULE = re.compile(r"v\d+:")
GRAPH = re.compile(r"(?P<scope>[\w-]+)#(?P<graph>\d+)")

SCOPES = frozenset(scope.name for scope in EVERY_SCOPE)
MUSEUM = frozenset(exhibit.name for exhibit in EXHIBITS)


class NothingToExploreError(ValueError):
    """Nothing of that name can be explored, and why."""


def subject_of(
    word: str, mutant: Mutant | None = None, *, limit: int = LIMIT, say: Callable[[str], None] = lambda _: None
) -> Subject:
    """What is meant, explored."""
    try:
        return _subject(word, mutant, limit, say)
    except (MalformedError, NotPossibleError, NoScheduleError, TraceRefusedError) as error:
        raise NothingToExploreError(str(error)) from error


def _subject(word: str, mutant: Mutant | None, limit: int, say: Callable[[str], None]) -> Subject:
    one_graph = GRAPH.fullmatch(word)
    if word in SCOPES:
        return of_scope(scope_named(word), mutant=mutant, limit=limit, say=say)
    if one_graph and one_graph["scope"] in SCOPES:
        return _of_one_graph(one_graph["scope"], int(one_graph["graph"]), mutant, limit)
    if "#" in word and ":" in word:
        return of_counterexample(retraced(word, mutant), limit=limit)
    if mutant:
        raise NothingToExploreError("a mutant goes with a scope or with the word of a counterexample")
    if word in MUSEUM:
        return of_exhibit(exhibit_named(word), limit=limit)
    if SCHEDULE.match(word):
        return of_schedule(word)
    if Path(word).is_dir():
        return of_trace(Path(word))
    raise NothingToExploreError(_nothing(word))


def _of_one_graph(name: str, graph: int, mutant: Mutant | None, limit: int) -> Subject:
    scope = scope_named(name)
    count = len(tuple(systems(scope, ACTIONS)))
    if graph >= count:
        raise NothingToExploreError(f"scope {name} has {count} graphs, 0 to {count - 1}, and no graph {graph}")
    return of_scope(scope, graph=graph, mutant=mutant, limit=limit)


def _nothing(word: str) -> str:
    near = get_close_matches(word, sorted(SCOPES | MUSEUM), n=3, cutoff=0.5)
    meant = (
        f"did you mean {' or '.join(near)}?" if near else "checkedpool check --list and checkedpool museum have names"
    )
    return (
        f"{word!r} is no scope, no exhibit of the museum, no word of a counterexample or a schedule,"
        f" and no folder with a trace; {meant}"
    )
