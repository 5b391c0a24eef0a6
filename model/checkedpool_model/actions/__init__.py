"""The one table of actions: everything that can happen, of all actors.

Decides: nothing; it collects. The documents, the mutants and the coverage are read off this table.
"""

from checkedpool_model.actions import client, helper, loan, minder, nature, worker
from checkedpool_model.bounds import Bounds
from checkedpool_model.checker.system import Action
from checkedpool_model.state import State

__all__ = ["ACTIONS"]

ACTIONS: tuple[Action[Bounds, State], ...] = (
    *client.ACTIONS,
    *loan.ACTIONS,
    *minder.ACTIONS,
    *helper.ACTIONS,
    *worker.ACTIONS,
    *nature.ACTIONS,
)
