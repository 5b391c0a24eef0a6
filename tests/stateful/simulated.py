"""The simulated operating system as the stage: every step is a choice, and the history is read off the worlds.

Decides: which event of a history each step of the simulation is.  Must not know: rules, verdicts.
"""

from __future__ import annotations

import random

from checkedpool._core.words import Verdict
from checkedpool._core.worker import Do as Work_
from checkedpool.testing import Budget, Call, End, Handed, Label, Scope, Simulation, Successor, World, ask
from checkedpool.testing import cancel as cancelling
from checkedpool.testing import shutdown as shutting_down
from checkedpool.testing import submit as submitting
from checkedpool.testing.audit import Call as What
from checkedpool.testing.audit import Checker, Event, Kind, Work, calls
from checkedpool.testing.audit.scenario import LEVELS, Do, Step
from checkedpool.testing.payload import call_of
from checkedpool_spec.vocabulary import DeathPolicy

CLIENTS = 2
LONGEST = 5000
ENDS = {
    End.SUCCEEDED: "value", End.FAILED: "error", End.CANCELLED: "cancelled", End.BROKEN: "broken off",
    End.CHARGED: "charged",
}  # fmt: skip
BODIES = {Work.RAISES: Verdict.ERROR}
WORKS = (Work.QUICK, Work.HELD, Work.RAISES, Work.UNPICKLABLE)
TIME = ("sleeps to its limit", "oversleeps")
CHANCES = ("fails", "hangs", *TIME)


class Simulated:
    """A simulated pool whose clients are asked to call, and whose steps are chosen one by one."""

    def __init__(self, workers: int, policy: DeathPolicy, seed: int, *, on_demand: bool) -> None:
        scope = Scope(
            scripts=((),) * CLIENTS,
            workers=workers,
            policy=policy,
            on_demand=on_demand or policy is DeathPolicy.REPLACE,
            budget=Budget(kills=2, haste=LONGEST, grandchildren=1, thefts=1),
            callbacks=True,
            late_ends=bool(seed % 2),
        )
        self.simulation = Simulation(scope)
        self.world: World = self.simulation.initial
        self.checker = Checker(workers, policy)
        self._chance = random.Random(seed)
        self._works: list[Work] = []
        self._opened: set[int] = set()
        self._open_calls: dict[int, int] = {}
        self._calls = 0

    # --- what the rules ask for ---------------------------------------------------------------------------------------

    def take(self, step: Step) -> bool:
        if step.do is Do.OPEN:
            self._opened.add(step.task)
            self._tell(Kind.OPENED, task=step.task)
        elif step.do is Do.STRIKE:
            for number, lane in enumerate(self.world.lanes):
                if lane.begun == step.task:
                    self.befall(number, torn=bool(self._chance.randrange(2)))
        elif step.do is not Do.LOOK:
            self._ask(step)
        return self.checker.difference is None

    def settle(self) -> bool:
        """Go on, by chance, until nothing can happen; that must be right."""
        for _ in range(LONGEST):
            found = self._possible() or self._time()
            if not found or self.checker.difference is not None:
                break
            self._happen(self._chance.choice(found))
        self._tell(Kind.QUIET)
        return self.checker.difference is None

    def befall(self, number: int, *, torn: bool) -> None:
        """Kill a worker, in the middle of a write if it is in one; or something that nobody is told of."""
        found = [one for one in self.simulation.successors(self.world) if one[0].who == "nature"]
        kills = [one for one in found if "kills it" in str(one[0].what) and (torn or "write" not in str(one[0].what))]
        others = [one for one in found if one not in kills and one[0].what not in CHANCES]
        chosen = kills if number % 3 else others
        if chosen:
            self._happen(chosen[number % len(chosen)])

    def go_on(self, choices: list[int]) -> None:
        for choice in choices:
            found = self._possible()
            if found:
                self._happen(found[choice % len(found)])

    def close(self) -> None:
        """Nothing is left of a value."""

    # --- calls --------------------------------------------------------------------------------------------------------

    def _ask(self, step: Step) -> None:
        """Give the call to a client who has none, else to one who makes it later."""
        client = min(range(CLIENTS), key=lambda c: len(self.world.clients[c].todo))
        if step.do is Do.SUBMIT:
            task, work = len(self._works), step.work or Work.QUICK
            self._works.append(work)
            body = b"" if work is Work.UNPICKLABLE else call_of(task, BODIES.get(work, Verdict.PLAIN))
            self.world = ask(self.world, client, submitting(task, body=body))
        elif step.do is Do.CANCEL:
            self.world = ask(self.world, client, cancelling(step.task))
        else:
            self.world = ask(self.world, client, shutting_down(LEVELS[step.do], wait=step.wait))

    # --- steps --------------------------------------------------------------------------------------------------------

    def _possible(self) -> list[Successor]:
        """What can happen beside nature's part; held tasks do not come back from their workers."""
        found = self.simulation.successors(self.world)
        return [
            one for one in found if one[0].who != "nature" and one[0].what not in CHANCES and not self._holds(one[0])
        ]

    def _time(self) -> list[Successor]:
        """A limit runs out: only when nothing else can happen."""
        return [one for one in self.simulation.successors(self.world) if one[0].what in TIME]

    def _holds(self, label: Label) -> bool:
        if label.who != "worker" or label.what is not Work_.ANSWER:
            return False
        task = self.world.lanes[label.number].begun
        return task >= 0 and self._works[task] is Work.HELD and task not in self._opened

    def _happen(self, successor: Successor) -> None:
        """One step, and the events in it: first what begins, then what is done, then what is over."""
        label, after = successor
        before, self.world = self.world, after
        if label.who == "client":
            self._begins(label.number, before)
        if label.who == "nature" and "kills it" in str(label.what):
            self._tell(Kind.STRUCK, task=before.lanes[label.number].begun)
        for task, (old, new) in enumerate(zip(before.tasks, after.tasks, strict=True)):
            if new.begun > old.begun:
                self._tell(Kind.ENTERED, task=task)
        if label.who != "client" or len(after.clients[label.number].todo) == len(before.clients[label.number].todo):
            self._are_told(before)
        elif before.clients[label.number].todo[0].what == "submit":
            self._ends(label.number, before.clients[label.number].todo[0])
            self._are_told(before)
        else:
            self._are_told(before)
            self._ends(label.number, before.clients[label.number].todo[0])

    def _are_told(self, before: World) -> None:
        """Callbacks that were called, and who waits for a future; nobody has the future of a submit under way."""
        for task, (old, new) in enumerate(zip(before.tasks, self.world.tasks, strict=True)):
            was, there = (one.handed is Handed.RETURNED for one in (old, new))
            if there:
                for _ in range(new.called - (old.called if was else 0)):
                    self._tell(Kind.CALLED, task=task, said=ENDS[new.end])
                if new.end is not End.OPEN and not (was and old.end is not End.OPEN):
                    self._call(Event(Kind.BEGIN, task, what=What.TOLD), ENDS[new.end])

    def _begins(self, client: int, before: World) -> None:
        me = before.clients[client]
        call = me.todo[0]
        refused = call.what == "cancel" and before.tasks[call.task].handed is not Handed.RETURNED
        if me.step is None and not refused:
            self._open_calls[client] = self._begin(begin_of(call, self._works))
            if call.what == "submit":
                self._call(Event(Kind.BEGIN, call.task, what=What.ADD), calls.RETURNED)

    def _ends(self, client: int, call: Call) -> None:
        number = self._open_calls.pop(client, None)
        if number is None:
            return
        task = self.world.tasks[call.task] if call.what != "shutdown" else None
        said = calls.RETURNED
        if task is not None and call.what == "submit":
            said = calls.ACCEPTED if task.handed is Handed.RETURNED else calls.REFUSED
        elif task is not None:
            said = str(task.end is End.CANCELLED)
        self.checker.feed(Event(Kind.END, call.task, number, said=said))
        if call.what == "shutdown" and call.wait and any(lane.alive for lane in self.world.lanes):
            self._tell(Kind.ALIVE)

    def _begin(self, event: Event) -> int:
        self._calls += 1
        self.checker.feed(event._replace(call=self._calls))
        return self._calls

    def _call(self, event: Event, said: str) -> None:
        self.checker.feed(Event(Kind.END, event.task, self._begin(event), event.what, said=said))

    def _tell(self, kind: Kind, task: int = -1, said: str = "") -> None:
        self.checker.feed(Event(kind, task, said=said))


def begin_of(call: Call, works: list[Work]) -> Event:
    """The event with which this call begins."""
    if call.what == "submit":
        return Event(Kind.BEGIN, call.task, what=What.SUBMIT, work=works[call.task])
    if call.what == "cancel":
        return Event(Kind.BEGIN, call.task, what=What.CANCEL)
    return Event(Kind.BEGIN, what=What.SHUTDOWN, level=int(call.level), wait=call.wait)
