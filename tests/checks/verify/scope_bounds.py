"""The bounds of a scope, its fairness, and what fired in it, in words and tables: what a row of the model looked at.

Decides: which bounds are worth a word. Must not know: how a scope is explored.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from enum import Enum

from checkedpool_model.checker.system import Fair
from checkedpool_model.mutants.kills import Kills
from checkedpool_model.protocol.actions import ACTIONS
from checkedpool_model.protocol.bounds import Bounds, spell
from checkedpool_model.scopes.scope import Scope
from checkedpool_model.verify.all_scopes import MutantResult, ScopeResult
from tests.checks.verify.report import Table

__all__ = ["fired", "generated", "killed", "of_scope"]

ALWAYS = frozenset({"allowed", "tasks", "policy", "start"})
WORDS = {"allowed": "workers", "given": "tasks handed out at the beginning"}
SAFE = "none: only what is always so is asked, of every run"
LIVE = (
    "what must happen at last is asked of every run that is fair to {weak} actions weakly and to {strong} strongly;"
    " clients and the environment owe nothing"
)


def of_scope(scope: Scope) -> tuple[Table, ...]:
    """Its bounds and its scripts."""
    rows = (("fairness", _fairness(scope)), *_bounds(scope.bounds))
    scripts = tuple((str(number), spell(script)) for number, script in enumerate(scope.scripts))
    return (
        Table(scope.note, ("bound", "is"), rows),
        Table("what the clients call", ("graph", "calls"), scripts),
    )


def _fairness(scope: Scope) -> str:
    fair = Counter(action.fair for action in ACTIONS)
    return LIVE.format(weak=fair[Fair.WEAK], strong=fair[Fair.STRONG]) if scope.live else SAFE


def _bounds(bounds: Bounds) -> Iterator[tuple[str, str]]:
    usual = Bounds()
    for field in fields(Bounds):
        value = getattr(bounds, field.name)
        if field.name in ("script", "budget") or (field.name not in ALWAYS and value == getattr(usual, field.name)):
            continue
        yield WORDS.get(field.name, field.name.replace("_", " ")), _said(value)
    for name, many in bounds.budget._asdict().items():
        if many:
            yield name.replace("_", " "), f"at most {many}"


def _said(value: object) -> str:
    if isinstance(value, Enum):
        return value.name.lower().replace("_", " ")
    if isinstance(value, tuple):
        return ", ".join(map(_said, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def fired(results: Sequence[ScopeResult]) -> Table:
    """How often each action was taken."""
    often: Counter[str] = Counter()
    for result in results:
        often.update(dict(result.fired))
    rows = ((one.name, f"{often[one.name]:,}", one.by, one.clause, one.fair.value) for one in ACTIONS)
    return Table("how often each action was taken", ("action", "times", "by", "clause", "fairness"), tuple(rows))


def killed(mutants: Sequence[MutantResult]) -> Table:
    """Which claim catches which mutant, where, in how many steps."""
    rows = ((one.name, one.graph, one.killer, one.caught_by or "nobody", str(one.steps)) for one in mutants)
    head = ("mutant", "graph", "must be caught by", "was caught by", "steps")
    return Table("each mutant", head, tuple(rows))


def generated(parts: Iterable[Kills]) -> tuple[Table, ...]:
    """What became of each mutant that a machine has made."""
    kills = list(parts)
    caught = tuple((one.name, one.by, one.at, str(one.steps)) for part in kills for one in part.killed)
    harmless = tuple((one.name, one.because) for part in kills for one in part.harmless)
    missed = tuple((one.name, one.because) for part in kills for one in part.open)
    tables = (
        Table(f"{len(caught)} are caught", ("mutant", "by", "graph", "steps"), caught),
        Table(f"{len(harmless)} differ and do no harm", ("mutant", "because"), harmless),
        Table(f"{len(missed)} differ and no claim forbids it", ("mutant", "because"), missed),
    )
    return tuple(one for one in tables if one.rows)
