"""The scopes that `make verify-long` explores beside the others. Data only.

Decides: what is looked at, and in its notes what that leaves out. Must not know: how it is explored.
"""

from checkedpool_model.scope import Scope

__all__ = ["LONG"]

LONG: tuple[Scope, ...] = ()
