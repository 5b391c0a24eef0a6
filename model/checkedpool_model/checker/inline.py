"""From the functions of a table to source text: the body of a conjunct or effect put in where it is called.

Decides: what a function's body comes to for given arguments. Must not know: what a table is, how a state is found.

This is *partial evaluation*. What is known is computed now (an index, an enum's member, constants that are a tuple);
what is not becomes text. A state under evaluation is a record whose fields are texts, so ``s._replace(...)`` changes
the record, and only the last one is built. Tuples of known length are taken apart: ``any(... for lane in s.lanes)``
becomes a chain of ``or``. A function that has anything in it that is not understood here (a loop, a match, a phi of
two states) is left as a call, so nothing is ever guessed.
"""

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from inspect import getsourcefile, signature
from pathlib import Path
from types import CodeType, FunctionType, MethodType

__all__ = ["Code", "Elements", "Inliner", "Known", "Record", "Term"]

LONGEST = 3000
"""Letters of a text above which a function is called rather than put in."""


class NotUnderstood(Exception):  # noqa: N818 - not an error: the function is called
    """There is something in a body that has no text here."""


@dataclass(frozen=True)
class Known:
    """A value that is there now."""

    value: object


@dataclass(frozen=True)
class Code:
    """A value that the text computes."""

    text: str
    is_bool: bool = False


@dataclass(frozen=True)
class Elements:
    """A tuple whose elements are told apart; ``whole`` is its text if nothing was changed in it."""

    items: tuple["Term", ...]
    whole: str = ""
    made: list[str] = field(default_factory=list, compare=False, repr=False)
    """Its text, once somebody has asked."""


@dataclass(frozen=True)
class Record:
    """A named tuple whose fields are told apart; ``whole`` is its text if nothing was changed in it."""

    kind: type
    fields: Mapping[str, "Term"]
    whole: str = ""
    made: list[str] = field(default_factory=list, compare=False, repr=False)
    """Its text, once somebody has asked."""


Term = Known | Code | Elements | Record
Names = dict[str, Term]

COMPARED = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Is: "is",
    ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
COMPUTED = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.FloorDiv: "//", ast.Mod: "%", ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip
PURE = (len, max, min, divmod, bool, int, tuple, range, sum, abs, isinstance, getattr, enumerate, zip, sorted)


class Inliner:
    """Puts functions into text. What the text names beside its own variables is in ``namespace``."""

    def __init__(self) -> None:
        self.namespace: dict[str, object] = {"new": tuple.__new__}
        self.named: dict[int, str] = {}
        self.variables = 0
        self.written: list[str] | None = None
        """The lines that compute what is used more than once; None: it is not sure that they would be reached."""

    def effect(self, function: object, arguments: Sequence[Term]) -> tuple[list[str], str]:
        """Lines that come first, and the text of what is returned; of a new record that of a plain tuple."""
        lines: list[str] = []
        self.written = lines
        made = self.call(function, arguments, {})
        if isinstance(made, Record) and not made.whole:
            made = Elements(tuple(made.fields.values()))
        text = self.text(made)
        self.written = None
        return lines, text

    def condition(self, function: object, arguments: Sequence[Term]) -> str | bool:
        """The text of a condition, or whether it is known to hold."""
        return self.truth(self.call(function, arguments, {}))

    def once(self, term: Term) -> Term:
        """The same, computed once, if it takes more than to look it up."""
        if self.written is None or not isinstance(term, Code) or "(" not in term.text:
            return term
        self.variables += 1
        self.written.append(f"x{self.variables} = {term.text}")
        return Code(f"x{self.variables}", term.is_bool)

    def as_record(self, kind: type, term: Code) -> Term:
        """A record that is computed once, or what computes it."""
        once = self.once(Code(f"({term.text})"))
        if once == Code(f"({term.text})"):
            return term
        text = self.text(once)
        return Record(kind, {name: Code(f"{text}.{name}") for name in kind._fields}, text)  # type: ignore[attr-defined]

    # --- terms as text ------------------------------------------------------------------------------------------------

    def text(self, term: Term) -> str:
        """The text of a term; of one that is put together it is made once."""
        if isinstance(term, Code):
            return term.text
        if isinstance(term, Known):
            return self.constant(term.value)
        if term.whole:
            return term.whole
        if not term.made:
            items = term.items if isinstance(term, Elements) else term.fields.values()
            made = f"({''.join([f'{self.text(item)}, ' for item in items])})"
            term.made.append(f"new({self.constant(term.kind)}, {made})" if isinstance(term, Record) else made)
        return term.made[0]

    def constant(self, value: object) -> str:
        """A literal, or the name under which the value is found."""
        if value is None or type(value) in (bool, int, str):
            return repr(value) if type(value) is not int or value >= 0 else f"({value})"
        if type(value) is tuple:
            return f"({''.join(f'{self.constant(one)}, ' for one in value)})"
        if id(value) not in self.named:
            self.named[id(value)] = f"{_word(value)}_{len(self.named)}"
            self.namespace[self.named[id(value)]] = value
        return self.named[id(value)]

    def truth(self, term: Term) -> str | bool:
        """The text of a condition, or whether it is known to hold."""
        return bool(term.value) if isinstance(term, Known) else self.text(term)

    # --- functions ----------------------------------------------------------------------------------------------------

    def call(self, function: object, arguments: Sequence[Term], named: Mapping[str, Term]) -> Term:
        """What a call comes to: the body, or the call itself."""
        values = [one.value for one in arguments if isinstance(one, Known)]
        named_values = {name: one.value for name, one in named.items() if isinstance(one, Known)}
        if len(values) == len(arguments) and len(named_values) == len(named) and _is_pure(function):
            return Known(function(*values, **named_values))  # type: ignore[operator]
        if isinstance(function, type) and hasattr(function, "_fields"):
            return self._made(function, arguments, named)
        if isinstance(function, MethodType):
            return self.call(function.__func__, (Known(function.__self__), *arguments), named)
        if isinstance(function, FunctionType):
            return self._put_in(function, arguments, named)
        return self.left(self.constant(function), arguments, named)

    def _put_in(self, function: FunctionType, arguments: Sequence[Term], named: Mapping[str, Term]) -> Term:
        """The body, or if that cannot be, the call."""
        lines = self.written if self.written is not None else []
        here = len(lines)
        try:
            made = self._body(function, [*map(self.once, arguments)], {n: self.once(t) for n, t in named.items()})
            if len(self.text(made)) < LONGEST:
                return made
        except Exception:  # noqa: BLE001, S110 - the call that is left raises what there is to be raised
            pass
        del lines[here:]
        call = self.left(self.constant(function), arguments, named)
        kind = function.__annotations__.get("return")
        return self.as_record(kind, call) if isinstance(kind, type) and hasattr(kind, "_fields") else call

    def left(self, name: str, arguments: Sequence[Term], named: Mapping[str, Term]) -> Code:
        """The call itself."""
        given = [*map(self.text, arguments), *(f"{key}={self.text(value)}" for key, value in named.items())]
        return Code(f"{name}({', '.join(given)})")

    def _made(self, kind: type, arguments: Sequence[Term], named: Mapping[str, Term]) -> Term:
        given = signature(kind).bind(*arguments, **named).arguments
        return Record(
            kind, {name: given.get(name) or Known(one.default) for name, one in signature(kind).parameters.items()}
        )

    def _body(self, function: FunctionType, arguments: Sequence[Term], named: Mapping[str, Term]) -> Term:
        tree = _tree(function.__code__)
        parameters = [one.arg for one in tree.args.args]
        names: Names = {**dict(zip(parameters, arguments, strict=False)), **named}
        if tree.args.kwonlyargs or tree.args.vararg or tree.args.kwarg or tree.args.posonlyargs:
            raise NotUnderstood
        for parameter, default in zip(reversed(parameters), reversed(function.__defaults__ or ()), strict=False):
            names.setdefault(parameter, Known(default))
        if names.keys() != set(parameters):
            raise NotUnderstood
        frame = _Frame(self, function, names)
        if isinstance(tree, ast.Lambda):
            return frame.value(tree.body)
        return frame.returned(tree.body)


def _is_pure(function: object) -> bool:
    return function in PURE or isinstance(function, FunctionType | MethodType | type) or hasattr(function, "cache_info")


def _word(value: object) -> str:
    name = getattr(value, "name" if isinstance(value, Enum) else "__name__", type(value).__name__)
    return name if name.isidentifier() else "value"


@cache
def _parsed(path: str) -> dict[int, list[ast.FunctionDef | ast.Lambda]]:
    found: dict[int, list[ast.FunctionDef | ast.Lambda]] = {}
    for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
            found.setdefault(min(one.lineno for one in (node, *decorators)), []).append(node)
    return found


@cache
def _tree(code: CodeType) -> ast.FunctionDef | ast.Lambda:
    """The syntax tree of a function: the only one that begins in its line."""
    path = getsourcefile(code)
    here = _parsed(path).get(code.co_firstlineno, []) if path else []
    if len(here) != 1:
        raise NotUnderstood
    return here[0]


class _Frame:
    """One body under evaluation."""

    def __init__(self, inliner: Inliner, function: FunctionType, names: Names) -> None:
        self.inliner, self.function, self.names = inliner, function, names

    # --- statements ---------------------------------------------------------------------------------------------------

    def returned(self, body: Sequence[ast.stmt]) -> Term:
        """What is returned by these statements."""
        for at, statement in enumerate(body):
            match statement:
                case ast.Expr(ast.Constant()):
                    continue
                case ast.Return(value) if value is not None:
                    return self.value(value)
                case ast.Assign([ast.Name(name)], value):
                    self.names[name] = self.inliner.once(self.value(value))
                case ast.Assign([ast.Tuple(targets)], value):
                    self._bind(targets, self.value(value))
                case ast.If(test, then, otherwise):
                    return self._branches(test, (*then, *body[at + 1 :]), (*otherwise, *body[at + 1 :]))
                case _:
                    raise NotUnderstood
        raise NotUnderstood

    def _branches(self, test: ast.expr, then: Sequence[ast.stmt], otherwise: Sequence[ast.stmt]) -> Term:
        holds = self.inliner.truth(self.value(test))
        if isinstance(holds, bool):
            return self.returned(then if holds else otherwise)
        here = self.names
        with self._perhaps():
            self.names = dict(here)
            first = self.returned(then)
            self.names = dict(here)
            second = self.returned(otherwise)
        return self._either(holds, first, second)

    @contextmanager
    def _perhaps(self) -> Iterator[None]:
        """What is looked at here may not be reached: no line may come before."""
        written, self.inliner.written = self.inliner.written, None
        try:
            yield
        finally:
            self.inliner.written = written

    def _either(self, holds: str, first: Term, second: Term) -> Term:
        if first == second:
            return first
        if isinstance(first, Record) and isinstance(second, Record) and first.kind is second.kind:
            pairs = zip(first.fields, first.fields.values(), second.fields.values(), strict=True)
            return Record(first.kind, {name: self._either(holds, one, other) for name, one, other in pairs})
        return Code(f"({self.inliner.text(first)} if {holds} else {self.inliner.text(second)})")

    def _bind(self, targets: Sequence[ast.expr], value: Term) -> None:
        items = self._items(value)
        if len(items) != len(targets):
            raise NotUnderstood
        for target, item in zip(targets, items, strict=True):
            match target:
                case ast.Name(name):
                    self.names[name] = item
                case ast.Tuple(inner):
                    self._bind(inner, item)
                case _:
                    raise NotUnderstood

    def _items(self, value: Term) -> tuple[Term, ...]:
        """The elements of a tuple that is taken apart."""
        match value:
            case Elements(items):
                return items
            case Known(known) if isinstance(known, tuple | range | list):
                return tuple(map(Known, known))
            case Known(known) if isinstance(known, enumerate | zip):
                return tuple(Known(one) for one in known)
            case _:
                raise NotUnderstood

    # --- expressions --------------------------------------------------------------------------------------------------

    def value(self, node: ast.expr) -> Term:  # noqa: C901, PLR0911, PLR0912 - one case for each kind of expression
        """What an expression comes to."""
        text = self.inliner.text
        match node:
            case ast.Constant(value):
                return Known(value)
            case ast.Name(name):
                return self._named(name)
            case ast.Attribute(of, name):
                return self._attribute(self.value(of), name)
            case ast.Subscript(of, at):
                return self._taken(self.value(of), at)
            case ast.Compare(left, operators, others):
                return self._compared([self.value(one) for one in (left, *others)], operators)
            case ast.BoolOp(operator, values):
                with self._perhaps():
                    return self._joined(isinstance(operator, ast.And), map(self.value, values))
            case ast.UnaryOp(ast.Not(), operand):
                holds = self.inliner.truth(self.value(operand))
                return Known(not holds) if isinstance(holds, bool) else Code(f"(not {holds})", is_bool=True)
            case ast.UnaryOp(ast.USub(), operand):
                term = self.value(operand)
                return Known(-term.value) if isinstance(term, Known) else Code(f"(-{text(term)})")  # type: ignore[operator]
            case ast.BinOp(left, operator, right):
                return self._computed(self.value(left), operator, self.value(right))
            case ast.IfExp(test, then, otherwise):
                holds = self.inliner.truth(self.value(test))
                if isinstance(holds, bool):
                    return self.value(then if holds else otherwise)
                with self._perhaps():
                    return self._either(holds, self.value(then), self.value(otherwise))
            case ast.Tuple(items):
                return self._tuple(items)
            case ast.Call(function, arguments, keywords):
                return self._called(function, arguments, keywords)
            case _:
                raise NotUnderstood

    def _named(self, name: str) -> Term:
        if name in self.names:
            return self.names[name]
        function = self.function
        cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
        if name in cells:
            return Known(cells[name].cell_contents)
        if name in function.__globals__:
            return Known(function.__globals__[name])
        if hasattr(builtins, name):
            return Known(getattr(builtins, name))
        raise NotUnderstood

    def _attribute(self, of: Term, name: str) -> Term:
        match of:
            case Known(value):
                return Known(getattr(value, name))
            case Record(fields=fields) if name in fields:
                return fields[name]
            case Code(text):
                return Code(f"{text}.{name}")
            case _:
                raise NotUnderstood

    def _taken(self, of: Term, at: ast.expr) -> Term:
        text = self.inliner.text
        if isinstance(at, ast.Slice):
            if at.step:
                raise NotUnderstood
            return self._sliced(of, *(Known(None) if end is None else self.value(end) for end in (at.lower, at.upper)))
        index = self.value(at)
        match of, index:
            case Known(value), Known(key):
                return Known(value[key])  # type: ignore[index]
            case Elements(items), Known(key) if isinstance(key, int) and -len(items) <= key < len(items):
                return items[key]
            case Elements(items), Code() if items and all(isinstance(item, Record) for item in items):
                return self.inliner.as_record(items[0].kind, Code(f"{text(of)}[{text(index)}]"))  # type: ignore[union-attr]
            case _:
                return Code(f"{text(of)}[{text(index)}]")

    def _sliced(self, of: Term, lower: Term, upper: Term) -> Term:
        if isinstance(of, Elements) and isinstance(lower, Known) and isinstance(upper, Known):
            return Elements(of.items[slice(lower.value, upper.value)])  # type: ignore[arg-type]
        first, last = ("" if end == Known(None) else self.inliner.text(end) for end in (lower, upper))
        return Code(f"{self.inliner.text(of)}[{first}:{last}]")

    def _compared(self, terms: Sequence[Term], operators: Sequence[ast.cmpop]) -> Term:
        words = [COMPARED[type(operator)] for operator in operators]
        if all(isinstance(term, Known) for term in terms):
            return Known(_evaluated(terms, words))
        chain = self._compared_text(terms[0])
        for word, term in zip(words, terms[1:], strict=True):
            chain += f" {word} {self._compared_text(term)}"
        return Code(f"({chain})", is_bool=True)

    def _compared_text(self, term: Term) -> str:
        """A member of an enum that is a number is compared as that number."""
        if isinstance(term, Known) and isinstance(term.value, int) and isinstance(term.value, Enum):
            term = Known(int(term.value))
        return self.inliner.text(term)

    def _joined(self, every: bool, terms: Iterator[Term]) -> Term:  # noqa: FBT001 - and, or or
        """``and`` or ``or``: what is known is left out, up to where it decides."""
        left: list[Term] = []
        last: Term = Known(every)
        for term in terms:
            last = term
            if isinstance(term, Known):
                if bool(term.value) is not every:
                    if not left:
                        return term
                    left.append(term)
                    break
                continue
            left.append(term)
        if not left:
            return last
        if isinstance(last, Known) and bool(last.value) is every:
            left.append(last)
        texts = [self.inliner.text(term) for term in left]
        is_bool = all(term.is_bool if isinstance(term, Code) else type(term) is Known for term in left)
        return Code(f"({(' and ' if every else ' or ').join(texts)})", is_bool) if len(left) > 1 else left[0]

    def _computed(self, left: Term, operator: ast.operator, right: Term) -> Term:
        word = COMPUTED.get(type(operator))
        if word is None:
            raise NotUnderstood
        if isinstance(left, Known) and isinstance(right, Known):
            return Known(_evaluated((left, right), (word,)))
        if word == "+" and isinstance(left, Elements) and isinstance(right, Elements):
            return Elements((*left.items, *right.items))
        return Code(f"({self.inliner.text(left)} {word} {self.inliner.text(right)})")

    def _tuple(self, nodes: Sequence[ast.expr]) -> Term:
        terms = [self.value(node.value if isinstance(node, ast.Starred) else node) for node in nodes]
        starred = [isinstance(node, ast.Starred) for node in nodes]
        items: list[Term] = []
        try:
            for term, is_starred in zip(terms, starred, strict=True):
                items += self._items(term) if is_starred else (term,)
        except NotUnderstood:
            texts = [f"{'*' * star}{self.inliner.text(term)}, " for term, star in zip(terms, starred, strict=True)]
            return Code(f"({''.join(texts)})")
        return Elements(tuple(items))

    # --- calls --------------------------------------------------------------------------------------------------------

    def _called(self, function: ast.expr, arguments: Sequence[ast.expr], keywords: Sequence[ast.keyword]) -> Term:
        named = dict(self._keywords(keywords))
        if isinstance(function, ast.Attribute):
            of = _apart(self.value(function.value))
            if isinstance(of, Record) and function.attr == "_replace":
                return _changed(of, named)
            if not isinstance(of, Known):
                given = [self.value(one) for one in arguments]
                return self.inliner.left(f"{self.inliner.text(of)}.{function.attr}", given, named)
        called = self.value(function)
        if not isinstance(called, Known) or not callable(called.value):
            raise NotUnderstood
        if len(arguments) == 1 and isinstance(arguments[0], ast.GeneratorExp):
            with self._perhaps():
                return self._of_each(called.value, arguments[0])
        return self._of_builtin(called.value, [self.value(one) for one in arguments], named)

    def _of_builtin(self, function: object, given: Sequence[Term], named: Mapping[str, Term]) -> Term:
        """A call of something of Python's own that can be told from the terms, or any other call."""
        match function, given:
            case (builtins.len, [Elements(items)]):
                return Known(len(items))
            case (builtins.enumerate, [Elements(items)]):
                return Elements(tuple(Elements((Known(at), item)) for at, item in enumerate(items)))
            case (builtins.getattr, [of, Known(name)]):
                return self._attribute(of, str(name))
            case (builtins.bool, [Code(text)]):
                return Code(f"bool({text})", is_bool=True)
            case _:
                return self.inliner.call(function, given, named)

    def _keywords(self, keywords: Sequence[ast.keyword]) -> Iterator[tuple[str, Term]]:
        for keyword in keywords:
            if keyword.arg:
                yield keyword.arg, self.value(keyword.value)
            elif isinstance(keyword.value, ast.Dict):
                for key, value in zip(keyword.value.keys, keyword.value.values, strict=True):
                    name = self.value(key) if key else None
                    if not isinstance(name, Known):
                        raise NotUnderstood
                    yield str(name.value), self.value(value)
            else:
                raise NotUnderstood

    def _of_each(self, function: object, made: ast.GeneratorExp) -> Term:
        """any, all, sum or tuple of a generator: written out where its length is known."""
        here = self.names
        try:
            each = list(self._each(made))
        except NotUnderstood:
            self.names = here
            return self._generated(function, made)
        if function in (any, all):
            return self._quantified(each, every=function is all)
        always = all(test == Known(value=True) for test, _ in each)
        if function is tuple and always:
            return Elements(tuple(term for _, term in each))
        if function is sum and always and each:
            return Code(f"({' + '.join(self.inliner.text(term) for _, term in each)})")
        return self._generated(function, made)

    def _quantified(self, each: Sequence[tuple[Term, Term]], *, every: bool) -> Term:
        always = Known(value=True)
        terms = [term if test == always else self._taken_if(test, term, every=every) for test, term in each]
        joined = self._joined(every, iter(terms or [Known(every)]))
        if isinstance(joined, Known):
            return Known(bool(joined.value))
        is_bool = isinstance(joined, Code) and joined.is_bool
        return joined if is_bool else Code(f"bool({self.inliner.text(joined)})", is_bool=True)

    def _taken_if(self, test: Term, term: Term, *, every: bool) -> Term:
        """What an element adds that is gone through under a condition: not taken or holds; taken and holds."""
        return self._joined(not every, iter((self._negated(test) if every else test, term)))

    def _negated(self, term: Term) -> Term:
        holds = self.inliner.truth(term)
        return Known(not holds) if isinstance(holds, bool) else Code(f"(not {holds})", is_bool=True)

    def _each(self, made: ast.GeneratorExp | ast.ListComp) -> Iterator[tuple[Term, Term]]:
        """For each element of what is gone through: whether it is taken, and what is made of it."""
        if len(made.generators) != 1:
            raise NotUnderstood
        (through,) = made.generators
        here = self.names
        for item in self._items(self.value(through.iter)):
            self.names = dict(here)
            self._bind([through.target], Elements((item,)))
            test = self._joined(every=True, terms=map(self.value, through.ifs)) if through.ifs else Known(value=True)
            if test == Known(value=False):
                continue
            yield test, self.value(made.elt)
        self.names = here

    def _generated(self, function: object, made: ast.GeneratorExp) -> Term:
        """A generator that stays one."""
        (through, *more), target = made.generators, made.generators[0].target
        if more or not isinstance(target, ast.Name):
            raise NotUnderstood
        iterated = self.inliner.text(self.value(through.iter))
        self.inliner.variables += 1
        variable = f"x{self.inliner.variables}"
        here = self.names
        self.names = {**here, target.id: Code(variable)}
        tests = "".join(f" if {self.inliner.text(self.value(test))}" for test in through.ifs)
        element = self.inliner.text(self.value(made.elt))
        self.names = here
        name = self.inliner.constant(function)
        return Code(f"{name}({element} for {variable} in {iterated}{tests})", is_bool=function in (any, all))


def _apart(term: Term) -> Term:
    """A named tuple that is there, as a record."""
    if isinstance(term, Known) and isinstance(term.value, tuple) and hasattr(term.value, "_fields"):
        fields = {name: Known(value) for name, value in zip(term.value._fields, term.value, strict=True)}
        return Record(type(term.value), fields)
    return term


def _changed(record: Record, fields: Mapping[str, Term]) -> Record:
    if not fields.keys() <= record.fields.keys():
        raise NotUnderstood
    return Record(record.kind, {**record.fields, **fields})


def _evaluated(terms: Sequence[Term], words: Sequence[str]) -> object:
    names = {f"v{at}": term.value for at, term in enumerate(terms) if isinstance(term, Known)}
    chain = "v0" + "".join(f" {word} v{at}" for at, word in enumerate(words, 1))
    found: object = eval(chain, {}, names)  # noqa: S307 - operators and names of our own
    return found
