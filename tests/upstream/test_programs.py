"""The programs of the museum's exhibits, run.

Decides: which executor is asked, and what must be seen.  Must not know: any bug.
"""

import platform
import sys

import pytest

from checkedpool_model.museum.program import Seen, Shows, run
from tests.audit.known import STANDARD as CLAUSES
from tests.upstream import seen
from tests.upstream.bugs import EXHIBITED, LOKY, PEBBLE, STANDARD, Bug, bugs, given

PATIENT, SHORT = 150.0, 5.0
"""Seconds for what comes to its end, and for what is known to hang."""
INSTALLED = f"CPython {platform.python_version()}"
EXHIBITS = [bug for bug in bugs() if bug.program.parent == EXHIBITED and PEBBLE not in bug.executors]
OURS = [bug for bug in EXHIBITS if STANDARD in bug.executors and bug.name != "lock-order"]
"""The program of ``lock-order`` gives the standard executor another lock, where ours has none."""

named = pytest.mark.parametrize("bug", EXHIBITS, ids=lambda bug: bug.name)


@pytest.mark.slow
@pytest.mark.one_in(8, "make test-all alone")
@named
def test_the_installed_executor_shows_what_is_written_down(bug: Bug) -> None:
    written = seen.read()[bug.name].get(INSTALLED)
    if written is None:
        pytest.skip(f"nobody has written down what it shows with {INSTALLED}")
    expected = seen.shown(written)
    assert run(bug.text, SHORT if expected is Shows.HANG else PATIENT).shows is expected


@pytest.mark.slow
@pytest.mark.one_in(8, "make test-all alone")
@pytest.mark.parametrize("bug", OURS, ids=lambda bug: bug.name)
def test_ours_does_not_show_it(bug: Bug) -> None:
    ours = given(bug.text, "checkedpool")
    assert ours != bug.text
    done = run(ours, PATIENT)
    assert done.shows is Shows.NONE, done


def test_each_interpreter_is_asked_for_what_is_its_own() -> None:
    names = {executor: {bug.name for bug in seen.asked((), executor)} for executor in (STANDARD, LOKY, PEBBLE)}
    assert {"stale-token", "lost-task", "running-too-early"} <= names[STANDARD]
    assert "eaten-wakeup" in names[LOKY] <= names[STANDARD]
    assert not names[PEBBLE] & names[STANDARD]
    assert set.union(*names.values()) == {bug.name for bug in bugs()}
    assert [bug.name for bug in seen.asked(["lost-task"], STANDARD)] == ["lost-task"]


def test_an_end_that_is_neither_is_written_down_with_its_error() -> None:
    notes = {"bug": Seen(Shows.BUG, ("x",), "a warning"), "unknown: no": Seen(Shows.UNKNOWN, (), "no")}
    notes["unknown"] = Seen(Shows.UNKNOWN, ())
    for note, run_of_it in notes.items():
        assert seen.noted(run_of_it) == note
        assert seen.shown(note) is run_of_it.shows


def test_what_was_seen_is_named_after_the_versions() -> None:
    assert seen.label(sys.executable, STANDARD) == INSTALLED
    assert seen.label(sys.executable, "pytest") == f"pytest {pytest.__version__}, {INSTALLED}"


def test_every_clause_that_the_standard_executor_breaks_is_listed() -> None:
    assert set(CLAUSES) <= {bug.clause for bug in bugs() if STANDARD in bug.executors}
