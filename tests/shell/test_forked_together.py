"""Workers are forked some right after the other: what is theirs is made before, and no one keeps another's."""

from __future__ import annotations

import gc
import multiprocessing
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from checkedpool._os import system
from checkedpool._pool.shared import Shared
from checkedpool._pool.worker_channels import TOGETHER, Starter, WorkerChannels, end_now
from tests.shell.lanes import LIMIT

pytestmark = pytest.mark.usefixtures("counted_process")

DESCRIPTORS = Path("/proc/self/fd")


class Noted:
    """Stands for a process; says when it is started."""

    pid = None

    def __init__(self, note: Callable[[], None]) -> None:
        self.start = note


class NotingStarter(Starter):
    """Notes at each fork how many workers are made, and of how many the parent has let go of what is theirs."""

    def __init__(self) -> None:
        super().__init__(Shared(), multiprocessing.get_context("fork"), (None, ()))
        self.theirs: list[Any] = []
        self.noted: list[tuple[int, int]] = []

    def _process(self, lane: WorkerChannels, _: object) -> Any:
        self.theirs.append(lane.worker_ends.result)
        return Noted(self.note)

    def note(self) -> None:
        self.noted.append((len(self.theirs), sum(map(is_closed, self.theirs))))


def is_closed(end: Any) -> bool:
    """Of a file or of a socket."""
    with suppress(ValueError):
        return bool(end.fileno() < 0)
    return True


@pytest.fixture
def starter(monkeypatch: pytest.MonkeyPatch) -> NotingStarter:
    """One whose workers are no processes: nobody waits for their end."""
    monkeypatch.setattr(system, "watch", lambda _: None)
    return NotingStarter()


@contextmanager
def ended() -> Iterator[dict[int, WorkerChannels]]:
    """Workers, which are ended afterwards."""
    lanes: dict[int, WorkerChannels] = {}
    try:
        yield lanes
    finally:
        for lane in lanes.values():
            end_now(lane)


def test_some_workers_are_made_before_the_first_of_them_is_forked_and_let_go_of_after_the_last(
    starter: NotingStarter,
) -> None:
    """No more than a few: until then each of them has more descriptors here."""
    with ended() as lanes:
        starter.start_all(TOGETHER + 2, lanes)
    assert TOGETHER > 1
    assert starter.noted == [(TOGETHER, 0)] * TOGETHER + [(TOGETHER + 2, TOGETHER)] * 2


@pytest.mark.parametrize(
    ("enabled", "at", "looks"),
    [(True, (400, 700), True), (True, (300, 700), False), (False, (400, 700), False), (True, (400, 0), False)],
    ids=["soon", "not soon", "switched off", "never"],
)
def test_the_garbage_collector_looks_before_each_such_row_of_forks_if_it_would_soon(
    starter: NotingStarter, monkeypatch: pytest.MonkeyPatch, *, enabled: bool, at: tuple[int, int], looks: bool
) -> None:
    looked: list[tuple[int, int]] = []
    monkeypatch.setattr(gc, "isenabled", lambda: enabled)
    monkeypatch.setattr(gc, "get_threshold", lambda: (at[1], 10, 10))
    monkeypatch.setattr(gc, "get_count", lambda: (at[0], 0, 0))
    monkeypatch.setattr(gc, "collect", lambda generation: looked.append((generation, len(starter.noted))))
    with ended() as lanes:
        starter.start_all(TOGETHER + 2, lanes)
    assert looked == ([(0, 0), (0, TOGETHER)] if looks else [])


@pytest.mark.skipif(not DESCRIPTORS.exists(), reason="this system does not say which descriptors a process has")
@pytest.mark.skipif(system.PORTABLE, reason="the ends of a socket have two names, those of a pipe one")
def test_no_worker_keeps_what_belongs_to_another_that_was_made_before_it_was_forked() -> None:
    """It would hold up the end of file that says that the other has ended."""
    with ended() as lanes:
        Starter(Shared(), multiprocessing.get_context("fork"), (None, ())).start_all(TOGETHER + 2, lanes)
        for lane in lanes.values():
            assert select.select([lane.result_fd], [], [], LIMIT)[0], "it says that it is ready"
        kept = [files_of(lane.process.pid) for lane in lanes.values()]
        belongs = [channels_of(lane) for lane in lanes.values()]
    assert [len(channels & found) for channels, found in zip(belongs, kept, strict=True)] == [4] * len(kept)
    every = set[str]().union(*belongs)
    assert [found & every <= channels for channels, found in zip(belongs, kept, strict=True)] == [True] * len(kept)


def files_of(pid: int | None) -> set[str]:
    """The pipes and sockets that a process has open."""
    links = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()}
    return {link for link in links if link.startswith(("pipe:", "socket:"))}


def channels_of(lane: WorkerChannels) -> set[str]:
    """Call pipe, ticket socket, result pipe and lifeline, and the other end of the socket."""
    numbers = lane.call_fd, lane.worker_ends.tickets.fileno(), lane.result_fd, lane._lifeline.fileno()
    return {str((DESCRIPTORS / str(number)).readlink()) for number in (*numbers, lane.ticket_end.fileno())}
