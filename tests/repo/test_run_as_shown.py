"""Each command of the command line that a document shows is run, and comes to its end without an error.

Decides: which are run here, and who runs the others. Must not know: what a command answers.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests import limits
from tests.repo.test_shown import VALUE, program, shown

ELSEWHERE = {
    "audit": "tests/audit, and the page that shows them was made by them",
    "check --all": "make verify",
    "check --generated": "make verify",
    "demo": "make claims",
    "lesson": "tests/behaviour/test_lesson.py",
    "prove": "make proof",
}
"""Who runs the commands that begin so; whatever ends with ``--run`` is run by ``tests/upstream``."""
MANY = re.compile(r"--runs \d{3,}|(?<=^schedules)$")
"""Runs that would take long; who says nothing of them is given a hundred in each scope."""
LIMIT = limits.SLOW_TEST / 2


def is_run_here(words: str) -> bool:
    """Not what only names a verb, or an option, nor what has a word in the place of a value."""
    verb, *rest = shlex.split(words)
    named = (not rest and verb not in {"museum", "schedules"}) or rest == ["--draw"]
    stands_for = [word for word in rest if VALUE.fullmatch(word.partition(".")[0]) or "CLAIM" in word]
    elsewhere = words.endswith("--run") or any(f"{words} ".startswith(f"{begin} ") for begin in ELSEWHERE)
    return not (named or stands_for or elsewhere)


COMMANDS = list(dict.fromkeys(words for _, words in shown("checkedpool", diaries=False) if is_run_here(words)))


UNTRACED = """
import multiprocessing
from checkedpool import ProcessPoolExecutor
with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
    pool.submit(abs, -1).result()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the traces that the pages speak of: of one pool, and of all pools of a program."""
    made = tmp_path_factory.mktemp("shown")
    for text, all_of_them in (program("docs/traces.md"), {}), (UNTRACED, {"CHECKEDPOOL_TRACE": "all"}):
        (made / "program.py").write_text(text)
        environment = {**os.environ, **all_of_them}
        subprocess.run([sys.executable, "program.py"], cwd=made, env=environment, timeout=LIMIT, check=True)
    return made


def ran(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from checkedpool_spec.cli import main; main()", *shlex.split(words)],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.one_in(24, "make test-all alone")
@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_that_is_shown_comes_to_its_end(words: str, folder: Path) -> None:
    done = ran(MANY.sub(" --runs 20", words), folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", ["museum full-pip", "trace nowhere", "check 2x2 --mutant nobody"])
def test_a_command_that_does_not_is_noticed(words: str, folder: Path) -> None:
    assert ran(words, folder).returncode != 0


def test_what_is_left_to_others_is_little() -> None:
    assert len(COMMANDS) > 60, "is the pattern of commands still right?"
