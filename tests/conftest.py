"""For every test: a hang ends as a failure with all stacks.  For those that count leaks: a process in which they show.

Decides: the time a test may take, where the stacks of a hang are written, and what this process is like while leaks are
counted.  Must not know: pools; the suites that start processes ask for the leak check themselves.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import resource
import signal
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import TextIO

import pytest

from tests import leaks, limits, whole

STACKS_BEFORE = 5.0
"""Seconds before that limit at which the stacks of all threads are written."""

_real_stderr: list[TextIO] = []
_status: list[int] = [0]
_lost: list[str] = []
"""What became of processes that ran tests for this one, where it is no test's failure."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options are known from the start only if they stand here."""
    parser.addoption(
        "--implementation",
        choices=["ours", "standard", "both", "claims"],
        default="ours",
        help="run the behaviour suite of the pool against checkedpool's executor, the standard library's, or both (the "
        "standard one under one start method); claims: what the standard one is said not to do (expect hangs)",
    )
    whole.add_options(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    whole.run_some_at_a_time(config)


def pytest_report_header(config: pytest.Config) -> list[str]:
    return [whole.SHARED] if whole.is_shared(config) else []


def pytest_configure(config: pytest.Config) -> None:
    """Keep the real standard error: by the time a test hangs, pytest has put a file in its place.

    And listen to SIGINT again, which a shell makes its background jobs ignore.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _real_stderr.append(os.fdopen(os.dup(2), "w"))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object, error: object) -> None:
    """A process that ran tests has ended: badly, or with threads that nobody can end."""
    if error is not None:
        _lost.append(f"{node} ended: {error}")
    elif stuck := getattr(node, "workeroutput", {}).get("stuck"):
        _lost.append(f"{node} left stuck threads: {stuck}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    said: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if said is not None:  # where the tests run for another process
        said["stuck"] = ", ".join(_stuck_threads())
    if _lost and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    _status.append(int(session.exitstatus))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in _lost:
        terminalreporter.write_line(f"ERROR {line}", red=True)


def _stuck_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if not t.daemon and t is not threading.main_thread()]


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the process even if a failed test left threads that nobody can end: the interpreter would wait for them."""
    if stuck := _stuck_threads():
        _real_stderr[-1].write(f"\nstuck threads: {', '.join(stuck)}; leaving without waiting for them\n")
        _real_stderr[-1].flush()
        os._exit(max(1, *_status))
    while _real_stderr:
        _real_stderr.pop().close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Choose what is asked, and give each test without a limit of its own the common one."""
    whole.refuse_addresses(items)
    whole.choose(config, items)
    for item in items:
        if item.get_closest_marker("timeout") is None:
            limit = limits.TEST if item.get_closest_marker("slow") is None else limits.SLOW_TEST
            item.add_marker(pytest.mark.timeout(limit, method="signal"))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Write the stacks of all threads shortly before the limit ends the test."""
    marker = item.get_closest_marker("timeout")
    limit = float(marker.args[0]) if marker is not None and marker.args else limits.TEST
    faulthandler.dump_traceback_later(max(1.0, limit - STACKS_BEFORE), file=_real_stderr[-1])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.fixture(autouse=True, scope="module")
def _what_is_there_is_not_their_garbage() -> None:
    """Each test of a file would look through all of it, twice: the graphs that others have made are large."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _signals_go_where_they_went() -> Iterator[None]:
    """Fail the test after which something else hears SIGINT or SIGTERM: a forked worker takes what it finds."""
    before = leaks.handlers()
    yield
    assert leaks.put_back(before) == []


@pytest.fixture
def so_many(request: pytest.FixtureRequest) -> whole.HowMany:
    """For tests that make their cases by themselves: of so many so few where a share is asked."""
    return partial(whole.so_many, request.config)


@pytest.fixture(scope="session")
def counted_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Make this process one in which leaks show, others beside it do not disturb, and workers start fast."""
    tmp_path_factory.getbasetemp()  # decided before the directory for temporary files changes
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    leaks.adopt_orphans()
    os.environ["PYTHONFAULTHANDLER"] = "1"  # a worker that hangs can be made to show its stacks
    with tempfile.TemporaryDirectory(prefix="cp") as directory, pytest.MonkeyPatch.context() as patch:
        main = sys.modules["__main__"]
        for name in ("__file__", "__spec__"):  # else every spawned worker imports pytest as its main module
            patch.setattr(main, name, None, raising=False)
        patch.delattr(main, "__file__", raising=False)
        leaks.own_temporary_names(Path(directory))
        leaks.start_helpers()
        yield
