"""``checkedpool museum NAME --run``.  Decides: what a run is judged to show.  Must not know: any bug."""

from __future__ import annotations

import fcntl
import json
import sys
from pathlib import Path

import pytest
from typer.testing import Result

from checkedpool.testing.audit.run import process_group
from checkedpool_model.museum import program, run_program
from checkedpool_model.museum.commands import museum
from checkedpool_model.museum.program import Ending, NoProgramError, Shows, judged, run, said
from tests.model.invoking import invoke

HANGS = Ending("", "all is done")
FAILS = Ending("False", "True")


def text(ending: str, *lines: str) -> str:
    return "\n".join([f'"""A program.\n\n{ending}\n"""', *lines, ""])


ENDS = "It ends with 'False' where the bug is, and with 'True' elsewhere."


@pytest.mark.parametrize(
    ("ending", "printed", "hung", "shows"),
    [
        (HANGS, ("1", "2"), True, Shows.HANG),
        (HANGS, (), True, Shows.HANG),
        (HANGS, ("1", "now all is done"), False, Shows.NONE),
        (HANGS, ("all is done", "1"), False, Shows.UNKNOWN),
        (HANGS, ("all is done",), True, Shows.UNKNOWN),  # it hangs where it should not
        (HANGS, (), False, Shows.UNKNOWN),
        (FAILS, ("it is False",), False, Shows.BUG),
        (FAILS, ("it is False",), True, Shows.BUG),
        (FAILS, ("it is True",), False, Shows.NONE),
        (FAILS, ("it is True",), True, Shows.UNKNOWN),
        (FAILS, (), True, Shows.UNKNOWN),
    ],
)
def test_a_run_is_judged_by_its_last_line_and_by_its_end(
    ending: Ending, printed: tuple[str, ...], hung: bool, shows: Shows
) -> None:
    assert judged(ending, printed, hung=hung) is shows


def test_what_one_sees_stands_in_the_docstring() -> None:
    assert said(text(ENDS)) == FAILS
    assert said(text("It hangs where the bug is, and\nends with 'all is done' elsewhere.")) == HANGS
    with pytest.raises(ValueError, match="a program's docstring says"):
        said(text("It fails."))


def test_what_hangs_is_ended_with_all_that_it_has_started(tmp_path: Path) -> None:
    held = tmp_path / "held"
    seen = run(
        text(
            "It hangs where the bug is, and ends with 'x' elsewhere.",
            "import fcntl, os, time",
            f"file = open({str(held)!r}, 'w')",
            "fcntl.flock(file, fcntl.LOCK_EX)",
            "os.fork()",
            "os.write(1, b'begun\\n')",  # at once: a line's end may be written apart
            "time.sleep(600)",
        ),
        3.0,
        watchdog=process_group.run,
    )
    assert seen.shows is Shows.HANG
    assert seen.printed == ("begun", "begun")
    with held.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # it can be had when both have ended


def test_an_error_is_told_beside_what_was_printed() -> None:
    seen = run(text(ENDS, "print('yes')", "import no_such_module"), 60.0, watchdog=process_group.run)
    assert (seen.shows, seen.printed) == (Shows.UNKNOWN, ("yes",))
    assert seen.error == "ModuleNotFoundError: No module named 'no_such_module'"


def test_what_ends_a_hang_is_found_by_an_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(text(ENDS, "print('it is True')"), 60.0).shows is Shows.NONE
    monkeypatch.setattr(program, "GROUP", "checkedpool.nobody")
    with pytest.raises(NoProgramError, match="nothing is installed that ends what hangs"):
        run(text(ENDS), 60.0)


# --- the command ------------------------------------------------------------------------------------------------------


def asked(monkeypatch: pytest.MonkeyPatch, line: str, *words: str) -> Result:
    """The command, with a program of this one line."""
    monkeypatch.setattr(run_program, "program_of", lambda _: text(ENDS, line))
    monkeypatch.setattr(program, "_watchdog", lambda: process_group.run)
    return invoke(museum, "stale-token", "--run", *words)


@pytest.mark.parametrize(
    ("line", "status", "says"),
    [
        ("print('it is False')", 1, ": the bug shows\n"),
        ("print('it is True')", 0, ": the bug does not show\n"),
        ("raise SystemExit('so not')", 3, ": it ended in another way\n"),
    ],
)
def test_the_verdict_is_the_exit_status(monkeypatch: pytest.MonkeyPatch, line: str, status: int, says: str) -> None:
    done = asked(monkeypatch, line)
    assert done.exit_code == status
    assert "The stale idle token" in done.output
    assert line in done.output
    assert done.output.endswith(says)
    if status == 3:
        assert "  so not\n" in done.output


def test_a_hang_says_when_it_was_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_program, "run", lambda *_: program.Seen(Shows.HANG, ("1",)))
    done = invoke(museum, "stale-token", "--run", "--limit", "7")
    assert done.exit_code == 1
    assert "  and was ended after 7 s\n" in done.output
    assert done.output.endswith(": the bug shows: it hangs\n")


def test_a_long_line_of_the_program_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    done = asked(monkeypatch, f"print('it is', {' ' * 60} True)  # the end of a long line")
    assert "of a long line" in " ".join(done.output.split())


def test_a_run_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    done = asked(monkeypatch, "print('it is True')", "--json")
    shown = json.loads(done.output)
    assert (shown["name"], shown["shows"], shown["printed"]) == ("stale-token", "none", ["it is True"])
    assert shown["python"] == sys.version.split()[0]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--run",), "give its name"),
        (("stale-token", "--run", "--draw", "text"), "give one of them"),
        (("fork-hooks", "--run"), "no program shows 'fork-hooks'"),
        (("fork-hoks", "--run"), "did you mean 'fork-hooks'?"),
    ],
)
def test_there_must_be_an_exhibit_with_a_program(words: tuple[str, ...], says: str) -> None:
    done = invoke(museum, *words)
    assert done.exit_code == 2
    assert says in " ".join(done.output.replace("│", " ").split())
