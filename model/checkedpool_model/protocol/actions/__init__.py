"""The one table of actions: everything that can happen, of all actors.

Decides: nothing; it collects. The documents, the mutants and the coverage are read off this table.
"""

from checkedpool_model.checker.system import Action
from checkedpool_model.protocol.actions import client, direct_dispatch, environment, supervisor, user_threads, worker
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State

__all__ = ["ACTIONS"]

ACTIONS: tuple[Action[Bounds, State], ...] = (
    *client.ACTIONS,
    *direct_dispatch.ACTIONS,
    *supervisor.ACTIONS,
    *user_threads.ACTIONS,
    *worker.ACTIONS,
    *environment.ACTIONS,
)
