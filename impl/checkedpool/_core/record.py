"""Frozen records: what ``dataclass(frozen=True)`` gives, at a hundredth of its cost when the module is imported.

Forty generated dataclasses would be most of the time that importing a pool takes, in every worker too.
"""

from __future__ import annotations

from typing import ClassVar, dataclass_transform


@dataclass_transform(frozen_default=True, eq_default=True)
class Record:
    """Base of records: fields are the annotations in their order, defaults are class attributes."""

    __match_args__: tuple[str, ...] = ()
    _fields: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        cls._fields = tuple(cls.__annotations__)
        type.__setattr__(cls, "__match_args__", cls._fields)

    def __init__(self, *values: object, **named: object) -> None:
        fields = self._fields
        own = self.__dict__
        own.update(zip(fields, values, strict=False))
        own.update(named)
        if len(own) != len(values) + len(named) or not own.keys() <= set(fields):
            raise TypeError(f"{type(self).__name__} takes {', '.join(fields) or 'nothing'}, each once")
        if len(own) < len(fields):
            for field in fields:
                if field not in own:
                    own[field] = self._default(field)

    def _default(self, field: str) -> object:
        try:
            return getattr(type(self), field)
        except AttributeError:
            raise TypeError(f"{type(self).__name__} needs a value for {field}") from None

    def _values(self) -> tuple[object, ...]:
        own = self.__dict__
        return tuple([own[field] for field in self._fields])

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set to {value!r}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and type(self) is type(other) and self._values() == other._values()

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        fields = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self._values(), strict=True))
        return f"{type(self).__name__}({fields})"
