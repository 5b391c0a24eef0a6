"""What is claimed of every state: claims that read the same fields are asked once for each value of these.

Decides: when which claim is asked, whose witness was seen. Must not know: which states there are, what a failure means.

A field that is a tuple has a number for each of its values: to look up the numbers is quicker than to look up the
values again for each group of claims.

``fails`` asks the claims as they are written. ``inlined`` is the same function with their bodies in its text, over the
same notes of what was asked and seen, so a search may go over from the one to the other at any state.
"""

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Generic, TypeVar

from checkedpool_model.checker.compile import Table, constants_of, taken_apart
from checkedpool_model.checker.inline import Inliner
from checkedpool_model.checker.system import Always, System

__all__ = ["Claims"]

K = TypeVar("K")
S = TypeVar("S")

Fails = Callable[[S], str | None]
"""From a state to the first claim that fails in it."""


class Claims(Generic[K, S]):
    """The claims about states of one search."""

    def __init__(self, system: System[K, S]) -> None:
        self.system = system
        self.seen: set[str] = set()
        groups: dict[tuple[str, ...], list[Always[K, S]]] = {}
        for claim in system.always:
            groups.setdefault(claim.reads, []).append(claim)
        self.groups = [(reads, set[object](), claims) for reads, claims in groups.items()]
        self.fields = tuple(dict.fromkeys(name for reads in groups for name in reads))
        """What the claims read that say what they read."""
        self.numbers = {
            name: dict[object, int]() for name in self.fields if isinstance(getattr(system.initial, name), tuple)
        }
        """Of such a field that is a tuple: the number of each of its values."""
        self._values = [(attrgetter(name), self.numbers.get(name)) for name in self.fields]
        place = self.fields.index
        self._asked = [([*map(place, reads)], known, claims) for reads, known, claims in self.groups]

    def fails(self, state: S) -> str | None:
        """The first claim that fails; the witnesses that are here are noted."""
        values = [
            value(state) if known is None else known.setdefault(value(state), len(known))
            for value, known in self._values
        ]
        for places, asked, claims in self._asked:
            if places:
                part = tuple([values[place] for place in places])
                if part in asked:
                    continue
                asked.add(part)
            for claim in claims:
                if not claim.holds(self.system.constants, state):
                    return claim.name
                if claim.name not in self.seen and claim.sometimes(self.system.constants, state):
                    self.seen.add(claim.name)
        return None

    def inlined(self, table: Table[K, S]) -> Fails[S]:
        """The same, with the bodies of the claims in it; the text is kept with the table's."""
        if not hasattr(self.system.initial, "_fields"):
            return self.fails
        if table.claims is None:
            namespace, source = _text(self)
            exec(compile(source, f"<claims about {self.system.name}>", "exec"), namespace)  # noqa: S102 - made of claims
            table.claims = namespace["for_search"]
        known = (*self.numbers.values(), *(asked for _, asked, _ in self.groups))
        made: Fails[S] = table.claims(self.system.constants, self.fails, self.seen, *known)  # type: ignore[operator]
        return made


def _text(claims: Claims[K, S]) -> tuple[dict[str, object], str]:
    """The source of that function, and what is named in it."""
    inliner = Inliner()
    state, unpacking = taken_apart(claims.system.initial)
    terms = (constants_of(claims.system), state)

    def lines() -> Iterator[str]:
        for name in claims.numbers:
            yield f"n_{name} = of_{name}.setdefault(s_{name}, len(of_{name}))"
        for number, (reads, _, group) in enumerate(claims.groups):
            margin = ""
            if reads:
                read = "".join(f"n_{name}, " if name in claims.numbers else f"s_{name}, " for name in reads)
                yield f"part = ({read})"
                yield f"if part not in asked{number}:"
                yield f" asked{number}.add(part)"
                margin = " "
            for claim in group:
                holds, sometimes = (inliner.condition(asked, terms) for asked in (claim.holds, claim.sometimes))
                if holds is not True:
                    yield f"{margin}if not {holds}: return {claim.name!r}"
                if sometimes is not False:
                    yield f"{margin}if {claim.name!r} not in seen and {sometimes}: seen.add({claim.name!r})"

    numbers = "".join(f", of_{name}" for name in claims.numbers)
    asked = numbers + "".join(f", asked{number}" for number, _ in enumerate(claims.groups))
    head = [f"def for_search(k, as_written, seen{asked}):", " def fails(s):"]
    body = "\n".join((*head, *(f"  {line}" for line in (*unpacking, *lines(), "return None")), " return fails", ""))
    return inliner.namespace, body
