"""What is counted is ours: other programs write into the same folders at the same time."""

import multiprocessing
import os
import signal
import tempfile
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import pytest

from tests import leaks

pytestmark = pytest.mark.usefixtures("counted_process")
SHARED = Path("/dev/shm")  # noqa: S108 - where another program's file is put
on_linux = pytest.mark.skipif(not SHARED.is_dir(), reason="names of shared memory cannot be listed here")


@on_linux
@pytest.mark.parametrize("name", ["a-file", "psm_0badcafe", "sem.mp-0badcafe", "sem.cp0.-0badcafe"])
def test_what_another_program_leaves_in_shared_memory_is_not_counted(name: str) -> None:
    before = leaks.take()
    path = SHARED / f"{name}-{os.getpid()}"
    path.touch()
    try:
        assert leaks.left_behind(before, limit=0) == []
    finally:
        path.unlink()


@on_linux
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_semaphore_of_ours_is(method: str) -> None:
    before = leaks.take()
    made = multiprocessing.get_context(method).Semaphore()
    (found,) = leaks.left_behind(before, limit=0)
    assert found.startswith(f"{SHARED}/sem.")
    del made
    assert leaks.left_behind(before) == []


@on_linux
def test_a_block_of_shared_memory_of_ours_is() -> None:
    before = leaks.take()
    made = SharedMemory(create=True, size=1)
    made.close()
    assert leaks.left_behind(before, limit=0) == [f"{SHARED}/{made.name}"]
    made.unlink()
    assert leaks.left_behind(before) == []


def test_a_temporary_file_is_counted_in_our_own_directory_only(tmp_path: Path) -> None:
    before = leaks.take()
    (tmp_path / "another's").touch()
    made = Path(tempfile.gettempdir()) / "ours"
    made.touch()
    assert leaks.left_behind(before, limit=0) == [f"temporary file {made}"]
    made.unlink()
    assert leaks.left_behind(before) == []


def test_a_process_that_shares_its_names_with_others_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "_own", [])
    with pytest.raises(RuntimeError, match="ask for the fixture counted_process"):
        leaks.take()


def test_a_handler_that_is_not_put_back_is_named_and_gone() -> None:
    """A worker made in the main thread took SIGINT, and workers that later tests forked heard of none."""
    before = leaks.handlers()
    assert leaks.put_back(before) == []
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert leaks.put_back(before) == ["SIGINT is heard by 1"]
    assert leaks.handlers() == before
