"""The scopes in which the model is explored: which there are, and the systems that they stand for.

Decides: how a scope and a table of actions become systems. Must not know: how these are explored; what is looked at
where (``quick``, ``live``, ``long``: data).
"""

from collections.abc import Iterator

from checkedpool_model.checker.system import Action, System
from checkedpool_model.protocol.actions.supervisor import of_one_piece
from checkedpool_model.protocol.bounds import Bounds, Script, initial, spell
from checkedpool_model.protocol.eventually import leads_to
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP, terminal
from checkedpool_model.protocol.state import State
from checkedpool_model.protocol.symmetry import standing_for
from checkedpool_model.scopes.live import LIVE
from checkedpool_model.scopes.long import LONG
from checkedpool_model.scopes.quick import QUICK
from checkedpool_model.scopes.scope import Scope
from checkedpool_spec.names import did_you_mean

__all__ = ["EVERY_SCOPE", "LONG_SCOPES", "SCOPES", "Scope", "UnknownScopeError", "scope_named", "systems"]

SCOPES: tuple[Scope, ...] = (*QUICK, *LIVE)
"""What `make verify` explores."""

LONG_SCOPES: tuple[Scope, ...] = LONG
"""What takes longer."""

EVERY_SCOPE: tuple[Scope, ...] = (*SCOPES, *LONG_SCOPES)


class UnknownScopeError(ValueError):
    """There is no scope of that name."""

    def __init__(self, name: str) -> None:
        known = [scope.name for scope in EVERY_SCOPE]
        super().__init__(f"there is no scope {name!r}{did_you_mean(name, known)}; known scopes: {', '.join(known)}")


def scope_named(name: str) -> Scope:
    """The scope of that name, or UnknownScopeError with the known ones."""
    for scope in EVERY_SCOPE:
        if scope.name == name:
            return scope
    raise UnknownScopeError(name)


def systems(scope: Scope, actions: tuple[Action[Bounds, State], ...]) -> Iterator[System[Bounds, State]]:
    """One system for each script."""
    actions = of_one_piece(actions)
    for script in scope.scripts:
        yield _system(scope, script, actions)


def _system(scope: Scope, script: Script, actions: tuple[Action[Bounds, State], ...]) -> System[Bounds, State]:
    k = scope.bounds_of(script)
    sizes = {"client": len(script), "lane": k.lanes, "task": k.tasks, "thread": k.threads}
    return System(
        f"{scope.name}: {spell(script)}",
        k,
        initial(k),
        actions,
        sizes,
        terminal,
        ALWAYS,
        ON_STEP,
        leads_to(k) if scope.live else (),
        canonical=None if scope.live else standing_for(k),
    )
