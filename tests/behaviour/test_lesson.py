"""``checkedpool lesson``: the programs of the page on shutdown print what the page says.

Decides: which runs are made and how the command ends.  Must not know: what the pool does.
"""

from __future__ import annotations

import json

import pytest

from checkedpool.lesson import commands
from checkedpool.lesson.commands import lesson
from checkedpool.lesson.programs import OURS, STANDARD, Program, Seen, lessons, programs
from tests.model.invoking import invoke
from tests.repo.lesson import DOCUMENT, PROGRAMS, written

PATIENT = 60.0


def test_the_package_carries_the_programs_of_the_page() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert PROGRAMS.read_text(encoding="utf-8") == written(text)
    assert len(programs()) == text.count("\n```python\n") - 1  # without what all begin with
    assert [one.number for one in programs()] == [*range(1, 13)]


@pytest.mark.slow
@pytest.mark.one_in(8, "make test-all alone")
@pytest.mark.parametrize("program", programs(), ids=lambda one: one.name)
def test_each_program_of_the_page_prints_what_the_page_says(program: Program) -> None:
    limit = 15.0 if program.name == "told" else PATIENT  # with the standard executor that one hangs
    ((_, runs),) = lessons((program,), limit)
    assert runs[OURS] == Seen(program.prints)


def test_both_executors_are_shown_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = Seen(("a line",), "TypeError: no", hung=True)
    answers = iter([{OURS: Seen(programs()[0].prints), STANDARD: theirs}, {OURS: Seen(()), STANDARD: theirs}])
    monkeypatch.setattr(commands, "lessons", lambda wanted, _: ((one, next(answers)) for one in wanted))
    done = invoke(lesson, "drain")
    assert done.exit_code == 0
    for line in ("1. Drain and wait: drain.py", "a line", "TypeError: no", "hangs: it was ended after 15 s"):
        assert line in done.stdout
    wrong = invoke(lesson, "1")
    assert wrong.exit_code == 1
    assert "this executor does not print what the page says" in wrong.stdout


@pytest.mark.slow
def test_a_run_as_json_with_an_error_of_the_standard_executor() -> None:
    done = invoke(lesson, "terminate.py", "--json", "--limit", str(PATIENT))
    assert done.exit_code == 0, done.output
    (seen,) = json.loads(done.stdout)
    assert seen["as_the_page_says"]
    assert seen["seen"][OURS]["printed"] == seen["page"]
    assert seen["seen"][STANDARD]["printed"] != seen["page"]


@pytest.mark.slow
def test_a_program_that_hangs_is_ended_and_called_so() -> None:
    endless = Program(1, "Endless", "endless", "print('begins', flush=True)\nimport time\ntime.sleep(60)\n", ())
    ((_, runs),) = lessons((endless,), 3.0)
    assert runs[OURS] == runs[STANDARD] == Seen(("begins",), hung=True)


def test_the_programs_are_listed_and_a_wrong_name_says_which_was_meant() -> None:
    assert "strongest.py" in invoke(lesson).stdout
    assert [one["number"] for one in json.loads(invoke(lesson, "--json").stdout)] == [*range(1, 13)]
    done = invoke(lesson, "strongst")
    assert done.exit_code == 2
    assert "strongest" in done.output
