"""Tasks that clients issue alone. Decides: that nothing new comes of it. Must not know: which claims hold.

A client that issues its task to a lent worker leads to states that the manager could have led to by itself, awake: so
what holds in every state holds with lending if it does without, and a sleeping manager finds nothing that is new to it.
"""

import pytest

from checkedpool_model.mutants.table_changes import drop, never
from checkedpool_model.protocol.actions import ACTIONS
from tests.model.graphs import graphs, reachable

SCOPES = ["gate", "lent", "on-demand", "user-code-fails", "live-user-code"]


@pytest.mark.one_in(3, "make test-all alone")
@pytest.mark.parametrize("scope", SCOPES)
def test_all_states_that_there_are_with_lending_are_there_without(scope: str) -> None:
    for lending, without in zip(graphs(scope), graphs(scope, never("ClientIssuesAlone")(ACTIONS)), strict=True):
        assert reachable(lending) == reachable(without)


def test_a_client_that_issues_to_a_worker_at_work_leads_to_states_that_are_new() -> None:
    broken = drop("ClientIssuesAlone", "owes_nothing")(ACTIONS)
    assert any(
        reachable(lending) != reachable(whole)
        for lending, whole in zip(graphs("lent", broken), graphs("lent"), strict=True)
    )
