"""The simulated cluster: what one scheduler cannot do is waited for, and each task begins once all the same."""

from __future__ import annotations

import pytest

from tests.dask.conftest import ROOT
from tests.dask.scale import __main__ as scale
from tests.dask.scale.simulated import Cluster, Costs, Result, Size

DEAR = Costs(message=0.0004, ticket=0.0001, engine=0.001)
A_TASK = 2 * (DEAR.message + DEAR.ticket) + DEAR.engine + DEAR.message / 100 + DEAR.ticket
"""A question, an answer, the engine's work, and its part of a message of the client."""


def of(size: Size, costs: Costs = DEAR) -> Result:
    cluster = Cluster(size, costs)
    result = cluster.run()
    assert not cluster.tickets.clients
    assert result.begun + result.revoked == size.tasks
    return result


def test_a_few_workers_do_what_they_can() -> None:
    result = of(Size(workers=10, tasks=1000, seconds=1.0))
    assert result.rate == pytest.approx(10, rel=0.1)
    assert result.busy < 0.1
    assert min(result.waits) == pytest.approx(2 * 0.0002 + DEAR.message + DEAR.ticket)


def test_many_workers_do_what_the_scheduler_can() -> None:
    result = of(Size(workers=1000, tasks=5000, seconds=0.1))
    assert result.rate == pytest.approx(1 / A_TASK, rel=0.1)
    assert result.busy > 0.95


def test_a_worker_of_many_threads_saves_messages_and_one_of_a_single_thread_waits_for_nobody() -> None:
    each, together = (of(Size(20, 2000, 0.01, threads=16, together=at_once)) for at_once in (False, True))
    assert together.messages < 0.8 * each.messages
    assert together.rate > 1.1 * each.rate
    assert of(Size(20, 500, 0.01, together=True)) == of(Size(20, 500, 0.01))


def test_small_pieces_of_a_cancel_let_begins_through() -> None:
    costs = DEAR._replace(revoke=0.0001)
    small, large = (of(Size(10, 5000, 0.1, revoked=at_once), costs) for at_once in (100, 5000))
    assert max(small.waits) < max(large.waits) / 5
    assert small.revoked > 4000


def test_the_page_shows_what_is_simulated_with_the_costs_that_it_names() -> None:
    page = (ROOT / "docs" / "scale.md").read_text()
    assert scale.paid(scale.MEASURED) in page
    assert scale.saturation(scale.MEASURED, scale.SMALL) in page


def test_a_table_has_a_row_for_each_size() -> None:
    assert len(scale.saturation(DEAR, [(2, 0.1, 50), (4, 0.1, 50)]).splitlines()) == 4
    assert len(scale.together(DEAR, 50).splitlines()) == 8
    assert len(scale.revoked(DEAR, 200).splitlines()) == 7
