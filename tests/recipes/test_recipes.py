"""The programs of docs/recipes.md, each run as it stands: it prints what the page says, and leaves nothing behind.

Decides: how each is run, what is asked of it besides. Must not know: what the pool does. A program whose packages (the
extra ``recipes``) are not here is skipped, and says so.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import pytest

from tests import leaks
from tests.behaviour.gates import eventually
from tests.behaviour.kinds import LIMIT
from tests.repo.tree import ROOT

PAGE = ROOT / "docs" / "recipes.md"
RECIPE = re.compile(r"^```python\n# (\w+)\.py\n(.*?)^```\n\n```text\n(.*?)^```", re.DOTALL | re.MULTILINE)
RECIPES = {name: (text, printed) for name, text, printed in RECIPE.findall(PAGE.read_text(encoding="utf-8"))}
NEEDS = {
    "progress": ("tqdm",),
    "service": ("fastapi", "uvicorn"),
    "notebook": ("cloudpickle", "nbclient", "nbformat", "ipykernel"),
}
Program: TypeAlias = "subprocess.Popen[str]"


def test_each_program_of_the_page_is_followed_by_what_it_prints() -> None:
    programs = re.findall(r"^```python\n# (\w+)\.py$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert programs == [*RECIPES]
    assert PAGE.read_text(encoding="utf-8").count("```python") == len(programs)
    assert {*NEEDS, *HOW} <= {*programs}


@contextmanager
def started(folder: Path, *words: object) -> Iterator[Program]:
    """A program in a session of its own; whatever is in that session has ended with it, or is ended."""
    with TemporaryDirectory() as temporary:  # a short name, as sockets need
        program = subprocess.Popen(
            [sys.executable, *map(str, words)], cwd=folder, env={**os.environ, "TMPDIR": temporary}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

        def there() -> list[leaks.Process]:
            return [one for one in leaks.processes().values() if one.session == program.pid]

        try:
            yield program
            program.communicate(timeout=LIMIT)
            eventually(lambda: all(one.is_zombie for one in there()), "what the program started has ended")
        finally:
            for process in there():
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            program.communicate(timeout=LIMIT)
            for process in there():
                with suppress(ChildProcessError):  # where this process adopts orphans
                    os.waitpid(process.pid, 0)


def simply(folder: Path, text: str) -> str:
    return with_python(folder, text, "program.py")


def with_python(folder: Path, text: str, *words: object) -> str:
    (folder / "program.py").write_text(text, encoding="utf-8")
    with started(folder, *words) as program:
        out, err = program.communicate(timeout=LIMIT)
    assert program.returncode == 0, err
    return out


def with_ctrl_c(folder: Path, text: str) -> str:
    """As a terminal does it, when three lines have been printed."""
    (folder / "program.py").write_text(text, encoding="utf-8")
    with started(folder, "program.py") as program:
        assert program.stdout is not None
        lines = [program.stdout.readline() for _ in range(3)]
        os.killpg(program.pid, signal.SIGINT)
        out, err = program.communicate(timeout=LIMIT)
    assert program.returncode == 0, err
    return "".join(lines) + out


def with_pytest(folder: Path, text: str) -> str:
    *_, last = with_python(folder, text, "-m", "pytest", "-q", "-p", "no:cacheprovider", "program.py").splitlines()
    return f"{last}\n"


def as_a_service(folder: Path, text: str) -> str:
    """One request hangs, and is refused; one is under way when the service is told to end, and is answered."""
    (folder / "program.py").write_text(text, encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with started(folder, "program.py", port) as program, ThreadPoolExecutor() as clients:
        assert program.stdout is not None
        assert program.stderr is not None
        begins = next(line for line in program.stderr if "Uvicorn running" in line or "rror" in line)
        assert "Uvicorn running" in begins
        eventually(lambda: asked(port, 0)[0] == HTTPStatus.OK, "a worker has started")
        hangs = clients.submit(asked, port, 600)
        told = [next(line for line in program.stdout if line.startswith("sleeps 600"))]
        assert hangs.result(LIMIT) == (504, "it took more than 5 seconds")
        answer = clients.submit(asked, port, 1)
        told += [next(line for line in program.stdout if line.startswith("sleeps 1"))]
        os.kill(program.pid, signal.SIGTERM)
        assert answer.result(LIMIT) == (200, 1.0)
        program.communicate(timeout=LIMIT)
    assert program.returncode in {0, -signal.SIGTERM}
    return "".join(told)


def asked(port: int, seconds: float) -> tuple[int, object]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sleep/{seconds}", timeout=LIMIT) as answer:
            return answer.status, json.load(answer)["slept"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["detail"]


NOTEBOOK = """
import nbclient, nbformat
cells = [cell.removeprefix("# ") for cell in open("cells.py").read().split("# %%\\n")]
notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
for output in [output for cell in notebook.cells[1:] for output in cell.outputs]:
    print(output.text, end="")
"""
"""What the first cell says is where the file was written."""


def as_a_notebook(folder: Path, text: str) -> str:
    """By a kernel of its own, cell by cell."""
    (folder / "cells.py").write_text(text, encoding="utf-8")
    return with_python(folder, NOTEBOOK, "program.py")


HOW: dict[str, Callable[[Path, str], str]] = {
    "interrupted": with_ctrl_c, "test_work": with_pytest, "service": as_a_service, "notebook": as_a_notebook,
}  # fmt: skip
"""Who is not simply run."""


@pytest.mark.slow
@pytest.mark.one_in(4, "make test-all alone")
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_prints_what_stands_below_it(name: str, tmp_path: Path) -> None:
    for package in NEEDS.get(name, ()):
        pytest.importorskip(package, reason="the extra 'recipes' is not installed")
    text, printed = RECIPES[name]
    said = HOW.get(name, simply)(tmp_path, text)
    assert re.fullmatch(".*".join(map(re.escape, printed.split("…"))), said), said
