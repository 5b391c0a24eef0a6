"""Which names of a module a system has, by the stubs that mypy carries.

Decides: how a stub is read: what is defined at its top, and under which conditions of system and version. Must not
know: who is kept from these names.
"""

from __future__ import annotations

import ast
import operator
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import mypy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

STUBS = Path(mypy.__file__).parent / "typeshed" / "stdlib"
COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.GtE: operator.ge, ast.Lt: operator.lt,
}  # fmt: skip


def lacks(module: str, system: str) -> frozenset[str]:
    """The names that Linux has and this system has not."""
    path = STUBS.joinpath(*module.split("."))
    stub = path / "__init__.pyi" if path.is_dir() else path.with_suffix(".pyi")
    body = ast.parse(stub.read_text(encoding="utf-8")).body
    return frozenset(_names(body, "linux")) - frozenset(_names(body, system))


def _names(body: Sequence[ast.stmt], system: str) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.If(test, then, otherwise):
                yield from _names(then if _holds(test, system) else otherwise, system)
            case ast.FunctionDef(name) | ast.ClassDef(name):
                yield name
            case ast.AnnAssign(target=ast.Name(name)):
                yield name
            case ast.ImportFrom(names=names):
                yield from (one.asname or one.name for one in names)
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def _holds(test: ast.expr, system: str) -> bool:
    match test:
        case ast.BoolOp(ast.And(), values):
            return all(_holds(value, system) for value in values)
        case ast.BoolOp(ast.Or(), values):
            return any(_holds(value, system) for value in values)
        case ast.UnaryOp(ast.Not(), value):
            return not _holds(value, system)
        case ast.Compare(ast.Attribute(ast.Name("sys"), "platform"), [compared], [ast.Constant(value)]):
            return COMPARED[type(compared)](system, value)
        case ast.Compare(ast.Attribute(ast.Name("sys"), "version_info"), [compared], [version]):
            return COMPARED[type(compared)](sys.version_info[:2], ast.literal_eval(version))
    msg = f"a condition that no stub had up to now: {ast.unparse(test)}"
    raise ValueError(msg)
