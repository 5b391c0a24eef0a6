"""Draws a plan: a pure function of profile, seed, method and round number.

It must not look at a clock, a process or the outcome of another round. Scripts cannot deadlock among themselves: the
main script waits for its own earlier futures only, every other thread waits for the main script only.
"""

from random import Random
from typing import TypeVar

from tests.checks.stress.plan import (
    DEADLY,
    Await,
    Blow,
    Callback,
    Cancel,
    Close,
    Closing,
    Fork,
    Gate,
    Hook,
    Initializer,
    Look,
    Map,
    Method,
    Plan,
    Policy,
    Script,
    Sibling,
    Steal,
    Step,
    Strike,
    Submit,
    Task,
    Waiting,
    Work,
)
from tests.checks.stress.profiles import Profile

T = TypeVar("T")

COMMON = {
    Work.QUICK: 40,
    Work.SPINS: 14,
    Work.BIG_ARGUMENT: 4,
    Work.BIG_RESULT: 4,
    Work.RAISES: 6,
    Work.EXITS_SOFTLY: 3,
    Work.INTERRUPTS: 3,
    Work.EXCEPTION_UNBUILDABLE: 3,
    Work.ARGUMENT_UNPICKLABLE: 3,
    Work.ARGUMENT_UNLOADABLE: 3,
    Work.RESULT_UNPICKLABLE: 3,
    Work.RESULT_UNLOADABLE: 3,
    Work.STUBBORN: 2,
    Work.GRANDCHILD: 2,
    Work.POOL_INSIDE: 1,
}
HOOKS = {
    Hook.NOTHING: 40,
    Hook.RAISES: 10,
    Hook.RAISES_BASE: 5,
    Hook.SUBMITS: 12,
    Hook.CANCELS: 12,
    Hook.WAITS: 8,
    Hook.SHUTS_DOWN: 1,
}
ENDINGS = {
    Closing.DRAIN_WAIT: 25,
    Closing.CONTEXT: 15,
    Closing.DRAIN: 15,
    Closing.DROP: 15,
    Closing.CANCEL_WAIT: 10,
    Closing.CANCEL: 10,
    Closing.TERMINATE: 6,
    Closing.KILL: 6,
}
BLOWS = {Blow.KILL: 6, Blow.TERMINATE: 1, Blow.INTERRUPT: 2}
SPIN = 200_000
STUBBORN_SPINS = (300_000, 300_000, 3_000_000)  # the last is longer than the shortest limits
LIMITS = (0.05, 0.3, 5.0)
SWITCHES = (0.005, 0.005, 0.005, 0.0005, 0.00001)


def generate(profile: Profile, seed: int, method: Method, number: int) -> Plan:
    """The plan of one round."""
    return _Draw(profile, Random(f"{seed}:{method}:{number}"), method).plan(seed, number)


class _Draw:
    """One drawing: the random numbers and the slots handed out so far."""

    def __init__(self, profile: Profile, rng: Random, method: Method) -> None:
        self.profile = profile
        self.rng = rng
        self.method = method
        self.forks = method is Method.FORK
        limited = profile.limited and not self.forks and self.chance(0.4)
        self.max_tasks = rng.randint(1, 4) if limited else None
        self.deadly = self.chance(0.25)
        self.flooded = profile.crowds and self.chance(0.01)
        self.struck = profile.strikes and self.chance(0.25)
        self.initializer = self.weighed({Initializer.NONE: 60, Initializer.SETS: 37, Initializer.FAILS: 3})
        self.cancels = profile.crowds or not (self.deadly or self.initializer is Initializer.FAILS)
        self.next_slot = 0
        self.main_slots: list[int] = []

    def plan(self, seed: int, number: int) -> Plan:
        """All parts, in a fixed order of draws."""
        workers = self.rng.randint(1, 3)
        policy = self.pick(
            [p for p in Policy if p in self.profile.policies and not (self.forks and p is Policy.REPLACE)]
        )
        main = self.main_script()
        others = [self.other_script() for _ in range(self.rng.choice((0, 0, 1, 1, 2, 3)))]
        if self.struck:
            others.append(self.striker())
        return Plan(
            seed=seed,
            method=self.method,
            number=number,
            workers=workers,
            max_tasks=self.max_tasks,
            policy=policy,
            initializer=self.initializer,
            terminate_limit=self.rng.choice(LIMITS),
            switch_interval=self.rng.choice(SWITCHES),
            deaf=self.profile.crowds and self.chance(0.04),
            scripts=(main, *others),
        )

    # --- scripts -----------------------------------------------------------------------------------------------------

    def main_script(self) -> Script:
        """Submits with things between them, then an ending."""
        steps: list[Step] = []
        for _ in range(self.size()):
            steps.append(self.submit(main=True))
            steps += self.between(len(self.main_slots))
        if self.chance(0.1) and self.profile.crowds:
            steps.insert(self.rng.randrange(len(steps)), self.close())
        steps.append(self.close())
        if self.profile.crowds and self.chance(0.3):
            steps.append(self.close())
        return tuple(steps)

    def size(self) -> int:
        """Mostly a few tasks; sometimes more than any window takes ahead, unless that needs as many processes."""
        if self.flooded:
            return self.rng.randint(12, 20)
        many = self.max_tasks is None and self.chance(0.05)
        return self.rng.randint(40, 150) if many else self.rng.randint(1, 12)

    def between(self, submitted: int) -> list[Step]:
        """At most one step that may follow a submit in the main script."""
        roll = self.rng.random()
        if roll < 0.08 and self.cancels:
            return [Cancel(self.pick(self.main_slots))]
        if roll < 0.13 and submitted <= 20:
            return [self.map()]
        if roll < 0.17:
            return [Gate(self.rng.randint(0, submitted))]
        if roll < 0.21:
            return [self.wait()]
        if roll < 0.26:
            return [Look(self.pick(self.main_slots))]
        return []

    def other_script(self) -> Script:
        """What a second thread does: it waits for the main script's progress, then meddles."""
        start = Gate(self.rng.randint(0, len(self.main_slots)))
        return (start, *(self.meddle(self.rng.random()) for _ in range(self.rng.randint(1, 4))))

    def meddle(self, roll: float) -> Step:
        """One step of a second thread."""
        if roll < 0.25:
            return self.wait()
        if roll < 0.45 and self.cancels:
            return Cancel(self.pick(self.main_slots))
        if roll < 0.65:
            return self.submit(main=False)
        if roll < 0.72:
            return Look(self.pick(self.main_slots))
        if roll < 0.90 and self.profile.crowds:
            return self.meddle_more(roll)
        return Gate(self.rng.randint(0, len(self.main_slots)))

    def meddle_more(self, roll: float) -> Step:
        """Likewise, the kind that is not asked of every executor."""
        if roll < 0.80:
            return self.close()
        if roll < 0.83:
            return Fork()
        if roll < 0.86:
            return Steal(self.rng.choice((1, 100, 2000)))
        return Sibling(self.slot(), self.rng.randint(0, 4))

    def striker(self) -> Script:
        """Kills workers, each at a random count of finished futures."""
        moments = sorted(self.rng.randint(0, len(self.main_slots)) for _ in range(self.rng.choice((1, 1, 1, 2, 2, 4))))
        steps: list[Step] = []
        for moment in moments:
            steps += [Gate(moment), Strike(self.rng.randint(0, 2), self.weighed(BLOWS))]
        return tuple(steps)

    # --- steps -------------------------------------------------------------------------------------------------------

    def submit(self, *, main: bool) -> Submit:
        """One task with up to three callbacks."""
        slot = self.slot()
        if main:
            self.main_slots.append(slot)
        amount = self.rng.choice((0, 0, 0, 1, 1, 2, 3))
        return Submit(slot, self.task(), tuple(self.callback(slot) for _ in range(amount)))

    def callback(self, own: int) -> Callback:
        """A hook, with the slot it needs."""
        hook = self.weighed({hook: weight for hook, weight in HOOKS.items() if hook in self.profile.hooks})
        if hook is Hook.SUBMITS:
            return Callback(hook, self.slot())
        if hook is Hook.CANCELS:
            return Callback(hook, self.rng.choice((own, *self.main_slots)))
        if hook is Hook.WAITS:
            earlier = [slot for slot in self.main_slots if slot < own]
            return Callback(hook, self.pick(earlier)) if earlier else Callback(Hook.NOTHING)
        return Callback(hook)

    def task(self) -> Task:
        """Any kind of work; the deadly kinds in deadly rounds only, and seldom."""
        if self.flooded and self.chance(0.6):
            return Task(Work.HUGE_ARGUMENT, self.rng.randint(0, 250))
        if self.deadly and self.chance(0.12):
            return Task(self.pick(sorted(DEADLY & self.profile.works)), self.rng.choice((0, 1, 3, 77)))
        work = self.weighed({work: weight for work, weight in COMMON.items() if work in self.profile.works})
        return Task(work, self.number(work))

    def number(self, work: Work) -> int:
        """An argument: iterations for those that spin, any small number else."""
        if work is Work.STUBBORN:
            return self.rng.choice(STUBBORN_SPINS)
        return self.rng.randint(1, SPIN) if work is Work.SPINS else self.rng.randint(0, 250)

    def map(self) -> Map:
        """A map that is consumed wholly or in part."""
        work = self.weighed({Work.QUICK: 8, Work.SPINS: 1, Work.RAISES: 1})
        items = self.rng.randint(0, 12)
        take = items if self.chance(0.7) or not self.cancels else self.rng.randint(0, items)
        buffer = self.rng.randint(1, 3) if self.profile.strict and self.chance(0.2) else None
        return Map(self.slot(), work, items, self.rng.randint(1, 4), take, buffer)

    def wait(self) -> Await:
        """A way to wait for some of the main script's futures."""
        amount = self.rng.randint(1, min(6, len(self.main_slots)))
        return Await(self.pick(list(Waiting)), tuple(sorted(self.rng.sample(self.main_slots, amount))))

    def close(self) -> Close:
        """One way to end the pool."""
        return Close(self.weighed({how: weight for how, weight in ENDINGS.items() if how in self.profile.closings}))

    # --- chance ------------------------------------------------------------------------------------------------------

    def slot(self) -> int:
        self.next_slot += 1
        return self.next_slot - 1

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pick(self, among: list[T]) -> T:
        return among[self.rng.randrange(len(among))]

    def weighed(self, weights: dict[T, int]) -> T:
        return self.rng.choices(list(weights), list(weights.values()))[0]
