"""From a table of actions to one function that finds all successors of a state.

Decides: how the guards are asked quickly. Conjuncts that several actions have in common are asked once, conjuncts that
read constants only are asked before the search. Must not know: what is searched, or why.

The table itself stays the truth: ``successors_by_the_table`` reads it row by row, and a test compares the two.
"""

from collections.abc import Callable, Iterator
from inspect import signature
from typing import Generic, TypeVar

from checkedpool_model.checker.system import Action, Conjunct, System

K = TypeVar("K")
S = TypeVar("S")

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
    moves = moves_of(system)
    root: _Node[K, S] = _Node()
    names: dict[str, object] = {"k": system.constants}
    for number, (action, index) in enumerate(moves):
        names[f"effect{number}"] = action.effect
        _plant(root, system, number, action, index)
    conjuncts: dict[Conjunct[K, S], str] = {}
    body = "\n".join(_lines(root, moves, conjuncts, "    "))
    names.update({name: holds for holds, name in conjuncts.items()})
    source = f"def successors(s):\n    found = []\n    add = found.append\n{body}\n    return found\n"
    exec(compile(source, f"<successors of {system.name}>", "exec"), names)  # noqa: S102 - made of numbers and names
    made: Successors[S] = names["successors"]  # type: ignore[assignment]
    return made


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
