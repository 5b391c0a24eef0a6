"""Which part of a claim is false: the claim's own text is gone through with the state, conjunct by conjunct.

Decides: how a function that says yes or no is taken apart into the sentences that it is made of. Must not know: any
claim, any state.

Every part is evaluated by Python itself, in the function's own namespace, so a part can say nothing that the claim does
not say. Taken apart are ``and``, ``or``, ``not any``, ``all`` over something, ``if`` with a return in it, loops, and
calls of other functions of that kind. What else there is, is one part.
"""

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent
from types import FunctionType
from typing import cast

from checkedpool_model.checker.story import show

__all__ = ["Part", "blame"]

Names = dict[str, object]

SHORT = 3
DEEPEST = 4
"""How far into functions that call functions."""


@dataclass(frozen=True, slots=True)
class Part:
    """One sentence of a claim."""

    text: str
    holds: bool
    where: str = ""
    """For which element it is false, and what the values in it are."""


def blame(claim: object, *values: object, depth: int = 0) -> tuple[Part, ...]:
    """The parts of a claim about these values; what cannot be taken apart is one part by the claim's name."""
    try:
        return tuple(_Claim(claim, values, depth).parts())
    except (OSError, TypeError, SyntaxError, _UnclearError):
        return (Part(_name(claim), bool(cast("FunctionType", claim)(*values))),)


class _UnclearError(Exception):
    """Its text says something that is not taken apart here."""


def _name(claim: object) -> str:
    return str(getattr(claim, "__name__", "it")).replace("_", " ")


class _Claim:
    """One function, and what its names stand for."""

    def __init__(self, claim: object, values: tuple[object, ...], depth: int) -> None:
        if not isinstance(claim, FunctionType):
            raise _UnclearError
        (function,) = ast.parse(dedent(inspect.getsource(claim))).body
        if not isinstance(function, ast.FunctionDef):
            raise _UnclearError
        self.body = function.body
        closure = inspect.getclosurevars(claim)
        names: Names = {**claim.__globals__, **closure.nonlocals}
        names.update(inspect.signature(claim).bind(*values).arguments)
        self.names, self.depth = names, depth

    def parts(self) -> Iterator[Part]:
        """The parts of what is returned for these values."""
        returned = self._run(self.body)
        if returned is None:
            raise _UnclearError
        yield from self._split(returned, self.names)

    # --- statements ---------------------------------------------------------------------------------------------------

    def _run(self, body: list[ast.stmt]) -> ast.expr | None:
        """The expression that is returned, once all before it is done; None: nothing is."""
        for line in body:
            returned = self._statement(line)
            if returned is not None:
                return returned
        return None

    def _statement(self, line: ast.stmt) -> ast.expr | None:
        match line:
            case ast.Return(value=ast.expr() as value):
                return value
            case ast.If():
                return self._run(line.body if self._value(line.test, self.names) else line.orelse)
            case ast.For():
                return self._loop(line)
            case ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.Expr():
                exec(compile(ast.Module([line], []), "<claim>", "exec"), self.names)  # noqa: S102 - the claim's own text
                return None
            case ast.Continue():
                raise _NextError
            case _:
                raise _UnclearError

    def _loop(self, line: ast.For) -> ast.expr | None:
        for value in cast("Iterator[object]", self._value(line.iter, self.names)):
            self._bind(line.target, value, self.names)
            try:
                returned = self._run(line.body)
            except _NextError:
                continue
            if returned is not None:
                return returned
        return None

    # --- expressions --------------------------------------------------------------------------------------------------

    def _split(self, said: ast.expr, names: Names) -> Iterator[Part]:
        """The sentences that an expression is made of."""
        match said:
            case ast.BoolOp(op=ast.And()):
                for value in said.values:
                    parts = list(self._split(value, names))
                    yield from parts
                    if not all(part.holds for part in parts):
                        return  # what comes after may have no meaning
            case ast.BoolOp(op=ast.Or()):
                yield from self._alternatives(said, names)
            case ast.UnaryOp(
                op=ast.Not(), operand=ast.Call(func=ast.Name(id="any"), args=[ast.GeneratorExp() as each])
            ):
                yield from self._each(said, each, names, wanted=False)
            case ast.Call(func=ast.Name(id="all"), args=[ast.GeneratorExp() as each]):
                yield from self._each(said, each, names, wanted=True)
            case ast.Call(func=ast.Name(id=name)) if self._is_a_claim(names.get(name)):
                yield from self._called(said, names)
            case _:
                yield self._part(said, names)

    def _alternatives(self, said: ast.BoolOp, names: Names) -> Iterator[Part]:
        """One alternative that holds is enough; if none does, all are shown."""
        parts = [list(self._split(value, names)) for value in said.values[: 1 + self._first_true(said, names)]]
        last = parts[-1]
        yield from last if all(part.holds for part in last) else (part for some in parts for part in some)

    def _first_true(self, said: ast.BoolOp, names: Names) -> int:
        true = (at for at, value in enumerate(said.values) if self._value(value, names))
        return next(true, len(said.values))

    def _each(self, said: ast.expr, each: ast.GeneratorExp, names: Names, *, wanted: bool) -> Iterator[Part]:
        """Of the elements the first of which it is not as it should be."""
        for bound in self._elements(each.generators, names):
            if bool(self._value(each.elt, bound)) is not wanted:
                where = ", ".join(_element(name, bound[name]) for name in _targets(each.generators))
                parts = list(self._split(each.elt, bound)) if wanted else [self._part(each.elt, bound)]
                wrong = [part for part in parts if part.holds is not wanted] or parts
                for part in wrong:
                    yield Part(
                        _text(said), holds=False, where="; ".join(filter(None, (part.where, where, _place(bound))))
                    )
                return
        yield Part(_text(said), holds=True)

    def _elements(self, generators: list[ast.comprehension], names: Names) -> Iterator[Names]:
        if not generators:
            yield names
            return
        first, *others = generators
        for place, value in enumerate(cast("Iterator[object]", self._value(first.iter, names))):
            bound = dict(names)
            self._bind(first.target, value, bound)
            bound["_places"] = (*cast("tuple[int, ...]", names.get("_places", ())), place)
            if all(self._value(test, bound) for test in first.ifs):
                yield from self._elements(others, bound)

    def _is_a_claim(self, what: object) -> bool:
        return isinstance(what, FunctionType) and self.depth < DEEPEST

    def _called(self, said: ast.Call, names: Names) -> Iterator[Part]:
        called = cast("FunctionType", names[cast("ast.Name", said.func).id])
        if said.keywords or not isinstance(self._value(said, names), bool):
            yield self._part(said, names)
            return
        yield from blame(called, *(self._value(value, names) for value in said.args), depth=self.depth + 1)

    def _part(self, said: ast.expr, names: Names) -> Part:
        holds = bool(self._value(said, names))
        return Part(_text(said), holds, "" if holds else ", ".join(self._sides(said, names)))

    def _sides(self, said: ast.expr, names: Names) -> Iterator[str]:
        """What the two sides of a comparison are."""
        if isinstance(said, ast.Compare):
            for side in (said.left, *said.comparators):
                if not isinstance(side, ast.Constant):
                    text, value = _text(side), show(self._value(side, names))
                    if not text.endswith(value):
                        yield f"{text} is {value}"

    def _value(self, said: ast.expr, names: Names) -> object:
        return eval(compile(ast.Expression(said), "<claim>", "eval"), names)  # noqa: S307 - the claim's own text

    def _bind(self, target: ast.expr, value: object, names: Names) -> None:
        names["_bound"] = value
        line = ast.Assign([target], ast.Name("_bound", ast.Load()))
        exec(compile(ast.fix_missing_locations(ast.Module([line], [])), "<claim>", "exec"), names)  # noqa: S102 - likewise


class _NextError(Exception):
    """The loop goes on with its next element."""


def _element(name: str, value: object) -> str:
    """An element by its value, if that is short."""
    return "" if isinstance(value, tuple) and len(value) > SHORT else f"{name} = {show(value)}"


def _place(bound: Names) -> str:
    places = ", ".join(map(str, cast("tuple[int, ...]", bound["_places"])))
    return f"counted from 0 it is number {places}"


def _text(said: ast.expr) -> str:
    return ast.unparse(said)


def _targets(generators: list[ast.comprehension]) -> list[str]:
    return [node.id for each in generators for node in ast.walk(each.target) if isinstance(node, ast.Name)]
