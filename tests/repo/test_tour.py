"""The tour. Decides: that each step has one idea, one command, one number, and that they are what it shows.

Must not know: what any command does.  A command prints what the tour shows of it if the shown parts come in that order,
whatever the blanks between words; a line of dots stands for anything, and so do dots in a line.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checkedpool_model.museum import EXHIBITS
from checkedpool_model.proof import proved
from checkedpool_model.proof.action import Action
from checkedpool_model.proof.discharge import papers
from checkedpool_model.proof.system import ACTIONS
from checkedpool_spec import cli
from tests.repo.tree import ROOT

TOUR = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
STEPS = re.findall(r"^## (\d+)\. (.+?)\n(.*?)(?=^## )", TOUR, re.DOTALL | re.MULTILINE)
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
PROGRAM = re.compile(r"^```python\n# (\w+\.py)\n(.*?)^```", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"\*\*The number: (.+?)\.\*\*")
COLUMNS = " states| conditions"
"""What stands above a number, and not behind it, where a command prints a table."""

PROOF = STEPS[10][-1]
"""The step whose command takes a minute."""

steps = [
    pytest.param(text, id=title, marks=[pytest.mark.slow] * bool(PROGRAM.search(text))) for *_, title, text in STEPS
]
each_step = pytest.mark.parametrize("text", steps)


def test_there_are_twelve_steps() -> None:
    assert [int(number) for number, *_ in STEPS] == [*range(1, 13)]


@each_step
def test_a_step_has_one_idea_one_console_one_number_and_says_what_changes(text: str) -> None:
    assert text.count("*The idea.* ") == 1
    assert len(CONSOLE.findall(text)) == 1
    assert len(NUMBER.findall(text)) == 1
    assert text.count("*What changes.* ") == (text is not STEPS[-1][-1])


def test_wrong_designs_come_first_and_then_broken_rules() -> None:
    commands = [runs(text)[0][0][1:] for *_, text in STEPS]
    exhibits = {exhibit.name for exhibit in EXHIBITS}
    assert [words for words in commands[:6] if words[0] != "museum" or words[1] not in exhibits] == []
    assert [words[:2] for words in commands[7:10]] == [["check", "--mutant"]] * 3


def runs(text: str) -> list[tuple[list[str], str]]:
    """The commands of a step, and what it shows of each."""
    (console,) = CONSOLE.findall(text)
    _, *parts = re.split(r"^\$ ", console, flags=re.MULTILINE)
    return [(shlex.split(command), shown) for command, _, shown in (part.partition("\n") for part in parts)]


def printed(words: list[str]) -> str:
    """What the command prints."""
    if words[0] == "checkedpool":
        return CliRunner().invoke(cli.build(), words[1:]).stdout
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    ran = subprocess.run([sys.executable, *words[1:]], check=True, text=True, capture_output=True, env=environment)
    return ran.stdout


def is_shown(shown: str, output: str) -> bool:
    """Whether the parts of it come in this order."""
    found = " ".join(output.split())
    parts = [" ".join(part.split()) for part in shown.split("...")]
    return re.fullmatch(".*?".join(map(re.escape, parts)), found) is not None


@pytest.mark.parametrize("text", [step for step in steps if step.values != (PROOF,)])
def test_a_command_prints_what_its_step_shows(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name, program in PROGRAM.findall(text):
        Path(name).write_text(program, encoding="utf-8")
    for words, shown in runs(text):
        output = printed(words)
        assert is_shown(shown, output), output


@pytest.mark.slow
@pytest.mark.one_in(2, "make proof")
@pytest.mark.parametrize("actions", [ACTIONS[:1], ACTIONS], ids=["one action", "all"])
def test_the_proof_says_what_its_step_shows(actions: Sequence[Action], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proved, "proved", partial(proved.proved, actions=actions))
    ((words, shown),) = runs(PROOF)
    count, all_of_them = (sum(len(paper.questions) for paper in papers(some)) for some in (actions, ACTIONS))
    output = printed([*words, "--jobs", "1"])
    assert is_shown(shown.replace(f"{all_of_them:,}", f"{count:,}"), output), output


@each_step
def test_the_number_is_one_that_the_command_prints(text: str) -> None:
    (number,) = NUMBER.findall(text)
    assert re.search(rf"\b{re.sub(COLUMNS, '', number)}\b", "".join(shown for _, shown in runs(text)))


OUTPUT = "a  1\nb 2\n\nc 3 c\n"


@pytest.mark.parametrize("shown", ["a 1\n...\n", "...\nb 2\n...\n", "...\nc ... c\n", "a 1\nb 2\nc 3 c\n"])
def test_what_a_command_prints_is_found(shown: str) -> None:
    assert is_shown(shown, OUTPUT)


@pytest.mark.parametrize("shown", ["a 2\n...\n", "...\nb 2\n", "...\nb 2\n...\na 1\n...\n", "a 1\nc 3 c\n", ""])
def test_what_it_does_not_print_is_not(shown: str) -> None:
    assert not is_shown(shown, OUTPUT)
