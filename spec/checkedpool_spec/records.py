"""Records that are changed again and again: a ``_replace`` that takes half of the time.

Decides: how a changed copy of a named tuple is made. Must not know: which records there are, what they mean.
"""

from typing import TypeVar

__all__ = ["quickly_replaced"]

R = TypeVar("R", bound=type)


def quickly_replaced(record: R) -> R:
    """Give this class of named tuples a ``_replace`` of its own. A name that is no field is a KeyError there."""
    places = {name: place for place, name in enumerate(record._fields)}  # type: ignore[attr-defined]
    new = tuple.__new__

    def changed(self: tuple[object, ...], /, **fields: object) -> tuple[object, ...]:
        made = [*self]
        for name, value in fields.items():
            made[places[name]] = value
        return new(self.__class__, made)

    record._replace = changed  # type: ignore[attr-defined]
    return record
