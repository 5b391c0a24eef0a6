"""What is said of a worker in every phase of its life, who may enter where a pool listens, and each end in time.

Decides: which phases, modes and ends there are, and what is right of each. Must not know: how it is found out.
"""

from __future__ import annotations

import os
import stat
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checkedpool import listening, within
from checkedpool import stats as stats_module
from checkedpool._core.worker_record import BORN, Force, Phase, WorkerRecord
from checkedpool._pool.shared import PoolFuture
from checkedpool_spec.vocabulary import ShutdownLevel

WORDS = {
    "STARTING": "starting", "BORN": "starting", "READY": "idle", "LEAVING": "leaving", "ABANDONED": "ending",
    "ENDED": "ending",
}  # fmt: skip


@pytest.mark.every("phase of a worker, signalled or not, with and without a task")
def test_each_phase_of_a_worker_has_its_word() -> None:
    """C-130."""
    future = SimpleNamespace(name="f", number=7)
    for phase, force, busy in product(Phase, Force, (False, True)):
        record = WorkerRecord(0, BORN)
        record.phase, record.force, record.issued = phase, force, {1: 7} if busy else {}
        platform: Any = SimpleNamespace(lanes={}, futures={7: future})
        seen = stats_module._worker(record, platform, None)
        word = WORDS[phase.name]
        if phase is Phase.READY:
            word = "ending" if force is not Force.NONE else "busy" if busy else "idle"
        assert (seen.state, seen.task, seen.pid) == (word, "f" if busy else None, None)


def test_a_task_that_ends_in_the_middle_of_a_look_is_no_error() -> None:
    """C-131: its place goes with its end, which another thread gives it."""

    class Ends(PoolFuture[Any]):
        number, looks = 7, iter([(SimpleNamespace(number=0), 1), None])
        place = property(lambda self: next(self.looks))

    shared = SimpleNamespace(
        is_inherited=bool, broken=None, closed=None, unclaimed={}, inbox=[object.__new__(Ends)],
        ended=SimpleNamespace(is_set=bool), start=SimpleNamespace(is_of=lambda _: False),
    )  # fmt: skip
    pool: Any = SimpleNamespace(shared=shared, settings=SimpleNamespace(max_workers=1))
    machine: Any = SimpleNamespace(lanes={}, next_lane=0)
    assert stats_module._look(pool, machine, pool).state == "open"


@pytest.mark.every("set of rights that others may have to a directory")
def test_a_directory_is_private_if_nobody_else_has_any_right(tmp_path: Path) -> None:
    """C-139."""
    place = tmp_path / "place"
    place.mkdir()
    for others in range(0o100):
        place.chmod(stat.S_IRWXU | others)
        assert listening.is_private(place) == (not others), oct(others)


@pytest.mark.every("request by which a pool may come to its end, or none")
def test_each_request_is_made_until_one_was_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """C-147."""
    monkeypatch.setattr(within, "_part", lambda *of: of[1].name)
    monkeypatch.setattr(within, "_unfinished", lambda _: [])
    monkeypatch.setattr(within, "settle_down", lambda *_: None)
    levels = [ShutdownLevel.CANCEL, ShutdownLevel.TERMINATE, ShutdownLevel.KILL]
    for enough in [*levels, None]:
        made: list[ShutdownLevel] = []
        until: list[float] = []
        pool: Any = SimpleNamespace(
            shared=SimpleNamespace(own_threads=set()),
            shutdown=lambda level, made=made, **_: made.append(level),
        )  # fmt: skip

        def join(_: Any, at: float, enough: Any = enough, made: Any = made, until: Any = until) -> bool:
            until.append(at)
            return bool(made[-1] is enough)

        monkeypatch.setattr(within, "_join", join)
        report = within.shutdown_within(pool, 100)
        expected = levels if enough is None else levels[: levels.index(enough) + 1]
        assert made == expected
        assert report.ended == (enough is not None)
        assert until == sorted(until)
        assert until[-1] - until[0] <= 100


@pytest.mark.every("process that has a file where pools listen: it answers, or is there no more")
def test_only_files_of_the_process_at_which_nobody_answers_are_taken_away(tmp_path: Path) -> None:
    """C-140."""
    place = tmp_path / "at"
    place.mkdir(mode=0o700)
    listener = listening.Listener(place)
    listener.open()
    left = place / f"{os.getpid()}-left.sock"
    other = place / "4194305-0.sock"
    for path in left, other:
        dead = listening.Listener(place)
        dead.open()
        assert dead._path.rename(path) == path
        assert dead._server is not None
        dead._server.close()
    pool: Any = SimpleNamespace(
        machine=None, platform=None, settings=SimpleNamespace(max_workers=1),
        shared=SimpleNamespace(
            is_inherited=lambda: False, broken=None, closed=None, unclaimed={}, ended=SimpleNamespace(is_set=bool),
            start=SimpleNamespace(is_of=lambda _: False),
        ),
    )  # fmt: skip
    listener.serve(pool)
    assert len(list(listening.answers(os.getpid(), place))) == 1
    assert sorted(place.iterdir()) == sorted([listener._path, other])
    listener.close()
    assert list(place.iterdir()) == [other]
