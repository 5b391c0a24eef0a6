"""A schedule of the simulated system as something to explore: its run, and what else could have happened beside it.

Decides: by which word a schedule is asked for. Must not know: the simulated system: it is found by an entry point and
speaks in plain values (``told``), since model and implementation do not import each other.
"""

from collections.abc import Callable
from importlib.metadata import entry_points

from checkedpool_model.explorer.subjects import Subject
from checkedpool_model.explorer.told import AROUND, Explored, graph_of

__all__ = ["GROUP", "NoScheduleError", "of_schedule"]

GROUP = "checkedpool.explored"
NOTE = "These are worlds of the pool's own code on a simulated system"


class NoScheduleError(ValueError):
    """It is no schedule, or nothing is installed that can read one."""


def of_schedule(word: str) -> Subject:
    """The run of a schedule's word."""
    found = list(entry_points(group=GROUP))
    if not found:
        raise NoScheduleError(f"nothing is installed that runs a schedule: the entry point {GROUP} names nobody")
    explored: Callable[[str], Explored] = found[0].load()
    try:
        told = explored(word)
    except (ValueError, LookupError) as error:
        raise NoScheduleError(str(error)) from error
    subject = Subject(f"schedule of {told.title}", [told.ending], f"checkedpool explore {word}")
    subject.add(graph_of(told, "the schedule", NOTE), AROUND)
    return subject
