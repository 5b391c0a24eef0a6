"""All scopes.  Decides: which there are.  Must not know: what is in them."""

from tests.checks.interleavings import scopes_client, scopes_future, scopes_worker
from tests.checks.interleavings.scope import Scope

SCOPES: tuple[Scope, ...] = (*scopes_client.SCOPES, *scopes_future.SCOPES, *scopes_worker.SCOPES)
QUICK = tuple(scope for scope in SCOPES if not scope.long)


def scope_named(room: str, name: str) -> Scope:
    """One."""
    (scope,) = (scope for scope in SCOPES if (scope.room, scope.name) == (room, name))
    return scope
