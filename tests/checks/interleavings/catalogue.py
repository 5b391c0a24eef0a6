"""All scopes.  Decides: which there are.  Must not know: what is in them."""

from tests.checks.interleavings import scopes_client, scopes_future, scopes_worker
from tests.checks.interleavings.scope import Scope
from tests.checks.size import Size

SCOPES: tuple[Scope, ...] = (*scopes_client.SCOPES, *scopes_future.SCOPES, *scopes_worker.SCOPES)
VAST = frozenset({("submit", "submit, then cancel"), ("all", "submit beside submit, both run")})
"""More than 12,000 schedules each, how many is not known: asked by hand."""


def scopes_of(size: Size) -> tuple[Scope, ...]:
    """What is explored at this size: of none the vast ones."""
    return tuple(scope for scope in SCOPES if scope.size in size.within and (scope.room, scope.name) not in VAST)


QUICK = scopes_of(Size.QUICK)


def scope_named(room: str, name: str) -> Scope:
    """One."""
    (scope,) = (scope for scope in SCOPES if (scope.room, scope.name) == (room, name))
    return scope
