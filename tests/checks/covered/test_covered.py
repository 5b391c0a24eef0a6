"""The page on lines, and how they are noted.

Decides: that the page is about the files that there are, and that a line is noted where it is executed, in forked
processes too. Must not know: how many lines anything executes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from checkedpool._core.worker_record import READY, WorkerRecord
from tests.checks.covered import lines
from tests.checks.covered.__main__ import NOT_RUN, main
from tests.checks.covered.lines import FILES, can_watch, executed, lines_of, watched
from tests.checks.covered.page import PAGE, page, rows

NOW = (lines.ROOT / PAGE).read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([\w/.]+\.py) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", NOW, re.MULTILINE)
needs_monitoring = pytest.mark.skipif(not can_watch(), reason="Python tells of lines since 3.12")
RECORD = "_core/worker_record.py"


def test_the_page_has_each_file_of_the_executor_once() -> None:
    again = "make it again: python -m tests.checks.covered explore, test and page, on Python 3.12 or newer"
    assert [file for file, *_ in ROWS] == list(FILES), again


def test_the_numbers_of_each_file_add_up_and_are_said_in_sum() -> None:
    numbers = [[int(number) for number in row[1:]] for row in ROWS]
    assert all(lines == explored + tested + never for lines, explored, tested, never in numbers)
    whole = [sum(column) for column in zip(*numbers, strict=True)]
    assert f"| **all** | {' | '.join(map(str, whole))} |" in NOW
    assert f"**exploration executes {whole[1]}**" in NOW


def test_the_machines_are_explored_and_the_system_is_not() -> None:
    share = {file: int(explored) / int(lines) for file, lines, explored, *_ in ROWS if int(lines)}
    assert min(share["_core/manager.py"], share[RECORD]) > 0.9
    assert share["_os/servers.py"] < share["_core/manager.py"]


def test_only_lines_of_functions_count() -> None:
    text = (lines.EXECUTOR / RECORD).read_text().splitlines()
    found = {text[line - 1].strip() for line in lines_of(RECORD)}
    assert not [line for line in found if line.startswith(("import ", "from ", "class ", "def ", "@"))]
    assert any(line.startswith("return ") for line in found)


def makes_a_record() -> None:
    WorkerRecord(0, READY)


def in_a_forked_child() -> None:
    if (pid := os.fork()) == 0:
        makes_a_record()
        os._exit(0)
    os.waitpid(pid, 0)


@needs_monitoring
@pytest.mark.parametrize("act", [makes_a_record, in_a_forked_child])
def test_a_line_is_noted_where_it_is_executed(tmp_path: Path, act: Callable[[], None]) -> None:
    with watched(tmp_path / "notes"):
        pass
    assert not any(executed(tmp_path / "notes").values())
    with watched(tmp_path / "notes"):
        act()
    found = executed(tmp_path / "notes")
    assert found[RECORD]
    assert found[RECORD] < lines_of(RECORD)
    assert not found["_core/manager.py"]


def test_without_that_it_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.checks.covered.__main__.can_watch", lambda: False)
    monkeypatch.setattr("sys.argv", ["covered", "explore", str(tmp_path)])
    assert main() == NOT_RUN
    assert "not run" in capsys.readouterr().err


def test_what_both_execute_counts_as_explored() -> None:
    some = {file: lines_of(file) for file in FILES}
    none: dict[str, frozenset[int]] = dict.fromkeys(FILES, frozenset())
    assert all(row.lines == row.explored for row in rows(some, some))
    assert all(row.lines == row.tested for row in rows(none, some))
    assert all(row.lines == row.never for row in rows(none, none))
    text = page(rows(none, some), "`some`", "CPython", "today")
    assert "| **_fast** |" in text
