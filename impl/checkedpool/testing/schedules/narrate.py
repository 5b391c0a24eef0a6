"""A run of the simulation as events between actors, and its worlds in few words: what a drawing needs.

Decides: who does a step to whom and in which words, which parts of a world are shown. Must not know: how anything is
drawn; the renderer is the model's, which the command line finds by an entry point and feeds with plain values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from checkedpool._core.tables import Do, Name, Step
from checkedpool.testing.simulated.world import At, End, Lane, Task, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checkedpool.testing.simulated.simulated_processes import Label, Successor

__all__ = ["Story", "event", "in_few_words"]

MANAGER = "manager"
TO_THE_MANAGER = (
    Step.PUBLISH, Step.WAKE_FOR_TASK, Step.POST_WITHDRAWN, Step.POST_REVOKED, Step.POST_UNCHANGED, Step.POST_MOVED,
    Step.WAKE_DONE, Step.WAKE_BEGUN, Step.POST_REQUEST, Step.WAKE_FOR_REQUEST, Do.SAY_READY, Do.SAY_FAILED, Do.ANSWER,
    "posts the process", "fails",
)  # fmt: skip
OF_A_LANE = frozenset({"Start", "Send", "Issue", "Revoke", "Mark", "Leave", "Signal", "Drain", "Reap", "Close"})
MOMENTS = {
    At.PUBLISH: "says that it sleeps", At.LOOK: "looks into the inbox once more", At.INBOX: "reads the inbox",
    At.READ: "reads the next of what is ready",
}  # fmt: skip
NAMES = {"start thread": "starter"}

Event = tuple[str, str, str]
"""Who, to whom ("": nobody), what."""


class ShownTask(NamedTuple):
    """Of a task."""

    end: End
    notified: End
    begun: int
    unclaimed: bool
    place: str


class ShownLane(NamedTuple):
    """Of a lane: channels by what is in them, the process by what it does."""

    stage: str = "none"
    process: str = "none"
    frames: str = "0 bytes"
    tickets: str = "none"
    results: str = "0 bytes"
    signal: int = 0
    status: str = ""


class Shown(NamedTuple):
    """Of a world."""

    tasks: tuple[ShownTask, ...]
    lanes: tuple[ShownLane, ...]
    inbox: str
    jobs: int
    asleep: bool
    woken: bool
    closed: bool
    broken: bool
    ended: bool


@dataclass(slots=True)
class Story:
    """Collects a run while it is made; ``seen`` is called before each step."""

    events: list[Event] = field(default_factory=list)
    worlds: list[World] = field(default_factory=list)

    def seen(self, world: World, found: Sequence[Successor], place: int) -> None:
        """This of the successors happens."""
        label, after = found[place]
        self.worlds = self.worlds or [world]
        self.worlds.append(after)
        self.events.append(event(label))

    def states(self) -> list[Shown]:
        """The worlds, each with as many lanes as the last."""
        lanes = max((len(world.lanes) for world in self.worlds), default=0)
        return [in_few_words(world, lanes) for world in self.worlds]


def event(label: Label) -> Event:
    """A step, told."""
    who = NAMES.get(label.who, label.who)
    what = _words(label.what)
    other = MANAGER if label.what in TO_THE_MANAGER else ""
    if label.who in ("nature", "system"):
        other = f"{'client' if 'client' in what else 'worker'} {label.number}" if label.number >= 0 else ""
        return label.who, other, what
    if label.who == MANAGER:
        lane = getattr(label.what, "lane", None) if type(label.what).__name__ in OF_A_LANE else None
        return MANAGER, "" if lane is None else f"worker {lane}", what
    if label.who == "user code":
        return label.who, MANAGER, what
    return f"{who} {label.number}", other, what


def in_few_words(world: World, lanes: int) -> Shown:
    """What is shown of a world in which there will be so many lanes."""
    shown = [_lane(lane) for lane in world.lanes]
    return Shown(
        tasks=tuple(_task(task) for task in world.tasks),
        lanes=(*shown, *(ShownLane(),) * (lanes - len(shown))),
        inbox=", ".join(f"task {item}" if isinstance(item, int) else _words(item) for item in world.inbox) or "empty",
        jobs=len(world.jobs),
        asleep=world.asleep,
        woken=world.woken,
        closed=world.closed,
        broken=world.broken,
        ended=world.ended,
    )


def _task(task: Task) -> ShownTask:
    place = "nowhere" if task.place is None else f"frame {task.place[1]} of worker {task.place[0]}"
    return ShownTask(task.end, task.notified, task.begun, task.unclaimed, place)


def _lane(lane: Lane) -> ShownLane:
    waiting = sum(map(len, lane.out))
    return ShownLane(
        stage=lane.stage.name.lower(),
        process="none" if lane.at is None else lane.at.value,
        frames=f"{len(lane.call)} bytes{f', {waiting} waiting' if waiting else ''}",
        tickets=" ".join(map(str, lane.tickets)) or "none",
        results=f"{len(lane.result)} bytes",
        signal=lane.signal,
        status="unknown" if lane.status is None else str(lane.status),
    )


def _words(what: object) -> str:
    """What is done, in one line."""
    if isinstance(what, At):
        return MOMENTS.get(what, what.name.lower())
    if isinstance(what, Name):
        return str(what.value)
    fields = getattr(what, "_fields", None)
    if fields is None or isinstance(what, str):
        return str(what)
    if (
        type(what).__str__ is not object.__str__
        and type(what).__module__ == "checkedpool.testing.simulated.simulated_scope"
    ):
        return str(what)
    parts = [part for part in (_field(name, getattr(what, name)) for name in fields if name != "lane") if part]
    return " ".join([type(what).__name__, *parts])


def _field(name: str, value: object) -> str:
    """A field of a command; bodies of messages are left out."""
    if name == "id":
        return f"task {value}"
    if name == "force":
        return "SIGKILL" if value else "SIGTERM"
    if name == "death":
        return f"for a death {value.when.value}" if hasattr(value, "when") else ""
    if name in ("ids", "items", "results") and isinstance(value, tuple):
        place = {"ids": None, "items": 1, "results": 0}[name]
        return f"tasks {', '.join(str(one if place is None else one[place]) for one in value)}" if value else ""
    return value.name if name in ("level", "verdict") and isinstance(value, Name) else ""
