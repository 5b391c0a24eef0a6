"""From a table of actions to one function that finds all successors of a state.

Decides: how the guards are asked quickly. Must not know: what is searched, or why.

There are three readings of a table here, and they say the same (``parts`` has a fourth, for packed states):
``successors_by_the_table`` goes row by row.
``successors_compiled`` is nested ifs: conjuncts that several actions have in common are asked once, those that read
constants only before the search. ``successors_inlined`` is the same ifs, with the bodies of conjuncts and effects in
their place (``inline``); making it takes about a tenth of a second, so it is for tables that are asked of many states,
and kept for other graphs of the same table.

Why the text can be trusted: what is not understood is left as a call of the function that was written; a state whose
tuples have other lengths than the text supposes is given to the nested ifs; and a test compares the readings in the
graphs of all scopes, state by state, step by step, and sees a dozen ways in which the compiler could be wrong.
"""

from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from inspect import signature
from types import CodeType
from typing import Generic, TypeVar

from checkedpool_model.checker.inline import Code, Elements, Inliner, Known, Record, Term
from checkedpool_model.checker.system import Action, Conjunct, System, forbidden_by

K = TypeVar("K")
S = TypeVar("S")

TEXTS = 64
"""Tables of which the code is kept."""
Successors = Callable[[S], list[tuple[int, S]]]
"""From a state to (number of the move, state after it)."""


def moves_of(system: System[K, S]) -> list[tuple[Action[K, S], int]]:
    """Every action with every index that it can have, numbered by position."""
    return [(action, index) for action in system.actions for index in system.indices(action)]


def successors_by_the_table(system: System[K, S]) -> Successors[S]:
    """The plain reading: row by row, conjunct by conjunct."""
    moves, constants = moves_of(system), system.constants

    def successors(state: S) -> list[tuple[int, S]]:
        return [
            (number, action.effect(constants, state, index))
            for number, (action, index) in enumerate(moves)
            if action.enabled(constants, state, index)
        ]

    return successors


@cache
def reads(holds: Conjunct[K, S]) -> tuple[bool, bool, bool]:
    """Whether a conjunct reads constants, state, index. What it does not read, its parameter's name says: ``_s``."""
    constants, state, index = (not name.startswith("_") for name in signature(holds).parameters)
    return constants, state, index


class _Node(Generic[K, S]):
    """Moves whose guards begin alike: those whose guard is asked to its end, and those that ask on."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.then: dict[tuple[Conjunct[K, S], int | None], _Node[K, S]] = {}


def successors_compiled(system: System[K, S]) -> Successors[S]:
    """One function for the whole table: nested ifs, conjuncts in common asked once; or the one that it brings along."""
    if system.found:
        return system.found
    moves, root = moves_of(system), _tree(system)
    names: dict[str, object] = {"k": system.constants}
    names.update({f"effect{number}": action.effect for number, (action, _) in enumerate(moves)})
    conjuncts: dict[Conjunct[K, S], str] = {}
    body = "\n".join(_lines(root, moves, conjuncts, "    "))
    names.update({name: holds for holds, name in conjuncts.items()})
    source = f"def successors(s):\n    found = []\n    add = found.append\n{body}\n    return found\n"
    exec(_code_of(source), names)  # noqa: S102 - made of numbers and names
    made: Successors[S] = names["successors"]  # type: ignore[assignment]
    return made


@lru_cache(TEXTS)
def _code_of(source: str) -> CodeType:
    """The text as code: graphs of one table have mostly the same, and to make it code takes longest."""
    return compile(source, "<successors>", "exec")


class Table(Generic[K, S]):
    """What is kept of a table for its other graphs: how many states it was asked of, and the text that was compiled."""

    def __init__(self) -> None:
        self.asked = 0
        self.made: _Maker[K, S] | None = None
        self.claims: object = None
        """The text of the claims (``claims``)."""


_Maker = Callable[[K, Successors[S]], Successors[S]]

_tables: dict[object, Table[object, object]] = {}
TABLES = 8
"""How many tables are kept: the graphs of a scope come one after the other."""


def table_of(system: System[K, S]) -> Table[K, S]:
    """What is kept of the system's table, if its graph may be explored by the same text as another."""
    constants = system.constants if isinstance(system.constants, tuple | None) else type(system.constants)
    parts = tuple((type(field), len(field) if type(field) is tuple else 0) for field in _fields(system.initial))
    try:
        key = (
            system.actions,
            system.always,
            tuple(system.sizes.items()),
            constants,
            type(system.initial),
            parts,
            order_of(system),
        )
        found = _tables.pop(key, None) or Table()
    except TypeError:  # something of it has no hash
        return Table()
    _tables[key] = found
    while len(_tables) > TABLES:
        del _tables[next(iter(_tables))]
    return found  # type: ignore[return-value]


def order_of(system: System[K, S]) -> tuple[int, ...]:
    """The moves in the order in which the compiled table finds them; without those whose constants forbid them."""
    return tuple(_moves_in(_tree(system)))


def _fields(initial: S) -> tuple[object, ...]:
    return initial if isinstance(initial, tuple) else ()


def _moves_in(node: _Node[K, S]) -> Iterator[int]:
    yield from node.done
    for following in node.then.values():
        yield from _moves_in(following)


def successors_inlined(system: System[K, S]) -> Successors[S]:
    """The same function with the bodies of conjuncts and effects in it (``inline``)."""
    successors, kind = successors_as_tuples(system), type(system.initial)
    return lambda state: [(move, as_state(kind, after)) for move, after in successors(state)]


def as_state(kind: type[S], after: S) -> S:
    """The state that a plain tuple is equal to; any other state is one."""
    return after if type(after) is not tuple else tuple.__new__(kind, after)  # type: ignore[type-var, arg-type]


def successors_as_tuples(system: System[K, S], table: Table[K, S] | None = None) -> Successors[S]:
    """The same, but a state after a step may be a plain tuple that is equal to it.

    Most states that a search meets it knows, so it looks for the tuple, and makes a state of what is new.
    """
    if system.found or not hasattr(system.initial, "_fields"):
        return successors_compiled(system)
    table = table or table_of(system)
    if table.made is None:
        namespace, source = inlined(system)
        exec(compile(source, f"<successors of {system.name}, inlined>", "exec"), namespace)  # noqa: S102 - made of the table
        table.made = namespace["for_constants"]  # type: ignore[assignment]
    return table.made(system.constants, _when_asked(system))  # type: ignore[misc]


def _when_asked(system: System[K, S]) -> Successors[S]:
    """The nested ifs, made when somebody asks."""
    made: list[Successors[S]] = []

    def successors(state: S) -> list[tuple[int, S]]:
        made[:] = made or [successors_compiled(system)]
        return made[0](state)

    return successors


def inlined(system: System[K, S]) -> tuple[dict[str, object], str]:
    """The source of that function, and what is named in it."""
    written = _Inlined(system)
    head = ["def for_constants(k, as_written):", " def successors(s):"]
    body = [*written.unpacking, "found = []", "add = found.append", *written.body(), "return found"]
    source = "\n".join((*head, *(f"  {line}" for line in body), " return successors", ""))
    return written.inliner.namespace, source


class _Inlined(Generic[K, S]):
    """The nested ifs, with text for conjuncts and effects.

    Constants that are a tuple are put in; others are read, so that the text serves all graphs of a table. A conjunct
    which says that nothing of some actions is possible is not asked: at the end it is known whether any was.
    """

    def __init__(self, system: System[K, S]) -> None:
        self.system = system
        self.moves = moves_of(system)
        self.inliner = Inliner()
        self.constants = constants_of(system)
        self.state, self.unpacking = taken_apart(system.initial)
        self.late: Conjunct[K, S] | None = None
        self.lately: list[str] = []

    def body(self) -> Iterator[str]:
        """What finds the steps."""
        root = _tree(self.system)
        self.late = next((holds for holds, at in _last_of(root) if self._is_of_the_table(holds)), None)
        if self.late:
            yield "late, busy = -1, False"
        yield from self._lines(root, "")
        yield from self.lately

    def _is_of_the_table(self, holds: Conjunct[K, S]) -> bool:
        forbidden = forbidden_by(holds)
        return bool(forbidden) and all(action in self.system.actions for action in forbidden)

    def _lines(self, node: _Node[K, S], margin: str) -> Iterator[str]:
        for number in node.done:
            lines, after = self._after(number)
            yield from (f"{margin}{line}" for line in lines)
            yield f"{margin}add(({number}, {after}))"
            if self.late and self.moves[number][0] in forbidden_by(self.late):
                yield f"{margin}busy = True"
        for (holds, index), following in node.then.items():
            if holds is self.late:
                yield f"{margin}late = len(found)"
                made = [(number, *self._after(number)) for number in following.done]
                steps = "".join(f"({number}, {after}), " for number, _, after in made)
                lines = [f" {line}" for _, before, _ in made for line in before]
                self.lately += ["if late >= 0 and not busy:", *lines, f" found[late:late] = ({steps})"]
                continue
            asked = self.inliner.condition(holds, (self.constants, self.state, Known(index or 0)))
            if asked is True:
                yield from self._lines(following, margin)
            elif asked is not False:
                yield f"{margin}if {asked}:"
                yield from self._lines(following, margin + " ")

    def _after(self, number: int) -> tuple[list[str], str]:
        action, index = self.moves[number]
        return self.inliner.effect(action.effect, (self.constants, self.state, Known(index)))


def _last_of(node: _Node[K, S]) -> Iterator[tuple[Conjunct[K, S], int | None]]:
    """The conjuncts after which nothing more is asked."""
    for asked, following in node.then.items():
        if following.then:
            yield from _last_of(following)
        else:
            yield asked


def constants_of(system: System[K, S]) -> Term:
    """Constants that are a tuple are put into the text; others are read, so that it serves all graphs of a table."""
    return Known(system.constants) if isinstance(system.constants, tuple | None) else Code("k")


def taken_apart(initial: S) -> tuple[Term, list[str]]:
    """A state as a record, and how its parts get their names: tuples have as many elements as in the initial state."""
    fields: dict[str, Term] = {}
    unpacking = []
    names: tuple[str, ...] = getattr(initial, "_fields", ())
    for name, value in zip(names, _fields(initial), strict=True):
        if type(value) is tuple and value:
            items = [f"{name}{at}" for at in range(len(value))]
            unpacking.append(f" {', '.join(items)}, = s_{name}")
            fields[name] = Elements(
                tuple(_part(item, one) for item, one in zip(items, value, strict=True)), f"s_{name}"
            )
        else:
            fields[name] = _part(f"s_{name}", value)
    unpacked = ", ".join(f"s_{name}" for name in names)
    guarded = ["try:", *unpacking, "except ValueError:", " return as_written(s)"] if unpacking else []
    return Record(type(initial), fields, "s"), [f"{unpacked}, = s", *guarded]


def _part(name: str, value: object) -> Term:
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return Record(type(value), {field: Code(f"{name}.{field}") for field in value._fields}, name)
    return Code(name, isinstance(value, bool))


def _tree(system: System[K, S]) -> _Node[K, S]:
    """The guards of all moves, what they begin with in common once."""
    root: _Node[K, S] = _Node()
    for number, (action, index) in enumerate(moves_of(system)):
        _plant(root, system, number, action, index)
    return root


def _plant(root: _Node[K, S], system: System[K, S], number: int, action: Action[K, S], index: int) -> None:
    """Put a move where its guard leads; leave it out if a conjunct that reads constants only is false."""
    asked = [(holds, *reads(holds)[1:]) for holds in action.guard]
    if not all(reads_state or holds(system.constants, system.initial, index) for holds, reads_state, _ in asked):
        return
    node = root
    for holds, reads_state, reads_index in asked:
        if reads_state:
            node = node.then.setdefault((holds, index if reads_index else None), _Node())
    node.done.append(number)


def _lines(
    node: _Node[K, S], moves: list[tuple[Action[K, S], int]], conjuncts: dict[Conjunct[K, S], str], margin: str
) -> Iterator[str]:
    """The function's body: what is enabled here, then what asks on."""
    for number in node.done:
        yield f"{margin}add(({number}, effect{number}(k, s, {moves[number][1]})))"
    for (holds, index), following in node.then.items():
        name = conjuncts.setdefault(holds, f"conjunct{len(conjuncts)}")
        yield f"{margin}if {name}(k, s, {index or 0}):  # {holds.__name__}"
        yield from _lines(following, moves, conjuncts, margin + "    ")
