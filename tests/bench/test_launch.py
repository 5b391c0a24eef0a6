"""One measurement in a process of its own: its answer, its failure, its hang, and that nothing of it stays."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import leaks, limits
from tests.bench import launch
from tests.bench.launch import UNCACHED, environment, measured
from tests.bench.results import Ending

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are found in /proc")

ANSWER = "import pathlib, sys; pathlib.Path(sys.argv[-1]).write_text('{\"cost\": 2.5}')"
# Three generations, the last in a session of its own and deaf to SIGTERM; each writes its number down, then all wait.
FAMILY = """
import os, pathlib, signal, sys, time
for generation in range(3):
    pathlib.Path(sys.argv[1], str(os.getpid())).touch()
    if os.fork():
        break
    if generation == 2:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""
LIMIT = limits.HANG


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(launch, "GRACE", 0.2)
    leaks.adopt_orphans()
    before = set(leaks.descendants(os.getpid()))
    yield
    assert set(leaks.descendants(os.getpid())) <= before


def family(folder: Path) -> list[int]:
    return [int(path.name) for path in folder.iterdir()]


def test_the_cost_that_a_program_writes_is_the_measurement() -> None:
    seen = measured(["-c", ANSWER], LIMIT)
    assert (seen.ending, seen.cost, seen.left) == (Ending.MEASURED, 2.5, ())


def test_a_program_that_fails_says_why_and_has_no_cost() -> None:
    seen = measured(["-c", ANSWER + "; raise ValueError('the wrong value')"], LIMIT)
    assert (seen.ending, seen.cost) == (Ending.FAILED, None)
    assert seen.reason == "exit code 1: ValueError: the wrong value"


def test_a_program_that_writes_nothing_has_failed() -> None:
    assert measured(["-c", "pass"], LIMIT).reason == "exit code 0: no output"


@pytest.mark.slow
def test_a_hang_is_bounded_and_never_counted_even_if_it_comes_after_the_answer(tmp_path: Path) -> None:
    begin = time.monotonic()
    seen = measured(["-c", f"{ANSWER}\n{FAMILY}\ntime.sleep(600)", str(tmp_path)], limit=2.0)
    assert time.monotonic() - begin < LIMIT
    assert (seen.ending, seen.cost) == (Ending.HUNG, None)
    assert len(family(tmp_path)) == 3
    assert not [pid for pid in family(tmp_path) if leaks.is_alive(pid)]


def test_what_outlives_its_program_is_named_and_killed(tmp_path: Path) -> None:
    waits = f"{ANSWER}\n{FAMILY}\nif generation: time.sleep(600)"
    seen = measured(["-c", waits, str(tmp_path)], LIMIT)
    assert seen.ending is Ending.MEASURED
    assert seen.left
    assert not [pid for pid in family(tmp_path) if leaks.is_alive(pid)]


def test_temporary_files_go_with_the_measurement(tmp_path: Path) -> None:
    leaves = f"{ANSWER}\nimport tempfile; pathlib.Path(sys.argv[1], 'name').write_text(tempfile.mkstemp()[1])"
    measured(["-c", leaves, str(tmp_path)], LIMIT)
    assert not Path((tmp_path / "name").read_text()).exists()


@pytest.mark.slow
def test_a_peer_that_waits_for_ever_for_a_dead_worker_is_shown_as_hung() -> None:
    seen = measured(["-m", "tests.bench.measure", "death", "mp.Pool", "20"], limit=2.0)
    assert seen.ending is Ending.HUNG


def test_a_measurement_finds_bytecode_cached_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the pool of this repository alone would be compiled anew at each start of a worker."""
    monkeypatch.setenv(UNCACHED, "1")
    assert UNCACHED not in environment()
    assert environment()["OMP_NUM_THREADS"] == "1"
