"""Lanes without workers, of both kinds: pipes, and the portable one of sockets; and what carries large values.

Decides: how the portable kind is chosen. ``system.PORTABLE`` is looked up wherever a channel is made or used, so it
is set while the test runs; and ``MSG_DONTWAIT`` is taken away, which Windows does not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from checkedpool import rooms
from checkedpool._fast import memory
from checkedpool._fast.fitting import fitted
from checkedpool._os import system
from tests import leaks
from tests.shell.bench import Bench
from tests.shell.carriers import Carrier
from tests.shell.lanes import LaneAndWorker


def choose_portable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "PORTABLE", True)
    monkeypatch.setattr(system, "NOT_WAITING", 0)


@pytest.fixture(params=["pipes", "portable", "plain pipes", "plain portable"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[LaneAndWorker]:
    """A lane of either kind, with the rooms that are used and without any."""
    if "portable" in request.param:
        choose_portable(monkeypatch)
    with closing(LaneAndWorker(plain="plain" in request.param)) as both:
        yield both


@pytest.fixture
def both() -> Iterator[LaneAndWorker]:
    """A lane whose tickets can be revoked while its worker lives."""
    with closing(LaneAndWorker()) as both:
        yield both


@pytest.fixture
def portable(monkeypatch: pytest.MonkeyPatch) -> Iterator[LaneAndWorker]:
    """A lane of the portable kind."""
    choose_portable(monkeypatch)
    with closing(LaneAndWorker()) as both:
        yield both


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A platform with one lane."""
    with closing(Bench()) as bench:
        yield bench


@pytest.fixture
def gathering() -> Iterator[Bench]:
    """A platform of a pool with the room ``submit``."""
    only = tuple(room for room in rooms.ROOMS if room.name == "submit")
    with closing(Bench(lambda plain: fitted(plain, only))) as bench:
        yield bench


@pytest.fixture(params=["read", "mapped"])
def carrier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Carrier]:
    """To a receiver that reads what has to be copied from the file, and to one that maps everything."""
    monkeypatch.setattr(memory, "FILES", 64 if request.param == "read" else 0)
    before = leaks.take()
    with closing(Carrier()) as made:
        yield made
    del made
    assert leaks.left_behind(before) == []
