"""Who may import whom. Decides: the rules that import-linter cannot say. Must not know: what the modules do."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.tree import ROOT, imported, relative, sources

CORE_MAY_IMPORT = {"__future__", "collections", "collections.abc", "enum", "heapq", "operator", "typing"}
CORE_MAY_SHARE = ("checkedpool._core", "checkedpool_spec.vocabulary")
ROOT_FOLDERS = {"impl", "model", "spec"}


def test_the_contracts_of_import_linter_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_core_imports_only_what_cannot_touch_the_world() -> None:
    for path in sources("impl/checkedpool/_core"):
        assert not foreign_to_the_core(path.read_text()), relative(path)


@pytest.mark.parametrize(
    "line", ["import time", "from os import kill", "import checkedpool._os.system", "from . import x"]
)
def test_a_core_module_that_reaches_outside_is_found(line: str) -> None:
    assert foreign_to_the_core(f"def f():\n    {line}\n")


def test_the_vocabulary_has_words_and_no_decisions() -> None:
    source = (ROOT / "spec/checkedpool_spec/vocabulary.py").read_text()
    assert imported(source) <= {"dataclasses", "enum", "typing"}
    assert not decisions(source)


@pytest.mark.parametrize("source", ["def f(): ...", "x = 1 if y else 2", "class A:\n    def f(self): ..."])
def test_a_vocabulary_that_decides_is_found(source: str) -> None:
    assert decisions(source)


def test_packages_are_never_imported_through_the_folders_that_hold_them() -> None:
    for path in sources():
        assert not {name.partition(".")[0] for name in imported(path.read_text())} & ROOT_FOLDERS, relative(path)


def foreign_to_the_core(source: str) -> set[str]:
    """What a core module imports although it must not."""
    return {name for name in imported(source) - CORE_MAY_IMPORT if not name.startswith(CORE_MAY_SHARE)}


def decisions(source: str) -> list[str]:
    """The functions and branches in a module that should have none."""
    kinds = (
        ast.FunctionDef,
        ast.AsyncFunctionDef,
        ast.Lambda,
        ast.If,
        ast.IfExp,
        ast.For,
        ast.While,
        ast.Match,
        ast.Try,
    )
    return [ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, kinds)]
