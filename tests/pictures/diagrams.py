"""The implementation's tables as state diagrams. Decides: which there are. Must not know: how they are drawn."""

from checkedpool._core.tables import CANCEL, SHUTDOWN, SUBMIT, WORKER, Do, End, Step, Table
from tests.pictures import record
from tests.pictures.drawing import Arrow, Diagram, Kind, State

__all__ = ["diagrams"]

FAILS = frozenset({End.RAISE, End.BROKEN, End.CLOSED})


def diagrams() -> dict[str, Diagram]:
    """Every picture by the name of its file."""
    return {
        "submit": call("submit()", SUBMIT),
        "cancel": call("Future.cancel()", CANCEL),
        "shutdown": call("shutdown(), terminate_workers(), kill_workers()", SHUTDOWN),
        "worker": worker(),
        "life": record.life(),
        "tickets": record.tickets(),
    }


def call(title: str, table: Table) -> Diagram:
    """A client's call. Each end is drawn where it is come to, since nothing follows it."""
    states = [State(step.name, step.name, step.value) for step in table]
    arrows: list[Arrow] = []
    for step, row in table.items():
        merged: dict[str, tuple[Step | End, list[str]]] = {}
        for result, following in row.items():
            key = following.name if isinstance(following, Step) else f"{step.name} {following.name}"
            words = merged.setdefault(key, (following, []))[1]
            if len(row) > 1:
                words.append(str(result))
        for key, (following, words) in merged.items():
            if isinstance(following, End):
                kind = Kind.FAILURE if following in FAILS else Kind.END
                states.append(State(key, "", following.value, kind))
            arrows.append(Arrow(step.name, key, (" or ".join(words),) if words else ()))
    return Diagram(title, tuple(states), tuple(arrows))


def worker() -> Diagram:
    """The worker's machine. A state without a way on is an end of the process."""
    ends = {Do.LEAVE: Kind.END, Do.ABORT: Kind.FAILURE}
    states = (State(do.name, do.name, do.value, Kind.STEP if row else ends[do]) for do, row in WORKER.items())
    arrows = (
        Arrow(do.name, following.name, tuple(came.value for came in row if row[came] is following))
        for do, row in WORKER.items()
        for following in dict.fromkeys(row.values())
    )
    return Diagram("A worker process", tuple(states), tuple(arrows))
