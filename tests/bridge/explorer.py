"""Breadth-first exploration of a simulation: every reachable world, once, nearest first.

Decides: what is checked of the graph: no step violates, the last worlds are right, from every world a last one can be
reached. Must not know: what a world is.
"""

from array import array
from dataclasses import dataclass
from itertools import pairwise
from time import process_time
from unittest import mock

from checkedpool._core import lane, plan
from checkedpool.testing import End, Handed, Simulation, World
from tests.bridge.scopes import Bounded, may_end


@dataclass(frozen=True, slots=True)
class Report:
    """What an exploration has found; ``story`` is the shortest way to what is wrong. Seconds are of the processor."""

    states: int
    edges: int
    depth: int
    seconds: float
    machines: int
    wrong: str | None = None
    story: tuple[str, ...] = ()
    finished: bool = True


class Exploration:
    """One search."""

    def __init__(self, bounded: Bounded, limit: int) -> None:
        self.scope = bounded.scope
        self.simulation = Simulation(bounded.scope)
        self.limit = limit
        self.worlds: list[World] = [self.simulation.initial]
        self.number: dict[World, int] = {self.simulation.initial: 0}
        self.parent = array("q", [-1])
        self.depth = array("l", [0])
        self.targets = array("q")
        self.first = array("q")  # where the targets of each world begin
        self.last: list[int] = []
        self.begun = process_time()

    def run(self) -> Report:
        """Search until all is known, something is wrong, or there are more worlds than the limit."""
        at = 0
        while at < len(self.worlds):
            if len(self.worlds) > self.limit:
                return self.report(at, None, finished=False)
            wrong = self.expand(at)
            if wrong:
                return self.report(at, wrong)
            at += 1
        self.first.append(len(self.targets))
        trapped = self.trapped()
        return self.report(max(trapped, 0), None if trapped < 0 else "no end can be reached from here")

    def expand(self, at: int) -> str | None:
        """Meet the successors of a world; what is wrong with it."""
        self.first.append(len(self.targets))
        try:
            found = self.simulation.successors(self.worlds[at])
        except Exception as error:  # noqa: BLE001 - whatever a machine raises is what is looked for
            return f"{type(error).__name__}: {error}"
        for _, after in found:
            index = self.number.setdefault(after, len(self.worlds))
            if index == len(self.worlds):
                self.worlds.append(after)
                self.parent.append(at)
                self.depth.append(self.depth[at] + 1)
            self.targets.append(index)
        if not found:
            self.last.append(at)
            return self.simulation.why_not_the_end(self.worlds[at]) or self.unreasonable(self.worlds[at])
        return None

    def unreasonable(self, world: World) -> str | None:
        """Whether an accepted future ended in a way for which the user could name no reason."""
        ends = ((t, task) for t, task in enumerate(world.tasks) if task.handed is Handed.RETURNED)
        strange = any(task.end not in may_end(self.scope, t) for t, task in ends)
        return "a future has an end for which there is no reason" if strange else None

    def trapped(self) -> int:
        """The first world from which no last one can be reached; -1: there is none."""
        sources: list[list[int]] = [[] for _ in self.worlds]
        for at in range(len(self.worlds)):
            for index in range(self.first[at], self.first[at + 1]):
                sources[self.targets[index]].append(at)
        reaching = bytearray(len(self.worlds))
        todo = list(self.last)
        while todo:
            at = todo.pop()
            if not reaching[at]:
                reaching[at] = 1
                todo += sources[at]
        return reaching.find(0)

    def report(self, at: int, wrong: str | None, *, finished: bool = True) -> Report:
        """The numbers, and the way to what is wrong."""
        return Report(
            len(self.worlds), len(self.targets), max(self.depth), process_time() - self.begun,
            len(self.simulation.machines), wrong, tuple(self.story(at)) if wrong else (), finished,
        )  # fmt: skip

    def story(self, at: int) -> list[str]:
        """The labels from the beginning to this world, and what it cannot do."""
        path = [at]
        while self.parent[path[-1]] >= 0:
            path.append(self.parent[path[-1]])
        path.reverse()
        lines = []
        for before, after in pairwise(path):
            found = self.simulation.successors(self.worlds[before])
            lines.append(next(str(label) for label, world in found if world == self.worlds[after]))
        return lines

    def ends(self) -> set[tuple[tuple[Handed, End, int], ...]]:
        """What can be seen of the last worlds from outside: of each task whether it was accepted, ended, begun."""
        return {tuple((t.handed, t.end, t.begun) for t in self.worlds[at].tasks) for at in self.last}


def explore(bounded: Bounded, limit: int = 400_000) -> Report:
    """Explore a scope, with the frame numbers that it has."""
    last, unread = bounded.numbers or (lane.LAST_SEQ, lane.UNREAD)
    with (
        mock.patch.object(lane, "LAST_SEQ", last),
        mock.patch.object(lane, "UNREAD", unread),
        mock.patch.object(plan, "UNREAD", unread),
    ):
        return Exploration(bounded, limit).run()
