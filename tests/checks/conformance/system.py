"""A scope of the simulated world as a system that the model's checker explores.

Decides: what a step is called there, who must do it at last, which worlds may be the last. Must not know: the protocol,
the contract; how anything is explored.

The checker knows actions by name and index. Here both are read off the label of a step: ``manager Issue``, ``worker
ANSWER`` 1, ``client CLAIM`` 0. What raises becomes a step into a world in which it is written down, from which nothing
follows: that is claimed never to happen.
"""

from __future__ import annotations

from enum import Enum
from typing import get_args

from checkedpool._core import messages
from checkedpool._core.tables import CANCEL, SHUTDOWN, SUBMIT, Do, Name, Panic, Step
from checkedpool.testing import At, Call, Handed, Label, Scope, Simulation, Stage, World
from checkedpool.testing.simulated.atomic_steps import LOCAL
from checkedpool.testing.simulated.retries import CAUSES
from checkedpool_model.checker.system import Action, Always, Fair, LeadsTo, Predicate, Seen, System
from tests.checks.conformance.alike import machine_alike, world_alike
from tests.checks.conformance.ends import may_end

__all__ = ["NAMES", "WRONG", "Code", "name_of", "system_of"]

WRONG, THROWS = "something is wrong", "nature throws client out"
OPS: tuple[type, ...] = get_args(messages.Command)
JOBS = (messages.Call, messages.Deliver, messages.Pickle)

FIRST = LOCAL | {next(iter(table)) for table in (SUBMIT, CANCEL, SHUTDOWN)}
"""What has no name of its own: a call's first access, and what is always one with the access before it."""
WITHIN = (Step.NOTE_DRAIN, Step.CALLS_ARE_OPEN)
"""Nor has what is done to post a request."""
CHOICES = ("client submit", "client cancel", "client stop", "client resize", "client shutdown")
"""A client may begin its next call or not."""
ENVIRONMENT = (
    "nature kills it", "nature kills it within a write", "nature its initializer raises", "nature it ignores SIGTERM",
    "nature its task leaves a process behind", "nature its status is stolen", "nature the forkserver dies",
    "nature the manager's step raises", "nature its memory is over the limit", "nature its limit passes",
    THROWS, "start thread fails", "start thread hangs", "manager oversleeps",
)  # fmt: skip
"""What no claim may rest on."""
DONE = (
    *(f"client {step.name}" for step in Step if step not in FIRST and step not in WITHIN),
    *(f"manager {op.__name__}" for op in OPS),
    *(f"manager {part.name}" for part in Panic),
    *(f"manager {at.name}" for at in (At.PUBLISH, At.LOOK, At.RECALL, At.INBOX, At.READ)),
    "manager wakes up", "manager sleeps to its limit", "client stops it at its limit",
    "client looks whether to try again",
    *(f"worker {do.name}" for do in Do),
    "system the signal ends it", "system says that it has ended",
    "start thread makes the process", "start thread posts the process", "start thread ends the process",
    *(f"user code {job.__name__}" for job in JOBS),
)  # fmt: skip
"""What whoever is at it does at last."""
NAMES = (*CHOICES, *ENVIRONMENT, *DONE, WRONG)
NAMED = (str, Enum, Name, Call)
"""What a label says of a step by its value; of the others the type is in the name."""


class Code:
    """What the checker needs of one scope: it is the system's constants."""

    def __init__(self, scope: Scope, *, every: bool = False) -> None:
        """``every``: keep worlds apart that differ in nothing that matters (``alike``)."""
        self.scope = scope
        self.every = every
        self.simulation = Simulation(scope, None if every else machine_alike)
        self.most = max(scope.tasks, len(scope.threads), scope.most + sum(scope.budget) + scope.tasks) + 1
        """How large an index can be: clients, tasks, lanes."""
        self._numbers = {name: number * self.most for number, name in enumerate(NAMES)}
        self._throws = self._numbers[THROWS]
        self._firsts: dict[tuple[str, object], int] = {}
        self._by_value: dict[type, bool] = {}
        self._known: tuple[World, list[tuple[int, World]]] | None = None

    def steps(self, w: World) -> list[tuple[int, World]]:
        """All steps: (number of the move, world after it)."""
        if self._known is None or self._known[0] is not w:
            self._known = w, self._find(w)
        return self._known[1]

    def _find(self, w: World) -> list[tuple[int, World]]:
        if w.wrong:
            return []
        try:
            found = self.simulation.successors(w)
        except Exception as error:  # noqa: BLE001 - whatever a machine raises is what is looked for
            return [(self._numbers[WRONG], w._replace(wrong=f"{type(error).__name__}: {error}"))]
        steps = []
        for label, after in found:
            first, number = self._first(label), label.number
            if first == self._throws and len(w.clients[number].todo) <= 1:
                continue  # what exits is let exit: else there is no end
            move = first + number if number > 0 else first
            steps.append((move, after if self.every else world_alike(self.scope, after)))
        return steps

    def _first(self, label: Label) -> int:
        """The number of the first move with this label's name."""
        who, _, what = label
        kind = type(what)
        by_value = self._by_value.get(kind)
        if by_value is None:
            by_value = self._by_value[kind] = issubclass(kind, NAMED)
        key = who, what if by_value else kind
        first = self._firsts.get(key)
        if first is None:
            first = self._firsts[key] = self._numbers[name_of(label)]
        return first

    def why_not_the_end(self, w: World) -> str | None:
        """Of a world in which nothing can happen: why that is wrong; None: it is right."""
        return w.wrong or self.simulation.why_not_the_end(w) or self._why_not_these_ends(w)

    def _why_not_these_ends(self, w: World) -> str | None:
        accepted = ((t, task) for t, task in enumerate(w.tasks) if task.handed is Handed.RETURNED)
        strange = any(task.end not in may_end(self.scope, t) for t, task in accepted)
        if strange:
            return "a future has an end for which there is no reason"
        return "a call is not tried again, and may be" if _is_given_up(self.scope, w) else None


def _is_given_up(scope: Scope, w: World) -> bool:
    """Whether an attempt has ended by a death or at a limit, and is the last, though the pool was to run them all."""
    if w.retried is None or w.broken or w.retried.over or w.tasks[scope.attempts[0]].handed is not Handed.RETURNED:
        return False
    return w.retried.attempt != scope.attempts[-1] and w.retried.end in CAUSES


def name_of(label: Label) -> str:
    """The name of the action whose step this is."""
    what = label.what
    if isinstance(what, Enum | Name):
        return f"{label.who} {what.name}"
    if isinstance(what, Call):
        return f"{label.who} {what.what}"
    if isinstance(what, str):
        return THROWS if what.startswith("throws client") else f"{label.who} {what}"
    return f"{label.who} {type(what).__name__}"


def system_of(scope: Scope, *, every: bool = False) -> System[Code, World]:
    """The scope as a system; ``every``: see ``Code``."""
    code = Code(scope, every=every)
    actions = tuple(_action(name, number * code.most) for number, name in enumerate(NAMES))
    return System(
        str(scope), code, code.simulation.initial, actions, {"number": code.most}, _may_end_here,
        always=(Always("nothing_is_wrong", lambda _k, w: not w.wrong, lambda _k, w: w.at is not At.NOT_STARTED),),
        leads_to=LEADS_TO,
        found=code.steps,
    )  # fmt: skip


def _action(name: str, first: int) -> Action[Code, World]:
    def can_happen(code: Code, w: World, index: int) -> bool:
        return any(number == first + index for number, _ in code.steps(w))

    def happens(code: Code, w: World, index: int) -> World:
        return next(after for number, after in code.steps(w) if number == first + index)

    fair = Fair.NONE if name in (*CHOICES, *ENVIRONMENT, WRONG) else Fair.WEAK
    return Action(name, "number", (can_happen,), happens, fair, Seen.HIDDEN, "")


def _may_end_here(code: Code, w: World) -> bool:
    """Asked of every world, so what is quick to see comes first."""
    for client in w.clients[: len(code.scope.scripts)]:
        if client.todo:
            return False
    return code.why_not_the_end(w) is None and not code.steps(w)


# --- what must happen at last -----------------------------------------------------------------------------------------


def _accepted_and_open(_: Code, w: World) -> bool:
    for task in w.tasks:  # noqa: SIM110 - these are asked of every world: a generator takes longer than the question
        if task.handed is Handed.RETURNED and not task.end:
            return True
    return False


def _within_a_call(_: Code, w: World) -> bool:
    for client in w.clients:  # noqa: SIM110 - likewise
        if client.step is not None and client.step is not Step.WAIT:
            return True
    return False


def _dead_and_not_reaped(_: Code, w: World) -> bool:
    for lane in w.lanes:  # noqa: SIM110 - likewise
        if lane.at is None and lane.stage is Stage.ADOPTED:
            return True
    return False


def _asked_to_end(_: Code, w: World) -> bool:
    return not w.ended and w.mind is not None and bool(w.broken or w.mind.machine.level)


def _job_to_do(_: Code, w: World) -> bool:
    return bool(w.jobs)


def _not(owed: Predicate[Code, World]) -> Predicate[Code, World]:
    return lambda code, w: not owed(code, w)


LEADS_TO = tuple(
    LeadsTo(name, when, _not(when))
    for name, when in {
        "accepted_futures_end": _accepted_and_open,
        "calls_return": _within_a_call,
        "the_dead_are_reaped": _dead_and_not_reaped,
        "a_pool_that_is_to_end_ends": _asked_to_end,
        "jobs_are_done": _job_to_do,
    }.items()
)
