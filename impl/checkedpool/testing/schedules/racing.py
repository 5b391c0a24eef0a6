"""Partial-order sampling: each pending step has a priority drawn by chance, and a new one where it races.

After Yuan, Yang and Gu (CAV 2018): orders of steps that commute are not told apart, so runs are spent on those that
differ. Decides: which steps race. Must not know: scopes, what is checked of a run.

Two steps race if they touch the same part of the world and one of them writes it. The world after a step says what it
writes. What it reads shows in what it does: once that was written, it does something else, or is not possible any more.
So a read is seen when the write comes first. When it comes second, only this is known: whoever acts reads that he still
can, and what befalls a worker or a client writes that.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from checkedpool.testing.simulated.simulated_processes import Label, Successor
from checkedpool.testing.simulated.world import Client, Lane, Mind, Task, World

__all__ = ["PartialOrders", "races", "written"]

Part: TypeAlias = tuple[str, int, str]
"""A field of the world; the number and the field of a task, a client, a worker."""
Written: TypeAlias = Mapping[Part, object]
"""What a step writes where."""
Pending: TypeAlias = tuple[str, int, str, int]
"""Who is to make which step, and which of several that are called the same."""
Several: TypeAlias = Task | Client | Lane
MANY = frozenset({"tasks", "clients", "lanes"})
ACTS = {"client": "clients", "worker": "lanes"}
"""Who acts only as long as nothing has befallen him."""


class PartialOrders:
    """The chooser of one such run."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.ranks: dict[Pending, float] = {}
        self.done: Pending | None = None
        self.before: Mapping[Pending, Written] = {}

    def __call__(self, world: World, found: Sequence[Successor]) -> int:
        """See ``Chooser``."""
        names = _named([label for label, _ in found])
        now = {name: written(world, *one) for name, one in zip(names, found, strict=True)}
        kept = (name for name in names if name in self.ranks and not self._is_drawn_anew(name, now))
        self.ranks = {name: self.ranks[name] for name in kept}
        for name in names:
            if name not in self.ranks:
                self.ranks[name] = self.chance.random()
        place = max(range(len(names)), key=lambda place: self.ranks[names[place]])
        self.done, self.before = names[place], now
        return place

    def _is_drawn_anew(self, name: Pending, now: Mapping[Pending, Written]) -> bool:
        """It is a new step of whoever has acted, or it races with what was done."""
        done = self.done
        if done is None or name[:3] == done[:3] or (name[:2] == done[:2] and name[0] != "nature"):
            return True
        return races(self.before[done], self.before[name], now[name])


def races(done: Written, before: Written, after: Written) -> bool:
    """Whether what was done writes what another step writes, or has changed what that one does."""
    return not done.keys().isdisjoint(before) or before != after


def written(world: World, label: Label, after: World) -> dict[Part, object]:
    """The parts of the world that a step changes, and what they are then; and who must be able to act for it."""
    changed: dict[Part, object] = {}
    for field, old, new in zip(World._fields, world, after, strict=True):
        if field not in MANY and old is not new and old != new:
            changed[field, 0, ""] = _value(new)
    _write_many(changed, "tasks", world.tasks, after.tasks)
    _write_many(changed, "clients", world.clients, after.clients)
    _write_many(changed, "lanes", world.lanes, after.lanes)
    if label.who in ACTS:
        changed[ACTS[label.who], label.number, ""] = True
    elif label.who == "nature":
        changed.update([((field, number, ""), True) for field, number, _ in changed if field in ACTS.values()])
    return changed


def _write_many(changed: dict[Part, object], field: str, old: Sequence[Several], new: Sequence[Several]) -> None:
    """Of one task, client or worker not all is written by who writes something."""
    for number, one in enumerate(new):
        if number >= len(old):
            changed[field, number, ""] = one
        elif old[number] is not one:
            for name, was, value in zip(one._fields, old[number], one, strict=True):
                if was is not value and was != value:
                    changed[field, number, name] = value


def _value(value: object) -> object:
    """What can be compared: a machine is another one after each step."""
    return (value.machine.key(), value.commands, value.outs) if isinstance(value, Mind) else value


def _named(labels: Sequence[Label]) -> list[Pending]:
    names: list[Pending] = []
    for label in labels:
        who = label.who, label.number, str(label.what)
        names.append((*who, sum(name[:3] == who for name in names)))
    return names
