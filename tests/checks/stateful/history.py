"""A history, read off the worlds of a simulated run: which events each step is.

Decides: that alone.  Must not know: rules, verdicts, who chooses the steps.
"""

from __future__ import annotations

from checkedpool._core.messages import Command
from checkedpool.testing import Call, End, Handed, Label, Stage, World
from checkedpool.testing.audit import Call as What
from checkedpool.testing.audit import Checker, Event, Kind, Work
from checkedpool.testing.audit.judge import calls
from checkedpool.testing.audit.judge.events import INTERRUPTED
from tests.checks.stateful.counting import HAPPENED, INTERRUPTED_CALL

ENDS = {
    End.SUCCEEDED: "value", End.FAILED: "error", End.CANCELLED: "cancelled", End.BROKEN: "broken off",
    End.BLAMED: "blamed",
}  # fmt: skip
KILLS, THROWS, RAISES = "kills it", "throws client out", "its initializer raises"
"""How the words begin by which the simulation names what the environment does."""


class History:
    """Feeds a checker with what has happened."""

    def __init__(self, checker: Checker) -> None:
        self.checker = checker
        self.works: list[Work] = []
        """What each task does, in the order of the submits."""
        self._under_way: dict[int, int] = {}
        """For each client in a call: the call's number."""
        self._calls = 0

    def happened(self, label: Label, before: World, after: World) -> None:
        """One step: first what begins, then what is done, then what is over."""
        what = str(label.what)
        if label.who == "client":
            self._begins(label.number, before)
        elif label.who == "nature" and what.startswith(KILLS):
            self.tell(Kind.STRUCK, task=before.lanes[label.number].begun)
        elif label.who == "nature" and what.startswith(RAISES):
            self.tell(Kind.BAD_INITIALIZER)
        if not isinstance(label.what, Command):
            self._starts(before, after)
        for task, (old, new) in enumerate(zip(before.tasks, after.tasks, strict=True)):
            if new.begun > old.begun:
                self.tell(Kind.ENTERED, task=task)
        if label.who == "client" or what.startswith(THROWS):
            self._calls_go_on(label, before, after)
        else:
            self._are_told(before, after)

    def tell(self, kind: Kind, task: int = -1, said: str = "") -> None:
        """Something that is no call."""
        self.checker.feed(Event(kind, task, said=said))

    def begins(self, event: Event) -> int:
        """A call begins; its number."""
        self._calls += 1
        self.checker.feed(event._replace(call=self._calls))
        return self._calls

    def ends(self, begin: Event, number: int, said: str) -> None:
        """It is over."""
        self.checker.feed(Event(Kind.END, begin.task, number, begin.what, said=said))

    def at_once(self, begin: Event, said: str) -> None:
        """A call of one step."""
        self.ends(begin, self.begins(begin), said)

    # --- calls --------------------------------------------------------------------------------------------------------

    def _begins(self, client: int, before: World) -> None:
        me = before.clients[client]
        call = me.todo[0]
        refused = call.what == "cancel" and before.tasks[call.task].handed is not Handed.RETURNED
        if me.step is None and not refused:
            self._under_way[client] = self.begins(begin_of(call, self.works))
            if call.what == "submit":
                self.at_once(Event(Kind.BEGIN, call.task, what=What.ADD), calls.RETURNED)

    def _calls_go_on(self, label: Label, before: World, after: World) -> None:
        """Of a submit that returns its futures are told afterwards: nobody has them before."""
        client = label.number
        call = before.clients[client].todo[0]
        over = len(after.clients[client].todo) < len(before.clients[client].todo)
        if not over or call.what != "submit":
            self._are_told(before, after)
        if over and client in self._under_way:
            said = self._said(call, after) if label.who == "client" else INTERRUPTED
            if said == INTERRUPTED:
                HAPPENED[INTERRUPTED_CALL.format(call.what)] += 1
            self.ends(begin_of(call, self.works), self._under_way.pop(client), said)
            if call.wait and said == calls.RETURNED and any(lane.alive and not lane.abandoned for lane in after.lanes):
                self.tell(Kind.ALIVE)
        if over and call.what == "submit":
            self._are_told(before, after)

    def _said(self, call: Call, after: World) -> str:
        if call.what == "shutdown":
            return calls.RETURNED
        task = after.tasks[call.task]
        if call.what == "submit":
            return calls.ACCEPTED if task.handed is Handed.RETURNED else calls.REFUSED
        return str(task.end is End.CANCELLED)

    # --- the rest -----------------------------------------------------------------------------------------------------

    def _starts(self, before: World, after: World) -> None:
        """Starts that have come to nothing, and not because they were given up."""
        for old, new in zip(before.lanes, after.lanes, strict=False):
            if old.stage is Stage.ASKED and new.stage in (Stage.STUCK, Stage.CLOSED) and not old.abandoned:
                self.tell(Kind.BAD_START)

    def _are_told(self, before: World, after: World) -> None:
        """Callbacks that were called, and who waits for a future; nobody has the future of a submit under way."""
        for task, (old, new) in enumerate(zip(before.tasks, after.tasks, strict=True)):
            was, there = (one.handed is Handed.RETURNED for one in (old, new))
            if there:
                for _ in range(new.called - (old.called if was else 0)):
                    self.tell(Kind.CALLED, task=task, said=ENDS[new.end])
                if new.end is not End.OPEN and not (was and old.end is not End.OPEN):
                    self.at_once(Event(Kind.BEGIN, task, what=What.TOLD), ENDS[new.end])


def begin_of(call: Call, works: list[Work]) -> Event:
    """The event with which this call begins."""
    if call.what == "submit":
        return Event(Kind.BEGIN, call.task, what=What.SUBMIT, work=works[call.task])
    if call.what == "cancel":
        return Event(Kind.BEGIN, call.task, what=What.CANCEL)
    return Event(Kind.BEGIN, what=What.SHUTDOWN, level=int(call.level), wait=call.wait)
