"""A run of the whole suite: no clause is missing in the share, and what goes wrong beside another process is seen.

Decides: what a share must have in it, which ends of a process that runs tests are failures. Must not know: any test.
"""

import json
import os
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from itertools import compress
from pathlib import Path

import pytest

from tests import limits
from tests.behaviour.kinds import METHODS
from tests.repo.tree import ROOT
from tests.whole import AT_A_TIME, Asked, asked_by, share

NO_OTHERS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Plug-ins that these runs do not need take longer to be imported than the runs."""
COLLECT = """
import json, pytest
from tests.whole import Asked

class Collected:
    def pytest_collection_finish(self, session):
        found = [Asked.by(item) for item in session.items]
        print("\\n" + json.dumps([(a.function, a.method, sorted(a.clauses), a.every) for a in found]))

options = ["--collect-only", "-qq", "--no-summary", "-p", "pytest_timeout", "-p", "no:cacheprovider"]
pytest.main([*options, "tests/behaviour"], plugins=[Collected()])
"""


@cache
def of_behaviour() -> tuple[Asked, ...]:
    """All tests of behaviour."""
    environment = {**os.environ, **NO_OTHERS}
    command = [sys.executable, "-c", COLLECT]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    found = json.loads(next(line for line in done.stdout.splitlines() if line.startswith("[")))
    return tuple(Asked(function, method, frozenset(clauses), every) for function, method, clauses, every in found)


def shared(tests: tuple[Asked, ...]) -> list[Asked]:
    return list(compress(tests, share(tests)))


# --- the share --------------------------------------------------------------------------------------------------------


def test_every_clause_is_asked_under_each_method_under_which_anything_asks_it() -> None:
    assert asked_by(shared(of_behaviour())) == asked_by(of_behaviour())
    assert {method for method, _ in asked_by(of_behaviour())} >= set(METHODS)


def test_every_function_of_behaviour_is_asked() -> None:
    assert {test.function for test in shared(of_behaviour())} == {test.function for test in of_behaviour()}


def test_the_share_is_much_less_than_all_of_the_dear_methods() -> None:
    dear = [test for test in of_behaviour() if test.method in ("spawn", "forkserver")]
    assert sum(test in dear for test in shared(of_behaviour())) < len(dear) / 2


C1, C2 = frozenset({"C-01"}), frozenset({"C-02"})


@pytest.mark.parametrize(
    ("tests", "kept"),
    [
        ([Asked("a", "fork", C1), Asked("a", "spawn", C1)], [True, True]),
        ([Asked("a", "spawn", C1), Asked("b", "fork", C1), Asked("b", "spawn", C1)], [True, True, False]),
        ([Asked("a", "spawn", C1), Asked("b", "spawn", C1)], [True, True]),
        ([Asked("a", "spawn", C1), Asked("a", "spawn", C1 | C2)], [True, True]),
        ([Asked("a", "spawn", C1), Asked("a", "forkserver", C1), Asked("a", "forkserver", C1)], [True, True, False]),
        ([Asked("a", "fork", C1)] * 3, [True, True, True]),
        ([Asked("a", every=2)] * 5, [True, False, True, False, True]),
        ([Asked("a", every=2), Asked("b", every=2)], [True, True]),
        ([Asked("a", "spawn", C1, 2), Asked("a", "fork", C1, 2), Asked("a", "fork", C1, 2)], [True, True, False]),
        ([Asked("a", "spawn"), Asked("a", "forkserver"), Asked("a", "forkserver")], [False, True, False]),
        ([Asked("a", left=True), Asked("b")], [False, True]),
        ([Asked("a", "spawn", C1, left=True), Asked("b", "spawn", C1)], [False, True]),
        ([Asked("a", "spawn", C1, left=True), Asked("b", "fork", C1)], [True, True]),
    ],
    ids=[
        "the first that asks a clause under its method",
        "not the second",
        "no function is left out",
        "one more clause",
        "each method for itself",
        "all that are cheap",
        "one case in so many",
        "each function for itself",
        "each cheap method for itself",
        "under one of the dear methods the first, where there is none that is cheaper",
        "not what is left to the rest",
        "not even under a dear method",
        "but where nothing else asks its clause",
    ],
)
def test_what_is_in_the_share(tests: list[Asked], kept: list[bool]) -> None:
    assert list(share(tests)) == kept


# --- some at a time ---------------------------------------------------------------------------------------------------

SETTINGS = """
[pytest]
testpaths = tests
markers =
    slow: takes long
    one_in(many, all_by): a share
    left_to(whom): not in a share
"""
PLUGINS = ("-p", "xdist.plugin", "-p", "pytest_timeout", "-p", "no:cacheprovider")
PASSES = "def test_passes(): pass\n"
CASES = """
import pytest
@pytest.mark.one_in(2, "nobody")
@pytest.mark.parametrize("number", range(4))
def test_each(number): pass
"""
LEFT = """
import pytest
@pytest.mark.left_to("nobody")
def test_left():
    "It asks {clause}."
"""
NAMED_BY_ADDRESS = """
import pytest
@pytest.mark.parametrize("made", [object()], ids=str)
def test_made(made): pass
"""
HANGS = """
import threading
import pytest
@pytest.mark.timeout(2, method="signal")
def test_hangs(): threading.Event().wait()
"""
CRASHES = "import os\ndef test_crashes(): os.abort()\n"
ENDS_LATER = """
import os
class Ends:
    def pytest_sessionfinish(self): os._exit(0)
def test_passes(request): request.config.pluginmanager.register(Ends())
"""
LEAVES_A_THREAD = """
import threading
def test_leaves_a_thread(): threading.Thread(target=threading.Event().wait, name="Methuselah").start()
"""


BESIDE = ("-n", "1")
"""The tests in another process than what reports them."""
needs_two = pytest.mark.skipif(find_spec("xdist") is None, reason="pytest-xdist is not installed: `make` would do it")


def run(folder: Path, source: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A run of a suite of two files, with what this suite has besides tests."""
    (folder / "pytest.ini").write_text(SETTINGS)
    (folder / "tests").mkdir()
    (folder / "tests/conftest.py").write_text("from tests.conftest import *\n")
    (folder / "tests/test_one.py").write_text(source)
    (folder / "tests/test_two.py").write_text(PASSES)
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGINS, *arguments],
        cwd=folder,
        env={**plain, "PYTHONPATH": str(ROOT), **NO_OTHERS},
        capture_output=True,
        text=True,
        timeout=limits.HANG,
        check=False,
    )


@pytest.mark.one_in(3, "make test-all alone")
@needs_two
@pytest.mark.parametrize(
    ("arguments", "processes", "passed"),
    [
        ((), AT_A_TIME, 3),
        (("--all",), AT_A_TIME, 5),
        (("--rest",), AT_A_TIME, 2),
        (("-n", "0"), 0, 3),
        (("--pdb",), 0, 3),
        (("-x",), AT_A_TIME, 3),
        (("-k", "test"), 0, 5),
        (("tests/test_one.py",), 0, 4),
        (("-n", "2", "tests/test_one.py"), 2, 4),
    ],
    ids=str,
)
def test_a_run_that_names_nothing_is_a_share_and_some_at_a_time(
    tmp_path: Path, arguments: tuple[str, ...], processes: int, passed: int
) -> None:
    done = run(tmp_path, CASES, *arguments)
    assert done.returncode == 0, done.stdout
    assert f"{passed} passed" in done.stdout
    assert (f"{processes} workers" in done.stdout) == bool(processes)


@needs_two
@pytest.mark.parametrize(
    ("arguments", "cases", "passed"),
    [((), 2, 2), (("--all", "-n", "0"), 7, 2), (("--rest", "-n", "0"), 7, 1)],
    ids=str,
)
def test_what_asks_fewer_cases_in_the_share_is_asked_again_in_the_rest(
    tmp_path: Path, arguments: tuple[str, ...], cases: int, passed: int
) -> None:
    done = run(tmp_path, f"def test_cases(so_many): assert so_many(7, 2) == {cases}\n", *arguments)
    assert done.returncode == 0, done.stdout
    assert f"{passed} passed" in done.stdout


@needs_two
@pytest.mark.parametrize(("arguments", "passed"), [((), 1), (("--rest",), 1), (("--all",), 2)], ids=str)
def test_what_is_left_to_the_rest_is_asked_there(tmp_path: Path, arguments: tuple[str, ...], passed: int) -> None:
    done = run(tmp_path, LEFT.format(clause="nothing"), "-n", "0", *arguments)
    assert done.returncode == 0, done.stdout
    assert f"{passed} passed" in done.stdout


@needs_two
def test_a_share_in_which_a_clause_is_missing_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, LEFT.format(clause="C-01"), "-n", "0")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "C-01" in done.stdout + done.stderr


@needs_two
def test_a_test_whose_name_differs_from_process_to_process_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, NAMED_BY_ADDRESS, "-n", "0")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "address" in done.stdout + done.stderr


@needs_two
def test_a_hang_beside_another_process_is_a_failure_with_all_stacks(tmp_path: Path) -> None:
    done = run(tmp_path, HANGS, *BESIDE)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "1 failed, 1 passed" in done.stdout
    assert "most recent call first" in done.stderr
    assert "in test_hangs" in done.stderr


@needs_two
def test_a_process_that_crashes_is_a_failure_of_its_test(tmp_path: Path) -> None:
    done = run(tmp_path, CRASHES, *BESIDE)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "crashed while running 'tests/test_one.py::test_crashes'" in done.stdout
    assert "1 failed, 1 passed" in done.stdout


@needs_two
def test_a_process_that_ends_after_its_tests_and_says_nothing_is_a_failure(tmp_path: Path) -> None:
    done = run(tmp_path, ENDS_LATER, *BESIDE)
    assert "2 passed" in done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "ERROR <WorkerController gw" in done.stdout


@needs_two
@pytest.mark.parametrize("arguments", [BESIDE, ("-n", "0")], ids=["beside another", "alone"])
def test_a_thread_that_nobody_can_end_is_a_failure_and_no_hang(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = run(tmp_path, LEAVES_A_THREAD, *arguments)
    assert "2 passed" in done.stdout
    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert "Methuselah" in done.stdout + done.stderr
