"""Many runs: which, until enough workers have died at every phase; and what they come to.

Decides: the shares of points, start methods and policies; when enough is enough; that too few deaths are no verdict.
Must not know: what a run does.
"""

from __future__ import annotations

import faulthandler
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from checkedpool.rooms import PLAIN
from tests import leaks
from tests.checks.kills.points import POINTS, Cost, Loop, Phase, Work
from tests.checks.kills.rounds import LIMIT, Plan, Policy, Run, loops, run

LOOPS = loops(os.environ.get(PLAIN, ""))

KEPT = Path("build") / "kills"
"""Traces of runs in which something is wrong."""
METHODS = {"fork": 40, "forkserver": 6, "spawn": 4}
"""Runs of fifty under each start method: spawn is dear."""
ALONE = (
    Work.WIDE_CALL, Work.WIDE_ANSWER, Work.LARGE_CALL, Work.LARGE_ANSWER, Work.UNREAD_ANSWER, Work.LONG, Work.WAITING,
    Work.FINALIZER,
)  # fmt: skip
"""With these the victim is the only worker: another one would take what is meant for it."""
EACH = 50
"""Deaths of each phase that a whole campaign has to see."""
OF_EACH_LOOP = 4
"""That many times fewer of them in each loop."""
ATTEMPTS = 1.5
"""Runs for each death that is wanted, at most: in some the victim does not come to its point."""


@dataclass(slots=True)
class Result:
    """What a campaign came to."""

    wanted: int
    each: int
    seed: int
    runs: list[Run] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def dead(self) -> list[Run]:
        """The runs in which a worker died by the injected kill, where it was to."""
        return [one for one in self.runs if one.died and not one.late]

    @property
    def wrong(self) -> list[str]:
        """Everything that is not as it should be, each with the command that shows it again."""
        found = [f"{one.plan}: {what} (python -m tests.checks.kills --replay {self.seed}:{at}; trace: {one.kept})"
                 for at, one in enumerate(self.runs) for what in one.wrong]  # fmt: skip
        return found + self.left

    @property
    def by_loop(self) -> Counter[tuple[Loop | None, Phase]]:
        """How many deaths hit which loop, as the victims' traces say, in which phase."""
        return Counter((one.loop, one.plan.point.phase) for one in self.dead)

    @property
    def missing(self) -> list[str]:
        """Which deaths have not been seen."""
        deaths = Counter(one.plan.point.phase for one in self.dead)
        found = [f"{deaths[phase]} of {self.each} deaths in the phase {phase.value}"
                 for phase in Phase if deaths[phase] < self.each]  # fmt: skip
        least, by_loop = (self.each + 1) // OF_EACH_LOOP, self.by_loop
        found += [f"{by_loop[loop, phase]} of {least} deaths in the {loop.name.lower()} loop in the phase {phase.value}"
                  for loop in LOOPS for phase in Phase if by_loop[loop, phase] < least]  # fmt: skip
        return found + ([f"{len(self.dead)} of {self.wanted} deaths"] if len(self.dead) < self.wanted else [])

    @property
    def exit_status(self) -> int:
        """0 holds, 1 violated, 3 not finished."""
        return 1 if self.wrong else 3 if self.missing else 0


def plan_of(seed: int, at: int) -> Plan:
    """The run of this number: points and loops in turn, the loops in the other order the next time; else by chance."""
    chance = random.Random(f"{seed}:{at}")
    point = POINTS[at % len(POINTS)]
    method = chance.choices(list(METHODS), list(METHODS.values()))[0]
    policy: Policy = "break" if method == "fork" else chance.choice(["break", "replace", "replace"])
    alone = point.work in ALONE or (point.op, point.cost) == ("TAKE_TICKET", Cost.ONE)
    again, place = divmod(at, len(POINTS))
    loop = LOOPS[(place + again) % len(LOOPS)]
    return Plan(point, method, policy, 1 if alone else chance.choice([1, 2]), at, loop)


def campaign(wanted: int, each: int, seed: int, say: Callable[[str], None] = lambda _: None) -> Result:
    """Make runs until enough workers have died; hangs end the process, with all stacks."""
    result = Result(wanted, each, seed)
    with tempfile.TemporaryDirectory(prefix="kills") as directory:
        own = Path(directory) / "tmp"
        own.mkdir()
        leaks.adopt_orphans()
        leaks.own_temporary_names(own)
        leaks.start_helpers()
        before = leaks.take()
        for at, plan in _plans(result):
            faulthandler.dump_traceback_later(2 * LIMIT, exit=True)
            result.runs.append(_kept(run(plan, trace := Path(directory) / f"{at}"), trace, f"{seed}-{at}"))
            faulthandler.cancel_dump_traceback_later()
            result.left += [f"{plan}: left behind: {what}" for what in leaks.left_behind(before)]
            if len(result.dead) % 50 == 0:
                say(f"{len(result.dead)} of {wanted} deaths")
    return result


def _kept(made: Run, trace: Path, name: str) -> Run:
    """If something is wrong with it, with its trace in a place that stays."""
    if made.wrong and trace.is_dir():
        made.kept = Path(shutil.copytree(trace, KEPT / name, dirs_exist_ok=True))
    return made


def _plans(result: Result) -> Iterator[tuple[int, Plan]]:
    for at in range(int(result.wanted * ATTEMPTS) + len(POINTS)):
        if not result.missing or len(result.wrong) > 20:
            return
        yield at, plan_of(result.seed, at)
