"""Who waits for whom where nothing can happen any more: read off the guards and off the whole graph.

Decides: which of an actor's actions it waits to do, and who alone could make it possible. Must not know: any model.

An actor waits with an action if each conjunct that is false has been made true somewhere in this graph by somebody
else. An action of which a conjunct is false that nobody else ever makes true is not what it waits for: it is somewhere
else in its program, or done. Of what is left, the actions count that miss the fewest conjuncts.
Who need never act, as nature, waits for nobody.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from checkedpool_model.checker.compile import moves_of
from checkedpool_model.checker.guards import Guards
from checkedpool_model.checker.system import Fair
from checkedpool_model.checker.walked import Renaming, Walked

__all__ = ["Wait", "actors", "cycle_of", "made_true_by", "waits"]

K = TypeVar("K")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody waits for somebody else."""

    who: str
    whom: str
    """ "": for nobody, since no step in this graph makes it true."""
    move: int
    conjunct: int


def actors(guards: Guards[K, S]) -> list[str]:
    """By move, who does it."""
    return [(action.by or action.name).replace("{i}", str(index)) for action, index in moves_of(guards.system)]


def made_true_by(guards: Guards[K, S], walked: Walked[S], bits: Sequence[int]) -> dict[str, int]:
    """By actor, the bits that some step of it has made true."""
    who = actors(guards)
    made: dict[str, int] = dict.fromkeys(who, 0)
    renamed: dict[tuple[int, int], int] = {}
    for at, moves in enumerate(walked.enabled):
        for move, target, renaming in zip(moves, walked.targets[at], walked.renamed[at], strict=True):
            after = bits[target]
            if renaming:
                key = target, renaming
                if key not in renamed:
                    renamed[key] = _as_before(guards, after, walked.renamings[renaming])
                after = renamed[key]
            made[who[move]] |= after & ~bits[at]
    return made


def _as_before(guards: Guards[K, S], bits: int, renaming: Renaming) -> int:
    """The bits with the indices that they had before the renaming."""
    orders = dict(renaming)
    over = {
        number: action.over for action, of in zip(guards.system.actions, guards.of_action, strict=True) for number in of
    }
    found = 0
    for number, width in enumerate(guards.width):
        order = orders.get(over[number]) if width > 1 else None
        for index in range(width):
            was = order[index] if order and index < len(order) else index
            found |= (bits >> guards.bit(number, index) & 1) << guards.bit(number, was)
    return found


def waits(guards: Guards[K, S], made: dict[str, int], bits: int) -> tuple[Wait, ...]:
    """Who waits for whom in a state with these bits."""
    found: list[Wait] = []
    for actor in _acting(guards):
        found += _fewest(guards, _waited_for(guards, made, bits, actor), bits, made, actor)
    return tuple(dict.fromkeys(found))


def _acting(guards: Guards[K, S]) -> list[str]:
    """Everybody of whom it may be assumed that he acts at last."""
    rows = zip(actors(guards), moves_of(guards.system), strict=True)
    return list(dict.fromkeys(actor for actor, (action, _) in rows if action.fair != Fair.NONE))


def _waited_for(guards: Guards[K, S], made: dict[str, int], bits: int, actor: str) -> list[int]:
    """The moves of an actor that others can make possible: best those that he cannot make so himself."""
    others = 0
    for other, some in made.items():
        others |= some if other != actor else 0
    missing = {
        move: needed & ~bits
        for move, (who, needed) in enumerate(zip(actors(guards), guards.needed(), strict=True))
        if who == actor
    }
    possible = [move for move, bits_ in missing.items() if not bits_ & ~others]
    return [move for move in possible if not missing[move] & made[actor]] or possible


def _fewest(guards: Guards[K, S], moves: list[int], bits: int, made: dict[str, int], actor: str) -> Iterator[Wait]:
    missing = {move: list(_missing(guards, move, bits)) for move in moves}
    fewest = min(map(len, missing.values()), default=0)
    for move, conjuncts in missing.items():
        if len(conjuncts) == fewest:
            for conjunct, bit in conjuncts:
                for whom, some in made.items():
                    if some >> bit & 1 and whom != actor:
                        yield Wait(actor, whom, move, conjunct)


def _missing(guards: Guards[K, S], move: int, bits: int) -> Iterator[tuple[int, int]]:
    """Which conjuncts of its guard are false, each with its bit."""
    action, index = moves_of(guards.system)[move]
    number = guards.system.actions.index(action)
    for conjunct in guards.of_action[number]:
        bit = guards.bit(conjunct, index)
        if not bits >> bit & 1:
            yield conjunct, bit


def cycle_of(waits_: Iterable[Wait]) -> tuple[str, ...]:
    """A shortest circle of those who wait for one another; () if there is none."""
    edges: dict[str, list[str]] = {}
    for wait in waits_:
        edges.setdefault(wait.who, []).append(wait.whom)
    found = [way for start in edges for way in [_back_to(start, edges)] if way]
    return min(found, key=len, default=())


def _back_to(start: str, edges: dict[str, list[str]]) -> tuple[str, ...]:
    ways: dict[str, tuple[str, ...]] = {start: (start,)}
    todo = [start]
    for at in todo:
        for after in edges.get(at, ()):
            if after == start:
                return ways[at]
            if after not in ways:
                ways[after] = (*ways[at], after)
                todo.append(after)
    return ()
