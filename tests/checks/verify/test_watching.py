"""A verification as one watches it. Decides: what is seen while it runs, on a terminal and elsewhere, and after Ctrl-C.

Must not know: any real check.
"""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from tests.checks.verify import times as record
from tests.checks.verify.__main__ import TIMES, main
from tests.checks.verify.pretended import POOL, PROGRAM, row
from tests.checks.verify.report import Check, Row, Say, Verdict
from tests.checks.verify.times import NoRecordError, Times
from tests.checks.verify.tracks import collect
from tests.checks.verify.watching import Watcher, watched

MAIN = Check("Main", lambda _: [], "make main")
BESIDE = Check("Beside", lambda _: [], "make beside", beside=True)
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


class Clock:
    """It stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


@pytest.mark.one_in(2, "make test-all alone")
@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_the_rows_that_are_done_and_leaves_no_process(
    tmp_path: Path, interrupt: signal.Signals
) -> None:
    for name in (POOL, PROGRAM):
        os.mkfifo(tmp_path / name)
    command = [sys.executable, "-m", "tests.checks.verify.pretended", str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    pids = [int(pid) for name in (POOL, PROGRAM) for pid in (tmp_path / name).read_text().split()]
    running.send_signal(interrupt)
    page, progress = running.communicate(timeout=30)
    assert running.returncode == 130
    assert [line.split()[:2] for line in page.splitlines() if line.strip() and line.startswith("  ")] == [
        ["first", "holds"],
        ["second", "holds"],
    ]
    assert page.splitlines()[-2].startswith("not finished: 2 holds, 3 s of work in ")
    assert "interrupted, not done: Pool, Program" in " ".join(page.split())
    assert "Traceback" not in progress
    assert len(pids) == 3
    assert [pid for pid in pids if is_there(pid)] == []
    assert [key.rpartition(" ")[2] for key in record.read(tmp_path / TIMES, "quick")] == ["first", "second"]


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


# --- lines ------------------------------------------------------------------------------------------------------------


def shown(screen: Console, clock: Clock, *came: Row) -> str:
    with watched(screen, Times([MAIN, BESIDE], {}, clock)) as watcher:
        watcher.said(MAIN, "gate: 3 of 5, 1,234 states so far")
        for one in came:
            watcher.came(MAIN, one)
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def test_elsewhere_there_is_a_plain_line_for_each_row_and_no_control_code(clock: Clock) -> None:
    wrong = row("[bold]second", Verdict.VIOLATED, ("a claim \x1b[31mfails", "in 3 steps"))
    text = shown(Console(file=io.StringIO(), width=40, highlight=False), clock, row("first"), wrong)
    first, second, trouble = text.splitlines()
    assert first.split() == ["0:00", "holds", "1.5", "s", "Pretended,", "first:", "nothing"]
    assert "violated" in second
    assert "Pretended, [bold]second: nothing" in second
    assert trouble.strip() == "a claim [31mfails"
    assert not CONTROL.search(text)


def test_on_a_terminal_the_last_lines_say_how_far_it_is(clock: Clock) -> None:
    screen = Console(file=io.StringIO(), width=60, force_terminal=True, color_system=None)
    text = shown(screen, clock, row("first"))
    assert "1,234 states so far" in text
    assert "1 rows" in text
    assert "\x1b[" in text


def test_the_estimate_is_shown_after_the_first_run(clock: Clock) -> None:
    def seen(before: dict[str, float]) -> str:
        screen = Console(file=(text := io.StringIO()), width=70)
        watcher = Watcher(screen, Times([MAIN, BESIDE], before, clock), clock)
        screen.print(watcher)
        clock.now += 80
        screen.print(watcher)
        return text.getvalue()

    assert "to go" not in seen({})
    text = seen({"Main | A | b": 75.0, "Beside, beside | A | c": 30.0})
    assert "0:00, about 1:15 to go: 0 of 2 rows" in text
    assert "1:20, longer than the last time: 0 of 2 rows" in text


# --- times ------------------------------------------------------------------------------------------------------------


def test_what_is_left_is_the_longer_track_less_what_has_passed(clock: Clock) -> None:
    before = {
        "Main | Pretended | first": 10.0,
        "Main | Pretended | second": 20.0,
        "Beside, beside | Pretended | c": 25.0,
    }
    times = Times([MAIN, BESIDE], before, clock)
    assert (times.left, times.to_come) == (30.0, 3)
    clock.now += 4
    times.came(MAIN, row("first"))
    assert (times.left, times.to_come) == (21.0, 2)  # the other track's is the longer one now
    clock.now += 19
    assert times.left == 2.0
    clock.now += 60
    assert times.left == 0.0
    assert times.took == {"Main | Pretended | first": 4.0}


def test_of_a_check_that_was_never_done_nothing_is_estimated(clock: Clock) -> None:
    assert Times([MAIN, BESIDE], {"Main | A | b": 1.0}, clock).left is None


def test_rows_that_are_no_more_are_forgotten_unless_their_check_was_not_done() -> None:
    before = {"Main | A | old": 1.0, "Beside, beside | A | old": 2.0, "Other | A | b": 3.0}
    took = {"Main | A | new": 4.0, "Beside, beside | A | new": 5.0}
    assert record.kept(before, took, ["Beside"]) == {**took, "Beside, beside | A | old": 2.0, "Other | A | b": 3.0}


@pytest.mark.parametrize(
    "text",
    ["", "[1, 2", "[]", "3", '{"quick": [1]}', '{"quick": {"a": "b"}}', '{"quick": {"a": NaN}}', '{"quick": {"a": -1}}',
     '{"quick": {"a": true}}', "[" * 100_000, "\x00\xff"],
)  # fmt: skip
def test_a_record_that_is_none_is_left_aside_with_a_word(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / TIMES
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(NoRecordError):
        record.read(file, "quick")
    assert main([], [Check("Done", lambda _: [row("first")], "make done")], tmp_path) == 0
    assert f"{file} is no record of times: it is left aside" in capsys.readouterr().err
    assert list(record.read(file, "quick")) == ["Done | Pretended | first"]


def test_kinds_of_runs_are_kept_beside_each_other(tmp_path: Path) -> None:
    file = tmp_path / "build" / TIMES
    record.write(file, "quick", {"a": 1.0})
    record.write(file, "long", {"b": 2.0})
    assert (record.read(file, "quick"), record.read(file, "long")) == ({"a": 1.0}, {"b": 2.0})
    assert json.loads(file.read_text(encoding="utf-8")).keys() == {"quick", "long"}
    assert record.read(tmp_path / "nothing", "quick") == {}


# --- order ------------------------------------------------------------------------------------------------------------


def test_rows_are_told_as_they_end_and_stand_on_the_page_in_their_place(clock: Clock) -> None:
    def rows(_: Say) -> Iterator[Row]:
        for name, place in ("third", 2), ("first", 0), ("second", 1):
            yield Row(section="A", name=name, verdict=Verdict.HOLDS, seconds=0.0, seen="", place=place)

    screen = Console(file=(text := io.StringIO()), width=60)
    with watched(screen, Times([MAIN], {}, clock)) as watcher:
        done = collect([Check("Main", rows, "make main")], watcher)
    assert [one.name for one in done.rows] == ["first", "second", "third"]
    assert re.findall("first|second|third", text.getvalue()) == ["third", "first", "second"]
