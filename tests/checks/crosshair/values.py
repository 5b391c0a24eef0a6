"""What stands for a container whose content is unknown: CrossHair follows comparisons, and no hash and no slot in C.

Decides: that alone. Must not know: what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

__all__ = ["Pairs", "Sized"]


class Sized:
    """It has a length, and that is all."""

    def __init__(self, length: int) -> None:
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __bool__(self) -> bool:
        return True if self.length > 0 else False  # noqa: SIM210 - a bool, and no comparison that is still open


class Pairs(MutableMapping[int, int]):
    """A dictionary in the order of insertion that compares its keys and hashes none."""

    def __init__(self, *pairs: tuple[int, int]) -> None:
        self.pairs = list(pairs)

    def __getitem__(self, key: int) -> int:
        return self.pairs[self._place(key)][1]

    def __setitem__(self, key: int, value: int) -> None:
        try:
            self.pairs[self._place(key)] = key, value
        except KeyError:
            self.pairs.append((key, value))

    def __delitem__(self, key: int) -> None:
        del self.pairs[self._place(key)]

    def __iter__(self) -> Iterator[int]:
        return iter([key for key, _ in self.pairs])

    def __len__(self) -> int:
        return len(self.pairs)

    def _place(self, key: int) -> int:
        for place, (own, _) in enumerate(self.pairs):
            if own == key:
                return place
        raise KeyError(key)
