"""Frozen records: what ``dataclass(frozen=True)`` gives, at a hundredth of its cost when the module is imported.

Forty generated dataclasses would be most of the time that importing a pool takes, in every worker too.  A record is a
tuple underneath, so making one is quick as well; but it equals only records of its own class.
"""

from __future__ import annotations

from operator import itemgetter

from checkedpool._core.typed import dataclass_transform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


@dataclass_transform(frozen_default=True, eq_default=True)
class Record(tuple[object, ...]):
    """Base of records: fields are the annotations in their order, defaults are class attributes."""

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()
    _fields: ClassVar[tuple[str, ...]] = ()
    _defaults: ClassVar[dict[str, object]] = {}

    def __init_subclass__(cls) -> None:
        fields = tuple(cls.__annotations__)
        cls._fields = fields
        cls._defaults = {field: cls.__dict__[field] for field in fields if field in cls.__dict__}
        type.__setattr__(cls, "__match_args__", fields)
        for place, field in enumerate(fields):
            type.__setattr__(cls, field, property(itemgetter(place)))

    def __new__(cls, *values: object, **named: object) -> Record:  # noqa: PYI034 - Self would hide the fields from mypy
        """Each field once, by place or by name."""
        fields = cls._fields
        if len(values) != len(fields) or named:
            values = cls._complete(values, named)
        return tuple.__new__(cls, values)

    @classmethod
    def _complete(cls, values: tuple[object, ...], named: dict[str, object]) -> tuple[object, ...]:
        given = dict(zip(cls._fields, values, strict=False))
        known = len(given) == len(values) and not given.keys() & named.keys() and named.keys() <= set(cls._fields)
        given = {**cls._defaults, **given, **named}
        if not known or len(given) != len(cls._fields):
            takes = ", ".join(cls._fields) or "nothing"
            raise TypeError(f"{cls.__name__} takes {takes}; it was given {values} and {named}")
        return tuple([given[field] for field in cls._fields])

    def __getnewargs__(self) -> tuple[object, ...]:
        return tuple(self)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set to {value!r}")

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((type(self), *self))

    def __repr__(self) -> str:
        fields = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}({fields})"
