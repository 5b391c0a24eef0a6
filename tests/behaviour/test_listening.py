"""listen= and checkedpool ps: who gets an answer, what it says, and that nothing of it outlives the pool."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from checkedpool import listening
from checkedpool.ps.commands import ps
from tests.behaviour import tasks
from tests.behaviour.gates import Gate, eventually
from tests.behaviour.kinds import LIMIT
from tests.behaviour.marks import ours_only, parent_only
from tests.lending import LENDS, is_lending

if TYPE_CHECKING:
    from tests.behaviour.conftest import Pools

pytestmark = [
    ours_only("new: nobody is told what the standard executor does"),
    pytest.mark.skipif(not listening.AVAILABLE, reason="no sockets whose peers the kernel knows"),
]


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("at")  # short, and of mode 0700


def shown(*words: object) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(ps)
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.output


def test_a_pool_that_listens_says_what_it_does_and_leaves_nothing(pools: Pools, gate: Gate, place: Path) -> None:
    """C-138, C-140."""
    pool = pools.make(1, listen=place)
    assert not list(place.iterdir())  # not before the first task
    held = pool.submit(tasks.hold, gate)
    worker = gate.wait_for_arrival()
    eventually(lambda: pool.stats().running, "it is at work")
    code, text = shown(os.getpid(), "--directory", place)
    assert code == 0
    assert f"{os.getpid()}  open  1 of 1 workers  1 running  0 pending  0 restarts" in text
    assert str(worker) in text
    assert "tests.behaviour.tasks.hold" in text
    code, text = shown(os.getpid(), "--directory", place, "--json")
    assert code == 0
    (said,) = json.loads(text)
    assert said["pid"] == os.getpid()
    assert said["running"] == 1
    assert said["workers"][0]["pid"] == worker
    gate.open()
    held.result(LIMIT)
    pool.shutdown()
    assert not list(place.iterdir())
    assert not [thread for thread in threading.enumerate() if "listener" in thread.name]


@parent_only
def test_it_knows_since_when_a_single_task_runs(pools: Pools, gate: Gate, place: Path) -> None:
    """C-138, C-163: also of one that its client has begun by itself, of which the manager has not heard."""
    pool = pools.make(1, listen=place)
    pool.submit(tasks.double, 1).result(LIMIT)
    eventually(lambda: is_lending(pool) or not LENDS, "it has lent its worker")
    idle = time.monotonic()
    eventually(lambda: time.monotonic() - idle > 0.1, "some time passes")
    before = time.monotonic()
    held = pool.submit(tasks.hold, gate)
    gate.wait_for_arrival()
    arrived = time.monotonic()
    eventually(lambda: time.monotonic() - arrived > 0.1, "some time passes")
    (said,) = listening.answers(os.getpid(), place)
    assert said["workers"][0]["task"] == "tests.behaviour.tasks.hold"
    assert 0.1 <= said["workers"][0]["seconds"] <= time.monotonic() - before
    gate.open()
    held.result(LIMIT)


@parent_only
def test_nothing_listens_unasked(pools: Pools, place: Path) -> None:
    """C-138."""
    pool = pools.make(1)
    pool.submit(tasks.double, 1).result(LIMIT)
    code, text = shown(os.getpid(), "--directory", place)
    assert code == 1
    assert "ProcessPoolExecutor(listen=True)" in text
    assert not [thread for thread in threading.enumerate() if "listener" in thread.name]


@parent_only
def test_the_environment_can_ask(pools: Pools, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-138."""
    monkeypatch.setenv("CHECKEDPOOL_LISTEN", str(place))
    pool = pools.make(1, max_pending=2)
    assert pool.submit(tasks.double, 2).result(LIMIT) == 4
    assert [said["state"] for said in listening.answers(os.getpid(), place)] == ["open"]
    place.chmod(0o755)
    with pytest.warns(RuntimeWarning, match="CHECKEDPOOL_LISTEN: no pool listens"):
        refused = pools.make(1)
    assert refused.submit(tasks.double, 2).result(LIMIT) == 4
    assert len(list(place.iterdir())) == 1
    place.chmod(0o700)


@parent_only
def test_another_user_gets_no_answer(pools: Pools, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-139: whom the kernel says the peer is."""
    pool = pools.make(1, listen=place)
    pool.submit(tasks.double, 1).result(LIMIT)
    monkeypatch.setattr(listening, "user_at", lambda _: os.geteuid() + 1)
    (path,) = place.iterdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.settimeout(LIMIT)
        end.connect(str(path))
        assert not end.recv(100)
    with pytest.raises(PermissionError):
        list(listening.answers(os.getpid(), place))


def test_the_kernel_says_who_the_peer_is() -> None:
    """C-139."""
    one, other = socket.socketpair()
    with one, other:
        assert listening.user_at(one) == os.geteuid()


@parent_only
def test_who_connects_and_goes_or_stays_holds_up_nobody(pools: Pools, place: Path) -> None:
    """C-139, C-140."""
    pool = pools.make(1, listen=place)
    pool.submit(tasks.double, 1).result(LIMIT)
    (path,) = place.iterdir()
    ends = [socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(3)]
    for end in ends:
        end.connect(str(path))
    ends.pop().close()
    with suppress(BrokenPipeError):  # he has had his answer
        ends[0].sendall(b"shut down")  # nobody reads that
    assert [said["state"] for said in listening.answers(os.getpid(), place)] == ["open"]
    pool.shutdown()
    for end in ends:
        end.close()
    assert not list(place.iterdir())


@parent_only
def test_a_forked_child_neither_answers_nor_takes_the_file_away(pools: Pools, place: Path) -> None:
    """C-90, C-140."""
    pool = pools.make(1, listen=place)
    pool.submit(tasks.double, 1).result(LIMIT)
    child = os.fork()
    if not child:
        pool.shutdown()
        os._exit(not list(place.iterdir()))
    assert os.waitpid(child, 0)[1] == 0
    assert len(list(listening.answers(os.getpid(), place))) == 1


@parent_only
def test_a_start_that_fails_leaves_no_file_and_the_next_one_is_heard_of(
    pools: Pools, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C-138, C-140."""
    pool: Any = pools.make(1, listen=place)

    def refuses(*_: object) -> None:
        raise LookupError

    with monkeypatch.context() as patch:
        patch.setattr(pool._pool.starter, "check", refuses)
        with pytest.raises(LookupError):
            pool.submit(tasks.double, 1)
        patch.undo()
    with monkeypatch.context() as patch:
        patch.setattr(pool._pool.starter, "start_all", refuses)
        with pytest.raises(LookupError):
            pool.submit(tasks.double, 1)
    assert not list(place.iterdir())
    assert pool.submit(tasks.double, 1).result(LIMIT) == 2
    assert shown(os.getpid(), "--directory", place)[0] == 0


@parent_only
def test_a_file_that_a_killed_process_has_left_is_taken_away(place: Path) -> None:
    """C-140: by whoever asks that process."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        end.bind(str(place / "4194305-0.sock"))
    assert shown(4194305, "--directory", place)[0] == 1
    assert not list(place.iterdir())


@parent_only
def test_a_place_that_others_may_enter_is_refused(pools: Pools, place: Path) -> None:
    """C-65, C-139."""
    (place / "link").symlink_to(place)
    (place / "file").touch()
    (place / "open").mkdir(mode=0o755)
    for name in "link", "file", "open":
        with pytest.raises(ValueError, match="that nobody else may enter"):
            pools.make(1, listen=place / name)
    with pytest.raises(ValueError, match="is too long for a socket"):
        pools.make(1, listen=place / ("x" * 100))
    for value in 3, None, 1.5:
        with pytest.raises(TypeError, match="listen must be True, False, or a directory"):
            pools.make(1, listen=value)


@parent_only
def test_where_the_system_has_no_such_sockets_it_is_refused(pools: Pools, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-138, C-65."""
    monkeypatch.setattr(listening, "AVAILABLE", False)
    with pytest.raises(ValueError, match="listen needs Unix sockets whose peers the kernel knows"):
        pools.make(1, listen=True)
