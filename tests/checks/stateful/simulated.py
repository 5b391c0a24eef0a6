"""The simulated operating system as the stage: every step is a choice.

Decides: what the environment may do there, which step is made.  Must not know: rules, verdicts; which events a step is
(``history``).
"""

from __future__ import annotations

import random

from checkedpool._core.messages import Verdict
from checkedpool._core.tables import Do as Work_
from checkedpool.testing import Budget, End, Handed, Label, Scope, Simulation, Successor, World, ask
from checkedpool.testing import cancel as cancelling
from checkedpool.testing import shutdown as shutting_down
from checkedpool.testing import submit as submitting
from checkedpool.testing.audit import Call as What
from checkedpool.testing.audit import Checker, Event, Kind, Work
from checkedpool.testing.audit.run.scenario import LEVELS, Do, Step
from checkedpool.testing.simulated.payload import call_of
from checkedpool_spec.vocabulary import DeathPolicy
from tests.checks.stateful.counting import HAPPENED, RUNNING, STEP, Fate
from tests.checks.stateful.history import KILLS, RAISES, THROWS, History
from tests.checks.stateful.looks import LOOK, Looks

CLIENTS = 2
LONGEST = 5000
BODIES = {Work.RAISES: Verdict.ERROR}
WORKS = (Work.QUICK, Work.HELD, Work.RAISES, Work.UNPICKLABLE)
TIME = ("sleeps to its limit", "oversleeps")
DOOMS = {
    Fate.START_FAILS: "fails", Fate.START_HANGS: "hangs", Fate.INITIALIZER_RAISES: RAISES,
    Fate.IGNORES_SIGTERM: "it ignores SIGTERM",
}  # fmt: skip
ENVIRONMENT = Budget(
    kills=2, bad_starts=1, hangs=1, deaf=2, haste=LONGEST, stubborn=LONGEST, grandchildren=1, thefts=1, servers=1
)  # fmt: skip


class Simulated:
    """A simulated pool whose clients are asked to call, and whose steps are chosen one by one."""

    looks_of = Looks
    pause = 4
    """Steps until somebody who watches a task asks again, on average."""

    def __init__(self, workers: int, policy: DeathPolicy, seed: int, restarts: int | None = None) -> None:
        scope = Scope(
            scripts=((),) * CLIENTS,
            workers=workers,
            policy=policy,
            on_demand=bool(seed & 2) or policy is DeathPolicy.REPLACE,
            budget=ENVIRONMENT,
            restarts=restarts,
            callbacks=True,
            late_ends=bool(seed & 1),
            interrupts=bool(seed & 4),
        )
        self.simulation = Simulation(scope)
        self.world: World = self.simulation.initial
        self._known: tuple[World, list[Successor]] | None = None
        self.checker = Checker(workers, policy, restarts=restarts)
        self._history = History(self.checker)
        self._chance = random.Random(seed)
        self._opened: set[int] = set()
        self._dooms = [DOOMS[Fate.IGNORES_SIGTERM]] * (seed >> 3 & 1)
        self._dooms += [what for number, what in enumerate(DOOMS.values()) if seed >> 4 & 7 == number]
        self._looks = self.looks_of()
        self._watched: set[int] = set()
        """Somebody asks again and again whether these run."""

    # --- what the rules ask for ---------------------------------------------------------------------------------------

    def take(self, step: Step) -> bool:
        if step.do is Do.OPEN:
            self._opened.add(step.task)
            self._history.tell(Kind.OPENED, task=step.task)
        elif step.do is Do.STRIKE:
            for number, lane in enumerate(self.world.lanes):
                if lane.begun == step.task:
                    self.befall(number, torn=bool(self._chance.randrange(2)))
        elif step.do is Do.LOOK:
            self._look(step.task)
            self._watched |= {step.task} if step.beside else set()
        else:
            self._ask(step)
        return self.checker.difference is None

    def settle(self) -> bool:
        """Go on, by chance, until nothing can happen; that must be right."""
        for _ in range(LONGEST):
            found = self._possible() or self._time()
            if not found or self.checker.difference is not None:
                break
            self._happen(self._chance.choice(found))
        self._history.tell(Kind.QUIET)
        return self.checker.difference is None

    def befall(self, number: int, *, torn: bool) -> None:
        """Kill a worker, in the middle of a write if it is in one; or something that nobody is told of."""
        found = [one for one in self._nature() if not str(one[0].what).startswith(THROWS)]
        kills = [one for one in found if str(one[0].what).startswith(KILLS)]
        others = [one for one in found if one not in kills]
        self._choose(
            [one for one in kills if torn or "write" not in str(one[0].what)] if number % 3 else others, number
        )

    def doom(self, fate: Fate) -> None:
        """It happens as soon as it can, if the environment may do it once more."""
        self._dooms.append(DOOMS[fate])

    def interrupt(self, client: int, steps: int) -> None:
        """A signal handler interrupts a client in its call, after so many steps of it."""
        for _ in range(steps):
            self._choose([one for one in self._possible() if one[0][:2] == ("client", client)], 0)
        throws = [one for one in self._nature() if one[0].number == client and str(one[0].what).startswith(THROWS)]
        self._choose(throws, 0)

    def go_on(self, choices: list[int]) -> None:
        for choice in choices:
            self._choose(self._possible(), choice)

    def close(self) -> None:
        """Nothing is left of a value."""

    # --- calls --------------------------------------------------------------------------------------------------------

    def _ask(self, step: Step) -> None:
        """Give the call to a client who has none, else to one who makes it later."""
        client = min(range(CLIENTS), key=lambda c: len(self.world.clients[c].todo))
        if step.do is Do.SUBMIT:
            works, work = self._history.works, step.work or Work.QUICK
            task = len(works)
            works.append(work)
            body = b"" if work is Work.UNPICKLABLE else call_of(task, BODIES.get(work, Verdict.PLAIN))
            self.world = ask(self.world, client, submitting(task, body=body))
        elif step.do is Do.CANCEL:
            self.world = ask(self.world, client, cancelling(step.task))
        else:
            self.world = ask(self.world, client, shutting_down(LEVELS[step.do], wait=step.wait))

    def _look(self, number: int) -> None:
        """done() at once, and running() step by step."""
        task = self.world.tasks[number]
        if task.handed is Handed.RETURNED and not self._looks.are_about(number):
            self._history.at_once(Event(Kind.BEGIN, number, what=What.DONE), str(task.end is not End.OPEN))
            self._looks.begin(self._history.begins(Event(Kind.BEGIN, number, what=What.RUNNING)), number)

    # --- steps --------------------------------------------------------------------------------------------------------

    def _successors(self) -> list[Successor]:
        """What can happen in the world as it is: that is asked more than once between two steps."""
        if self._known is None or self._known[0] is not self.world:
            self._known = self.world, self.simulation.successors(self.world)
        return self._known[1]

    def _nature(self) -> list[Successor]:
        """What the environment may do, time and dooms left out."""
        found = self._successors()
        return [one for one in found if one[0].who == "nature" and one[0].what not in DOOMS.values()]

    def _possible(self) -> list[Successor]:
        """What can happen beside the environment's part; held tasks do not come back from their workers."""
        found = self._successors()
        doomed = [one for one in found if one[0].what in self._dooms]
        if doomed:
            return doomed[:1]
        looks = [(Label(LOOK, call, "looks"), self.world) for call in self._looks.possible(self.world)]
        steps = (one for one in found if one[0].who != "nature" and one[0].what not in (*TIME, *DOOMS.values()))
        return looks + [one for one in steps if not self._holds(one[0])]

    def _time(self) -> list[Successor]:
        """A limit runs out: only when nothing else can happen."""
        return [one for one in self._successors() if one[0].what in TIME]

    def _holds(self, label: Label) -> bool:
        if label.who != "worker" or label.what is not Work_.ANSWER:
            return False
        task = self.world.lanes[label.number].begun
        return task >= 0 and self._history.works[task] is Work.HELD and task not in self._opened

    def _choose(self, found: list[Successor], number: int) -> None:
        if found:
            self._happen(found[number % len(found)])

    def _happen(self, successor: Successor) -> None:
        """One step."""
        label, after = successor
        before, self.world = self.world, after
        HAPPENED[STEP] += 1
        if label.who == "nature" and label.what not in DOOMS.values():
            HAPPENED[str(label.what).partition(" of ")[0]] += 1
        for fate, what in DOOMS.items():
            if label.what == what:
                self._dooms.remove(what)
                HAPPENED[fate.value] += 1
        if label.who == LOOK:
            self._goes_on_looking(label)
        else:
            self._history.happened(label, before, after)
            for number in self._watched:
                if not self._chance.randrange(self.pause):
                    self._look(number)

    def _goes_on_looking(self, label: Label) -> None:
        """An access of running(), and the end of it if that was the last."""
        begin = Event(Kind.BEGIN, self._looks.is_about(label.number), what=What.RUNNING)
        said = self._looks.step(self.world, label.number)
        if said is not None:
            HAPPENED[RUNNING.format(said)] += 1
            self._history.ends(begin, label.number, str(said))
