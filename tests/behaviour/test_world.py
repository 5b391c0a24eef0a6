"""What a worker finds of its parent: the main module, the environment, the folder, the arguments, the import path.

They are those of the first submit, whenever the worker is started: later, beside the end of the script, after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.behaviour.marks import methods, ours_only

if TYPE_CHECKING:
    from pathlib import Path

    from tests.behaviour.conftest import MakeScript
    from tests.behaviour.gates import Journal

EIGHT = [str(number) for number in range(8)]

# ------------------------------------------------------------------------------------------------ the end of the script


@pytest.mark.parametrize("ending", ["pass", "pool.shutdown(wait=False)", "del pool", "sys.exit()"])
def test_a_script_that_ends_without_a_shutdown_has_run_the_functions_of_its_main_module(
    script: MakeScript, journal: Journal, ending: str
) -> None:
    """C-60, C-104: its file has no name any more when the workers are started."""
    program = script(f"""
        def write(number):
            Journal(sys.argv[2]).write(number)

        if __name__ == "__main__":
            pool = make(2)
            for number in range(8):
                pool.submit(write, number)
            {ending}
    """)
    ended = program.run(journal.path)
    assert (ended.code, ended.err) == (0, "")
    assert sorted(journal.words()) == EIGHT


@methods("spawn", "forkserver")
@pytest.mark.parametrize("workers", [1, 2])
@ours_only("gh-115634: with a task limit and a backlog the pool can stop for ever")
def test_workers_that_replace_spent_ones_after_the_script_has_ended_run_its_functions(
    script: MakeScript, journal: Journal, workers: int
) -> None:
    """C-60, C-73, C-104."""
    program = script(f"""
        def write(number):
            Journal(sys.argv[2]).write(number)

        if __name__ == "__main__":
            pool = make({workers}, max_tasks_per_child=1)
            for number in range(8):
                pool.submit(write, number)
    """)
    ended = program.run(journal.path)
    assert (ended.code, ended.err) == (0, "")
    assert sorted(journal.words()) == EIGHT


@methods("spawn", "forkserver")
@ours_only("new: on_worker_death")
def test_workers_that_replace_dead_ones_after_the_script_has_ended_run_its_functions(
    script: MakeScript, journal: Journal
) -> None:
    """C-60, C-84, C-104."""
    program = script("""
        import os, signal, threading

        def die():
            os.kill(os.getpid(), signal.SIGKILL)

        def write(number):
            Journal(sys.argv[2]).write(number)

        if __name__ == "__main__":
            pool = make(1, on_worker_death="replace")
            for number in range(8):
                pool.submit(die)
                pool.submit(write, number)
    """)
    ended = program.run(journal.path)
    assert (ended.code, ended.err) == (0, "")
    assert sorted(journal.words()) == EIGHT


MODULE = """
import sys
from tests.behaviour import tasks
from tests.behaviour.gates import Journal
from tests.behaviour.kinds import Kind

def write(journal, number):
    journal.write(number)

if __name__ == "__main__":
    pool = Kind.parse(sys.argv[1]).make(2)
    for number in range(8):
        pool.submit(tasks.write if sys.argv[0] == "-c" else write, Journal(sys.argv[2]), number)
"""


@pytest.mark.parametrize("option", ["-c", "-m"])
def test_a_program_that_is_no_file_may_end_without_a_shutdown(
    script: MakeScript, journal: Journal, tmp_path: Path, option: str
) -> None:
    """C-60, C-104: code on the command line, and a module; what each runs a worker can import."""
    (tmp_path / "a_module.py").write_text(MODULE)
    program = script("""
        import os, subprocess

        if __name__ == "__main__":
            kind, journal, option, folder = sys.argv[1:]
            os.chdir(folder)
            what = "a_module" if option == "-m" else open("a_module.py").read()
            sys.exit(subprocess.run([sys.executable, option, what, kind, journal]).returncode)
    """)
    ended = program.run(journal.path, option, tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert sorted(journal.words()) == EIGHT


# ------------------------------------------------------------------------------------------------ a later world


@methods("spawn", "forkserver")
def test_a_worker_sees_the_world_of_the_first_submit_and_so_does_the_import_of_its_main_module(
    script: MakeScript, tmp_path: Path
) -> None:
    """C-104: what is changed as soon as submit() has returned, it does not see."""
    (tmp_path / "elsewhere").mkdir()
    program = script("""
        import os
        from unittest import mock

        def world():
            folder = os.path.basename(os.getcwd())
            return os.environ.get("WORD"), os.environ.get("LATER"), folder, sys.argv[-1], "/a/path" in sys.path

        at_import = world()

        def seen():
            return [at_import, world()]

        if __name__ == "__main__":
            pool = make(1)
            os.chdir(sys.argv[2])
            sys.argv.append("then")
            with mock.patch.dict(os.environ, {"WORD": "then"}), mock.patch.object(sys, "path", [*sys.path, "/a/path"]):
                future = pool.submit(seen)
            os.environ["LATER"] = sys.argv[-1] = "later"
            os.chdir("..")
            assert future.result() == 2 * [("then", None, "elsewhere", "then", True)], future.result()
            pool.shutdown()
    """)
    ended = program.run(tmp_path / "elsewhere")
    assert (ended.code, ended.err) == (0, "")


@methods("spawn", "forkserver")
@ours_only("no issue: each worker sees the world of the submit that starts it")
def test_workers_that_are_started_later_see_the_world_of_the_first_submit(script: MakeScript, tmp_path: Path) -> None:
    """C-104: so all workers of a pool see the same."""
    program = script("""
        import os

        def seen():
            return os.environ.get("LATER"), os.getcwd(), sys.argv[-1]

        if __name__ == "__main__":
            first = seen()
            pool = make(1, max_tasks_per_child=1)
            pool.submit(int).result()
            os.environ["LATER"] = sys.argv[-1] = "later"
            os.chdir(sys.argv[2])
            assert pool.submit(seen).result() == first, (first, pool.submit(seen).result())
            pool.shutdown()
    """)
    ended = program.run(tmp_path, "first")
    assert (ended.code, ended.err) == (0, "")


@methods("forkserver")
def test_a_fork_server_that_has_found_another_copy_of_the_package_does_no_harm(
    script: MakeScript, tmp_path: Path
) -> None:
    """C-104: its workers import what their parent has imported."""
    copy = tmp_path / "elsewhere" / "checkedpool"
    (copy / "_worker").mkdir(parents=True)
    for name in "__init__", "_worker/__init__", "_worker/worker":
        (copy / f"{name}.py").write_text("def worker_main(*_): raise SystemExit('of another copy')")
    program = script("""
        import os
        import checkedpool

        def seen():
            return sys.modules["checkedpool"].__file__

        if __name__ == "__main__":
            pool = make(1)
            os.environ["PYTHONPATH"] = os.pathsep.join([sys.argv[2], os.environ["PYTHONPATH"]])
            assert pool.submit(seen).result() == checkedpool.__file__
            pool.shutdown()
    """)
    ended = program.run(copy.parent)
    assert (ended.code, ended.err) == (0, "")
