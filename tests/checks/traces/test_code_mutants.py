"""Mutants of the code whose results are all right, and whose traces diverge: what only the protocol can see."""

from __future__ import annotations

import os
from multiprocessing import get_context
from pathlib import Path

import pytest

from checkedpool import ProcessPoolExecutor
from checkedpool._core import messages
from checkedpool._core.manager import Manager
from checkedpool._fast import dispatch_rules
from checkedpool._pool.worker_channels import WorkerChannels
from checkedpool_model.traces.verdict import Report, Verdict, judge
from tests import limits
from tests.behaviour.gates import eventually
from tests.checks.mutants.shell import tells_a_worker_to_leave
from tests.lending import LENDS, is_lending

LIMIT = limits.HANG


def why(directory: Path) -> str:
    report: Report = judge(directory, draw=False)
    assert report.verdict is Verdict.DIVERGED
    return " ".join(report.why)


def test_a_worker_that_is_told_to_leave_for_no_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Manager, "_employ", tells_a_worker_to_leave)
    with ProcessPoolExecutor(1, get_context("spawn"), trace=tmp_path) as pool:
        assert [pool.submit(abs, -number).result(LIMIT) for number in range(2)] == [0, 1]
    told = why(tmp_path)  # by the manager's line or by the worker's: whichever of the two was over first
    assert (
        "ManagerTellsToLeave lane 0 was not possible: is_drained_or_spent" in told
        or "WorkerTakesTheOrder lane 0 was not possible: next_ticket_says_leave did not hold" in told
    )


def test_a_cancel_that_succeeds_although_a_worker_has_begun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    revoke_for = WorkerChannels.revoke_for

    def generous(*asked: object) -> bool | None:
        return True if revoke_for(*asked) is False else None  # type: ignore[arg-type]

    monkeypatch.setattr(WorkerChannels, "revoke_for", generous)
    reader, writer = os.pipe()
    with ProcessPoolExecutor(1, get_context("fork"), trace=tmp_path) as pool:
        future = pool.submit(os.read, reader, 1)
        eventually(future.running, "a worker has begun it")
        assert future.cancel()
        os.write(writer, b"!")
    for end in reader, writer:
        os.close(end)
    assert "ClientRevokesItsTicket client 1 was not possible: ticket_is_there" in why(tmp_path)


@pytest.mark.skipif(not LENDS, reason="no worker is lent here")
def test_a_manager_that_lends_a_worker_while_another_has_a_task(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def lends_early(m: Manager) -> None:
        free = [lane for lane in m.lanes.values() if dispatch_rules.can_be_lent(lane) and not m.commands]
        for lane in free:
            m._order(lane, messages.Lend(lane.number, lane.next_seq))

    monkeypatch.setattr(dispatch_rules.LendingManager, "_lend", lends_early)
    reader, writer = os.pipe()
    with ProcessPoolExecutor(2, get_context("fork"), trace=tmp_path) as pool:
        first = pool.submit(os.read, reader, 1)
        eventually(first.running, "a worker has begun it")
        eventually(lambda: is_lending(pool), "the other is lent")
        assert pool.submit(abs, -1).result(LIMIT) == 1
        os.write(writer, b"!")
        assert first.result(LIMIT) == b"!"
    for end in reader, writer:
        os.close(end)
    assert "before tasks [0] are done" in why(tmp_path)
