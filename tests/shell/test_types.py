"""What type checkers find in a program is what they find in it with the standard executor.

Decides: the program, and in which of its lines is what is wrong. Must not know: how our types are written.

basedpyright is pyright with node in its wheel, run here as pyright by its own rules; it comes with the extra `pyright`.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checkedpool import ProcessPoolExecutor
from tests.repo.tree import ROOT

LIMIT = 150
STANDARD, OURS = (f"from {name} import ProcessPoolExecutor" for name in ("concurrent.futures", "checkedpool"))
LOOSE = """\
from checkedpool import ProcessPoolExecutor as Ours

class ProcessPoolExecutor(Ours):
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        raise NotImplementedError
"""
"""A control: types by which less is found."""
PROGRAM = '''\
"""A program as a user writes it."""
import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future, as_completed, wait
from typing import Any

IMPORT

def add(a: int, b: int = 0) -> int:
    return a + b

def greet(name: str, *, loud: bool) -> str:
    return name.upper() if loud else name

def setup(level: int) -> None: ...

def tell(future: Future[int]) -> None:
    print(future.result())

def submits(pool: ProcessPoolExecutor) -> None:
    number: int = pool.submit(add, 1, b=2).result(1.5)
    word: str = pool.submit(greet, "x", loud=True).result()
    text: str = pool.submit(add, 1).result()  # wrong
    pool.submit(add, "1")  # wrong
    pool.submit(add)  # wrong
    pool.submit(add, 1, c=2)  # wrong
    pool.submit(greet, "x")  # wrong
    pool.submit(3)  # wrong
    pool.submit(fn=add)  # wrong
    pool.submit(lambda: None).add_done_callback(tell)  # wrong
    pool.submit(abs, 1).add_done_callback(tell)
    wait([pool.submit(add, n) for n in range(3)])
    for done in as_completed([pool.submit(add, n) for n in range(3)]):
        number = done.result()

def maps(pool: ProcessPoolExecutor) -> None:
    numbers: list[int] = list(pool.map(add, range(3), timeout=1.5, chunksize=2))
    words: list[str] = list(pool.map(add, range(3)))  # wrong
    pool.map(add, 3)  # wrong
    pool.map(add, [1], timeout="1")  # wrong
    pool.map(add, [1], size=2)  # wrong

def ends(pool: ProcessPoolExecutor) -> None:
    executor: Executor = pool
    with pool as same:
        same.submit(add, 1)
    pool.shutdown(True, cancel_futures=True)
    pool.shutdown(True, True)  # wrong
    pool.shut_down()  # wrong

async def awaits(pool: ProcessPoolExecutor) -> int:
    return await asyncio.get_running_loop().run_in_executor(pool, add, 1)

ProcessPoolExecutor(4, max_tasks_per_child=3)
ProcessPoolExecutor(4, None, setup, (1,))
ProcessPoolExecutor(initializer=setup, initargs=(1,))
ProcessPoolExecutor(initializer=setup, initargs=("1",))  # wrong
ProcessPoolExecutor(initializer=setup)  # wrong
ProcessPoolExecutor("4")  # wrong
ProcessPoolExecutor(max_tasks_per_child="3")  # wrong
ProcessPoolExecutor(workers=4)  # wrong
'''
NEWER = '''\
"""What the standard executor has not, or not on every version."""
from checkedpool import BrokenProcessPool, ExecutorShutdownError, Future, ProcessPoolExecutor

def stops(pool: ProcessPoolExecutor) -> None:
    task = pool.with_options(timeout=3).submit(abs, 1)
    task.kill()  # wrong
    assert isinstance(task, Future)
    stopped: bool = task.terminate() or task.kill()
    names: list[str] = [frame.name for frame in task.get_stack()]
    task.print_stack()
    task.stop()  # wrong

def ends(pool: ProcessPoolExecutor) -> None:
    numbers: list[int] = list(pool.map(abs, range(3), buffersize=2))
    try:
        pool.submit(abs, 1)
    except ExecutorShutdownError as error:
        refused: RuntimeError = error
    except BrokenProcessPool as broken:
        pid: int | None = broken.pid
        name: str = broken.pid  # wrong
    pool.terminate_workers()
    pool.kill_workers(1)  # wrong

ProcessPoolExecutor(on_worker_death="replace", exit_limit=3, trace=None)
ProcessPoolExecutor(on_worker_death="restart")  # wrong
ProcessPoolExecutor(exit_limit="3")  # wrong
'''
Found = dict[str, set[tuple[int, str]]]
"""By the name of a program the lines with an error, each with the rule that it breaks."""


def programs(folder: Path) -> list[Path]:
    """The same program with the import of each, in as many lines; and what is ours alone."""
    longest = LOOSE.count("\n")
    texts = {name: PROGRAM.replace("IMPORT\n", text.strip() + "\n" * (longest - text.strip().count("\n")))
             for name, text in (("standard", STANDARD), ("ours", OURS), ("loose", LOOSE))}  # fmt: skip
    for name, text in (texts | {"newer": NEWER}).items():
        (folder / f"{name}.py").write_text(text)
    return [folder / f"{name}.py" for name in (*texts, "newer")]


def marked(file: Path) -> set[int]:
    return {at for at, line in enumerate(file.read_text().splitlines(), 1) if line.endswith("# wrong")}


def run(folder: Path, *arguments: str) -> str:
    """What it says; an error of the program's is status 1."""
    ran = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert ran.returncode == 1, ran.stdout + ran.stderr
    return ran.stdout


def by_mypy(folder: Path, files: list[Path]) -> Iterator[tuple[str, int, str]]:
    """Strictly."""
    options = ("--strict", "--no-pretty", "--hide-error-context", "--no-error-summary", "--config-file=")
    cache = f"--cache-dir={ROOT / '.mypy_cache' / 'users'}"
    for line in run(folder, "mypy", *options, cache, *(file.name for file in files)).splitlines():
        if (said := re.fullmatch(r"(\w+)\.py:(\d+): error: .*\[([\w-]+)\]", line)) is not None:
            yield said[1], int(said[2]), said[3]
        else:
            assert ": note: " in line, line


def by_pyright(folder: Path, files: list[Path]) -> Iterator[tuple[str, int, str]]:
    """By the rules of pyright, and not by those that basedpyright has besides."""
    (folder / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "standard"}))
    options = ("--outputjson", "--level", "error", "--pythonpath", sys.executable)
    for said in json.loads(run(folder, "basedpyright", *options, *(file.name for file in files)))["generalDiagnostics"]:
        yield Path(said["file"]).stem, said["range"]["start"]["line"] + 1, said["rule"]


Checker = Callable[[Path, list[Path]], Iterator[tuple[str, int, str]]]
CHECKERS = {"mypy": by_mypy, "basedpyright": by_pyright}


# --- the methods, one by one ------------------------------------------------------------------------------------------

STUBS = Path("typeshed", "stdlib", "concurrent", "futures")


def typeshed() -> Iterator[ast.FunctionDef]:
    """The public methods of the standard executor, as they are in its newest version, but the constructor."""
    mypy = importlib.util.find_spec("mypy")
    assert mypy is not None
    assert mypy.origin is not None
    for file, name in (("_base.pyi", "Executor"), ("process.pyi", "ProcessPoolExecutor")):
        for node in ast.parse((Path(mypy.origin).parent / STUBS / file).read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                yield from (method for method in newest(node.body) if not method.name.startswith("_"))


def newest(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    """The methods of this part of a class, where the version is compared those of the newer one."""
    for node in body:
        if isinstance(node, ast.If):
            yield from newest(node.body)
        elif isinstance(node, ast.FunctionDef):
            yield node


def types_of(method: ast.FunctionDef) -> dict[str, str]:
    """By the parameter's name, in our words."""
    a = method.args
    parameters = [*a.posonlyargs, *a.args, *filter(None, [a.vararg]), *a.kwonlyargs, *filter(None, [a.kwarg])]
    found = {one.arg: ast.unparse(one.annotation) for one in parameters if one.annotation is not None}
    assert method.returns is not None
    return {
        name: re.sub(r"\b_(?=[PT]\b)", "", text)
        for name, text in (found | {"return": ast.unparse(method.returns)}).items()
    }


@pytest.mark.skipif(importlib.util.find_spec("mypy") is None, reason="mypy, which has typeshed, is not installed")
@pytest.mark.every("public method of the standard executor in typeshed")
def test_each_method_has_the_types_that_the_standard_one_has() -> None:
    """C-110."""
    methods = {method.name: types_of(method) for method in typeshed()}
    assert methods.keys() == {"submit", "map", "shutdown", "terminate_workers", "kill_workers"}
    for name, types in methods.items():  # of parameters that the standard one has not, nothing is said
        ours = getattr(ProcessPoolExecutor, name).__annotations__
        assert {parameter: ours.get(parameter) for parameter in types} == types


# --- programs ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "checker",
    [
        pytest.param(checker, id=name, marks=pytest.mark.skipif(
            importlib.util.find_spec(name) is None, reason=f"{name} is not installed"))
        for name, checker in CHECKERS.items()
    ],
)  # fmt: skip
def test_in_each_line_is_found_what_is_found_with_the_standard_executor(checker: Checker, tmp_path: Path) -> None:
    """C-110."""
    files = programs(tmp_path)
    found: Found = {file.stem: set() for file in files}
    for name, line, rule in checker(tmp_path, files):
        found[name].add((line, rule))
    assert found["ours"] == found["standard"]
    assert {line for line, _ in found["standard"]} == marked(tmp_path / "standard.py")
    assert {line for line, _ in found["newer"]} == marked(tmp_path / "newer.py")
    unseen = {line for line, _ in found["ours"] - found["loose"]}
    lines = (tmp_path / "ours.py").read_text().splitlines()
    assert {at for at, line in enumerate(lines, 1) if "submit(add" in line and "# wrong" in line} <= unseen
    assert all(".submit(" in lines[at - 1] for at in unseen)
