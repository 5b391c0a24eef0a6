"""Pools do their work with what Windows and macOS have: no other name of the library, and none of Linux's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import limits
from tests.elsewhere.__main__ import environment
from tests.elsewhere.pretend import POOL, as_has, install, restricted
from tests.elsewhere.stubs import lacks

PROGRAM = Path(__file__).with_name("program.py")
SAID = """\
map [3, 2, 1, 0, 1, 2]
large True
fails LookupError
dies -9 True __main__.die
after it 1
stopped True
limited TimeoutError
many True
broken {'BrokenProcessPool'}
cancelled None True
killed True
left 0 []
"""


@pytest.mark.parametrize(("system", "method"), [("win32", "spawn"), ("darwin", "spawn"), ("darwin", "forkserver")])
def test_a_pool_works_with_what_the_system_has(system: str, method: str) -> None:
    """Tasks, large values, errors, deaths, stops, limits, breaks, and each way to end; nothing is left."""
    ended = subprocess.run(
        [sys.executable, "-W", "error", PROGRAM, method],
        env=environment(system), capture_output=True, text=True, timeout=2 * limits.HANG, check=False,
    )  # fmt: skip
    assert (ended.stdout, ended.stderr, ended.returncode) == (SAID, "", 0)


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_the_pool_sees_the_system_that_is_played(system: str) -> None:
    """The control: else the test above would run on Linux."""
    asked = "from checkedpool._os import system as s; print(s.sys.platform, s.PORTABLE, s.HAS_PIDFD, s.HAS_KQUEUE)"
    said = subprocess.run(
        [sys.executable, "-c", asked], env=environment(system), capture_output=True, text=True, timeout=limits.HANG,
        check=True,
    ).stdout  # fmt: skip
    assert said.split() == [system, str(system == "win32"), "False", str(system == "darwin")]


@pytest.mark.parametrize(
    ("system", "program", "error"),
    [
        ("win32", "import os; os.fork()", AttributeError),
        ("win32", "from os import set_blocking, writev", ImportError),
        ("win32", "import fcntl", ModuleNotFoundError),
        ("win32", "import socket; socket.AF_UNIX", AttributeError),
        ("win32", "from multiprocessing.reduction import DupSocket", ImportError),
        ("darwin", "import os; os.pidfd_open(1)", AttributeError),
        ("darwin", "from select import epoll", ImportError),
    ],
)
def test_a_name_that_the_system_has_not_is_an_error(system: str, program: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        exec(program, {"__builtins__": restricted(system)})  # noqa: S102 - our own source, above


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_what_all_systems_have_is_there(system: str) -> None:
    assert as_has(system, "os").getpid() == as_has("linux", "os").getpid()
    assert not lacks("os", system) & {"read", "write", "close", "kill", "environ", "urandom"}


def test_the_names_of_a_stub_follow_its_conditions() -> None:
    assert {"fork", "set_blocking", "eventfd", "register_at_fork"} <= lacks("os", "win32")
    assert "eventfd" in lacks("os", "darwin")
    assert "fork" not in lacks("os", "darwin")
    assert not lacks("os", "linux")


def test_a_system_that_is_not_known_and_a_pool_that_is_there_already_are_errors() -> None:
    with pytest.raises(ValueError, match="must be one of win32, darwin"):
        install("beos")
    assert POOL in sys.modules
    with pytest.raises(RuntimeError, match="has been imported"):
        install("darwin")
