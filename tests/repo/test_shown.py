"""What the documents show is what there is: each command would be understood, each program is run.

Decides: that the words of a command name what exists, its options included; that no program is shown which nobody
runs. Must not know: what a command does.

A word in capitals stands for a value, ``a|b`` for a choice. What a diary says was true when it was written: there the
verbs and options of the command line must exist, the names need not.
"""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer

from checkedpool.lesson.programs import programs
from checkedpool.testing.audit import Scenario
from checkedpool.testing.schedules.schedule import Schedule
from checkedpool.testing.simulated.catalogue import SCOPES
from checkedpool_model.museum import EXHIBITS, exhibit_named
from checkedpool_model.scopes.all import EVERY_SCOPE, scope_named
from checkedpool_spec import cli
from tests.repo.tree import ROOT, code_in, relative, sources, texts

DOCUMENTS = [path for path in texts() if path.suffix == ".md"]
DIARIES = {"CHANGELOG.md", "docs/divergences.md"}
COMMAND = re.compile(
    r"^(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.ci/pythons run )?(?:\S*/)?(checkedpool|make|python -m) ([a-z].*?)"
    r"(?:\s+#\s.*|\s[>|]\s.*)?$"
)
VALUE = re.compile(r"[A-Z]+(?:[:#][A-Z]+)*")
A_NUMBER = "1"
"""Every option that takes a value takes this one."""


def commands(document: Path, *wanted: str) -> Iterator[str]:
    """The words of each command of these programs that a document shows."""
    found = map(COMMAND.match, code_in(document.read_text()).splitlines())
    yield from dict.fromkeys(one[2] for one in found if one and one[1] in wanted)


def shown(*wanted: str, diaries: bool = True) -> list[tuple[str, str]]:
    """Of all documents: where, and the words."""
    places = [path for path in DOCUMENTS if diaries or relative(path) not in DIARIES]
    return [(relative(path), words) for path in places for words in commands(path, *wanted)]


# --- the command line -------------------------------------------------------------------------------------------------


NAMES: dict[str, Callable[[str], object]] = {
    "audit.replay": Scenario.parse,
    "check.scope": lambda word: scope_named(word.partition("#")[0]),
    "explore.subject": lambda word: _explored(word.partition("#")[0]),
    "lesson.number": lambda word: {one.name: one for one in programs()}[word],
    "museum.name": exhibit_named,
    "replay.schedule": Schedule.read,
    "schedules.scope": lambda word: word == "all" or SCOPES[word],
}


def _explored(word: str) -> None:
    """A scope, an exhibit, a schedule, the folder of a trace."""
    if word not in {"run", *(one.name for one in EVERY_SCOPE), *(one.name for one in EXHIBITS)}:
        Schedule.read(word)


@pytest.mark.parametrize(("document", "words"), shown("checkedpool"))
def test_each_command_would_be_understood(document: str, words: str) -> None:
    understood(words, names=document not in DIARIES)


@cache
def verbs() -> dict[str, Any]:
    command: Any = typer.main.get_command(cli.build())
    return dict(command.commands)


def understood(words: str, *, names: bool = True) -> None:
    """An error is what the command line would say; nothing is done."""
    for verb, *rest in _choices([A_NUMBER if VALUE.fullmatch(word) else word for word in shlex.split(words)]):
        try:
            read = verbs()[verb].make_context(verb, rest).params if rest else {}  # a verb alone is only named
        except Exception as error:
            if not str(getattr(error, "message", "")).endswith("requires an argument."):  # likewise an option
                raise
            read = {}
        for name, value in read.items():
            if names and isinstance(value, str) and value != A_NUMBER:
                NAMES.get(f"{verb}.{name}", str)(value)


def _choices(words: list[str]) -> Iterator[list[str]]:
    several = [place for place, word in enumerate(words) if "|" in word and " " not in word]
    if not several:
        yield words
    for place in several[:1]:
        for one in words[place].split("|"):
            yield from _choices([*words[:place], one, *words[place + 1 :]])


@pytest.mark.parametrize("words", ["museum full-pip", "schedules --stratgy pct", "check two|cancel", "replay v1:two:q"])
def test_a_command_that_would_not_be_understood_is_noticed(words: str) -> None:
    with pytest.raises(Exception, match=r"."):
        understood(words)


# --- make, and modules ------------------------------------------------------------------------------------------------


ASKED_OF_PYTEST = {"-k", "-n", "-x", "--pdb", "--hypothesis-seed"}
RECIPE = re.compile(r"^(\S+): .*\n\t@\S+(?:/checkedpool (\S+)| -m (\S+)).*\$\(ARGS\)$", re.MULTILINE)


@cache
def recipes() -> dict[str, tuple[str, str]]:
    """By verb: the verb of the command line that it runs, or the module."""
    return {verb: (command, module) for verb, command, module in RECIPE.findall((ROOT / "Makefile").read_text())}


@pytest.mark.parametrize(("document", "words"), shown("make", diaries=False))
def test_each_verb_of_make_takes_what_is_shown_with_it(document: str, words: str) -> None:
    verb, *rest = shlex.split(words)
    for word in rest:
        if word.startswith("ARGS="):
            command, module = recipes()[verb]
            given = word.removeprefix("ARGS=")
            understood(f"{command} {given}") if command else taken(module, shlex.split(given))


@pytest.mark.parametrize(("document", "words"), shown("python -m", diaries=False))
def test_each_module_takes_what_is_shown_with_it(document: str, words: str) -> None:
    module, *rest = shlex.split(words)
    if module.startswith(("tests.", "checkedpool")):
        taken(module, rest)


def taken(module: str, words: Iterable[str]) -> None:
    """The module can be run, its package has these options, and what reads as a file is one."""
    options = ASKED_OF_PYTEST | _options(ROOT / "tests") if module == "pytest" else _options(_package(module))
    for word in words:
        if word.startswith("-"):
            assert word.partition("=")[0] in options
        if word.startswith("tests/"):
            assert (ROOT / word).exists()


def _package(module: str) -> Path:
    """The folder of what is run: a package with a main part, or a file."""
    found = find_spec(module)
    assert found is not None, module
    assert found.origin is not None, module
    assert not found.submodule_search_locations or find_spec(f"{module}.__main__"), module
    return Path(found.origin).parent


@cache
def _options(folder: Path) -> set[str]:
    """What is said to a parser of the files of a folder."""
    nodes = (node for file in folder.glob("*.py") for node in ast.walk(ast.parse(file.read_text())))
    calls = (node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    said = (
        word for call in calls if ast.unparse(call.func).endswith((".add_argument", ".addoption")) for word in call.args
    )
    return {str(word.value) for word in said if isinstance(word, ast.Constant)}


@pytest.mark.parametrize(
    ("module", "words"), [("tests.repo.lessons", ""), ("tests.checks.verify", "--onyl Model"), ("pytest", "tests/shel")]
)
def test_what_a_module_does_not_take_is_noticed(module: str, words: str) -> None:
    with pytest.raises(AssertionError):
        taken(module, words.split())


# --- programs ---------------------------------------------------------------------------------------------------------


PROGRAM = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
HERE = {"docs/audit.md", "docs/testing.md", "docs/traces.md"}
"""Pages whose programs are run below."""
SHOWN_FILES = "docs/upstream/"
"""Pages that show programs which are files: a test compares them (``tests/upstream``), and others run the files."""


def test_each_page_with_programs_has_a_test_that_runs_them() -> None:
    pages = {relative(path) for path in DOCUMENTS if PROGRAM.search(path.read_text())}
    pages = {page for page in pages if not page.startswith(SHOWN_FILES)}
    readers = [path.read_text() for path in sources("tests") if path != Path(__file__)]
    unread = {page for page in pages - HERE if not any(f'"{Path(page).name}"' in text for text in readers)}
    assert pages >= HERE
    assert not unread, "a test that reads the page and runs what it shows, or a line in HERE"


def program(document: str) -> str:
    (text,) = PROGRAM.findall((ROOT / document).read_text())
    return str(text)


def run(text: str, folder: Path) -> str:
    (folder / "program.py").write_text(text)
    done = subprocess.run([sys.executable, "program.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_program_on_simulated_runs_prints_a_run_in_which_nothing_is_wrong(tmp_path: Path) -> None:
    *steps, last = run(program("docs/testing.md"), tmp_path).splitlines()
    assert len(steps) > len(("submit", "submit", "cancel", "shutdown"))
    assert last.endswith("] None")  # nothing was wrong


@pytest.mark.slow
def test_the_program_on_traces_writes_one(tmp_path: Path) -> None:
    assert run(program("docs/traces.md"), tmp_path) == "['b', 'd']\n"
    assert list((tmp_path / "run").iterdir())


@pytest.mark.slow
def test_the_test_on_the_page_on_audits_passes_with_this_executor(tmp_path: Path) -> None:
    text = program("docs/audit.md").replace("mypackage.pools:MyExecutor", "checkedpool:ProcessPoolExecutor")
    assert run(f"{text}\n\nif __name__ == '__main__':\n    test_a_waiting_task_can_be_cancelled()\n", tmp_path) == ""


def test_what_the_readme_shows_of_the_constructor_makes_executors() -> None:
    (lines,) = [text for text in PROGRAM.findall((ROOT / "README.md").read_text()) if "__main__" not in text]
    for line in lines.splitlines():
        exec(f"from checkedpool import ProcessPoolExecutor\n{line}", {})  # noqa: S102 - the README's
