"""The faults that a rule puts into a source: an operator, a condition, a number, a statement dropped or too early.

Decides: which faults there are and what each is called.  A name holds as long as the function does: it counts within
the function, not lines.  Must not know: which files are mutated, what sees a mutant.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Mutant", "mutants"]

OPPOSITE: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.And: ast.Or, ast.Or: ast.And, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
"""What an operator becomes; an order loses or gains its edge."""
SIMPLE = (ast.Expr, ast.Assign, ast.AugAssign, ast.Delete)
"""Statements that may be dropped, or trade places with the next one."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A source with one fault; ``name`` is ``function: kind number``."""

    name: str
    line: int
    before: str
    after: str
    source: str

    @property
    def change(self) -> str:
        """What becomes of what, in one line."""
        return f"{' '.join(self.before.split())}  ->  {' '.join(self.after.split())}"


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a module, in the order of its functions."""
    text = source.encode()
    starts = [0]
    for row in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(row))
    for function, node in _functions(ast.parse(source)):
        count: Counter[str] = Counter()
        for kind, begin, end, new in _faults(node, text, starts):
            count[kind] += 1
            changed = (text[:begin] + new.encode() + text[end:]).decode()
            line = text.count(b"\n", 0, begin) + 1
            yield Mutant(f"{function}: {kind} {count[kind]}", line, text[begin:end].decode(), new, changed)


def _functions(tree: ast.AST, within: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef):
            yield within + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{within}{node.name}.")


def _faults(function: ast.FunctionDef, text: bytes, starts: list[int]) -> Iterator[tuple[str, int, int, str]]:
    """Kind of fault, where it begins and ends, and what stands there then."""

    def place(node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset

    for node in _code(function):
        if isinstance(node, ast.expr):
            for kind, new in _expressions(node):
                yield kind, *place(node), f"({ast.unparse(new)})"
        if isinstance(node, (ast.If, ast.While)) and not isinstance(node.test, (ast.Compare, ast.UnaryOp)):
            yield "condition", *place(node.test), f"not ({ast.unparse(node.test)})"
        if isinstance(node, SIMPLE) and not _is_text(node):
            yield "dropped", *place(node), "pass"
        for first, second in _neighbours(node):
            if function.name == "__init__" and _are_independent(first, second):
                continue  # nobody else has the object yet
            (begin, middle), (after, end) = place(first), place(second)
            swapped = text[after:end] + text[middle:after] + text[begin:middle]
            yield "swapped", begin, end, swapped.decode()


def _code(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes that run, the function first; no annotations, and nothing in an f-string, which 3.11 misplaces."""
    waiting: list[ast.AST] = [function]
    while waiting:
        node = waiting.pop(0)
        yield node
        if isinstance(node, ast.JoinedStr):
            continue
        skipped: list[ast.AST | None] = []
        if isinstance(node, ast.FunctionDef):
            skipped = [node.args, node.returns, *node.decorator_list]
        elif isinstance(node, ast.AnnAssign):
            skipped = [node.annotation]
        waiting[:0] = [child for child in ast.iter_child_nodes(node) if child not in skipped]


def _expressions(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Compare(left, [operator], [right]) if type(operator) in OPPOSITE:
            yield "comparison", ast.Compare(left, [OPPOSITE[type(operator)]()], [right])  # type: ignore[list-item]
        case ast.BoolOp(operator, values):
            yield "and-or", ast.BoolOp(OPPOSITE[type(operator)](), values)  # type: ignore[arg-type]
        case ast.UnaryOp(ast.Not(), operand):
            yield "not", operand
        case ast.BinOp(left, operator, right) if type(operator) in OPPOSITE:
            yield "arithmetic", ast.BinOp(left, OPPOSITE[type(operator)](), right)  # type: ignore[arg-type]
        case ast.Constant(bool() as value):
            yield "constant", ast.Constant(not value)
        case ast.Constant(int() as value):
            yield "constant", ast.Constant(value + 1)
        case ast.IfExp(test, body, orelse):
            yield "choice", ast.IfExp(test, orelse, body)


def _neighbours(node: ast.AST) -> Iterator[tuple[ast.stmt, ast.stmt]]:
    for name in "body", "orelse", "finalbody":
        block = getattr(node, name, [])
        if isinstance(block, list):
            for first, second in pairwise(block):
                both_simple = isinstance(first, SIMPLE) and isinstance(second, SIMPLE) and not _is_text(first)
                if both_simple and not (_is_local(first) and _is_local(second)):
                    yield first, second


def _are_independent(first: ast.stmt, second: ast.stmt) -> bool:
    """Neither calls anything, and the second reads no attribute or name that the first stores."""
    stored = {ast.unparse(node) for node in ast.walk(first) if isinstance(getattr(node, "ctx", None), ast.Store)}
    read = {ast.unparse(node) for node in ast.walk(second) if isinstance(getattr(node, "ctx", None), ast.Load)}
    called = any(isinstance(node, ast.Call) for one in (first, second) for node in ast.walk(one))
    return not called and not stored & read


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_local(statement: ast.stmt) -> bool:
    """Nobody else sees when it is done: it calls nothing and stores into local names."""
    nodes = list(ast.walk(statement))
    stores = any(
        isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load) for node in nodes
    )
    return not stores and not any(isinstance(node, ast.Call) for node in nodes)
