"""Which classes a pool is made of: the plain ones, or for each the fast ones that replace it.

A room is a name and what it replaces: for a plain class a subclass that overrides what it does faster.  A class that
makes others declares them as attributes whose names end with ``_type``, annotated in it or in a base; those of a fitted
class are fitted too.  Annotations are text there (``from __future__ import annotations``): from 3.14 on others are made
when they are asked for, and are not looked at here.

Decides what is replaced.  Must not know: any class of the pool.
"""

from __future__ import annotations

import copyreg
import sys

from checkedpool._core.tables import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, TypeVar

    C = TypeVar("C")

ALL = "1"
"""In the place of a list of rooms: every one."""


class Room(Record):
    """A fast room: its name, and by plain class the subclass that replaces it; and rooms that do not go with it."""

    name: str
    replaces: Mapping[type, type]
    instead_of: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash(self.name)


def without(rooms: tuple[Room, ...], asked: str) -> tuple[Room, ...]:
    """The rooms that are used where ``asked`` names those that are not: with commas between, "1" for all of them.

    Raises ValueError for a name that no room has.
    """
    if asked == ALL:
        return ()
    off = {name.strip() for name in asked.split(",")} - {""}
    unknown = off.difference(room.name for room in rooms)
    if unknown:
        known = ", ".join(sorted(room.name for room in rooms))
        msg = f"there is no fast room {', '.join(sorted(unknown))} to do without; there are {known}, and {ALL} for all"
        raise ValueError(msg)
    return tuple(room for room in rooms if room.name not in off)


def fitted(plain: type[C], rooms: tuple[Room, ...], known: dict[type, type[Any]] | None = None) -> type[C]:
    """This class as the rooms make it: the class itself where they replace neither it nor what it makes.

    ``known``: what these rooms have made up to now.
    """
    known = {} if known is None else known
    if plain not in known:
        known[plain] = _fit(plain, rooms, known)
    return known[plain]


def _fit(plain: type[C], rooms: tuple[Room, ...], known: dict[type, type[Any]]) -> type[C]:
    kinds = plain.__mro__
    fast = tuple([room.replaces[kind] for room in rooms for kind in kinds if kind in room.replaces])
    bases = fast if any(plain in room.replaces for room in rooms) else (plain, *fast)
    made: dict[str, object] = {}
    declared = {name for base in bases for kind in base.__mro__ for name in vars(kind).get("__annotations__", ())}
    for name in [name for name in declared if name.endswith("_type")]:
        found = [getattr(base, name) for base in bases if hasattr(base, name)]
        if not found:
            msg = f"{plain.__qualname__}.{name} is annotated, and has no value"
            raise TypeError(msg)
        makes = max(found, key=_depth)
        if isinstance(makes, type) and fitted(makes, rooms, known) is not makes:
            made[name] = known[makes]
    if len(bases) == 1 and not made:
        return bases[0]
    return type(plain.__name__, bases, {"__slots__": (), "__module__": plain.__module__, **made})


def _depth(makes: object) -> int:
    """Of what the bases make the most special is made: the others have it from a class that it extends."""
    return len(makes.__mro__) if isinstance(makes, type) else 0


# --- fitted classes that go to another process ------------------------------------------------------------------------
#
# A pickle holds a class by its name, and a fitted class has none that can be imported.  It is held by the classes that
# it is made of, each of which has one; so a worker imports those and no list of rooms.


class Sent(type):
    """The class of fast classes of the worker's side, and so of every class that is fitted with one."""


def _as_sent(made: Sent) -> str | tuple[type, tuple[object, ...]]:
    named: object = getattr(sys.modules.get(made.__module__), made.__name__, None)
    if named is made:
        return made.__name__
    own = {name: value for name, value in vars(made).items() if name == "__module__" or name.endswith("_type")}
    return Sent, (made.__name__, made.__bases__, {"__slots__": (), **own})


copyreg.pickle(Sent, _as_sent)
