"""Enums whose members are looked up often: they hash as the objects that they are, not by their names in Python."""

from __future__ import annotations

from enum import Enum


class Name(Enum):
    """Base of such an enum; members are equal only to themselves, as those of any enum."""

    __hash__ = object.__hash__
