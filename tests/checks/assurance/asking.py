"""Which tests of the pool ask which clause: they say so in their docstring, or in that of their file.

Decides: which folders have tests of the pool, what a test says of itself. Must not know: any other kind of check.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.checks.mutants import ladder
from tests.checks.mutants.listed import MUTANTS

__all__ = ["CLAUSE", "ROOT", "Asking", "asking", "clauses_of", "functions"]

ROOT = Path(__file__).parents[3]
CLAUSE = re.compile(r"\b[CP]-\d+")
SUITES = ("behaviour", "shell", "machines", "platform", "simulated", "checks/kills", "checks/stateful")
EVERY = "every"
"""The mark of a test that asks all cases of a finite set, which the mark names."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A test that names clauses."""

    name: str
    file: str
    clauses: tuple[str, ...]
    every: str
    """All of what it asks; "": it is an example."""
    refused: tuple[str, ...]


@cache
def asking() -> tuple[Asking, ...]:
    """All tests of the pool that name clauses, in their docstring or in that of their file."""
    return tuple(one for suite in SUITES for file in sorted((ROOT / "tests" / suite).glob("test_*.py"))
                 for one in _asking(file))  # fmt: skip


def _asking(file: Path) -> Iterator[Asking]:
    module = ast.parse(file.read_text(encoding="utf-8"))
    path = str(file.relative_to(ROOT))
    named = {name: node.value for node in module.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
             for name in _names(node)}  # fmt: skip
    for function in functions(file):
        clauses = clauses_of(ast.get_docstring(function)) or clauses_of(ast.get_docstring(module))
        if clauses and function.name.startswith("test_"):
            marks = [named.get(getattr(mark, "id", ""), mark) for mark in function.decorator_list]
            marks += [named["pytestmark"]] if "pytestmark" in named else []
            yield Asking(function.name, path, clauses, _every(marks), tuple(_refused(path, clauses, marks)))


def _names(node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
        if isinstance(target, ast.Name):
            yield target.id


def _every(marks: list[ast.expr]) -> str:
    """What stands in that mark, if one of these is it."""
    for node in (node for mark in marks for node in ast.walk(mark)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == EVERY:
            return str(ast.literal_eval(node.args[0]))
    return ""


def _refused(path: str, named: tuple[str, ...], marks: list[ast.expr]) -> Iterator[str]:
    """The mutants of these clauses whose check is this file; the standard executor, where it is said not to do this."""
    for mutant in MUTANTS:
        if isinstance(mutant.killer, ladder.Tests) and mutant.killer.arguments[0] == path:
            yield from (mutant.name for clause in mutant.clauses.split() if clause in named)
    if any("ours_only(" in mark or "standard_since(" in mark for mark in map(ast.unparse, marks)):
        yield "the standard executor"


def functions(file: Path) -> Iterator[ast.FunctionDef]:
    """The functions of a file."""
    yield from (node for node in ast.parse(file.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef))


def clauses_of(text: str | None) -> tuple[str, ...]:
    """The clauses that a text names, each once."""
    return tuple(dict.fromkeys(CLAUSE.findall(text or "")))
