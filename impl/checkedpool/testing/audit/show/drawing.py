"""A history drawn with characters: a row an event, time goes down, each call a bracket from its begin to its end.

Decides: what a row says and where each bracket stands.  Must not know: what the contract says of the history.
"""

from collections.abc import Iterable

from checkedpool.testing.audit.judge.blame import described
from checkedpool.testing.audit.judge.events import Call, Event, Kind

__all__ = ["Columns", "drawn", "words"]

BEGIN, GOES_ON, END = "┌│└"

WORDS = {
    Kind.ENTERED: "task {task} is in a worker",
    Kind.OPENED: "task {task} is let go",
    Kind.STRUCK: "the worker of task {task} is killed",
    Kind.PLANNED: "a worker may be killed, at some moment",
    Kind.BAD_START: "a worker cannot be started",
    Kind.BAD_INITIALIZER: "an initializer raises",
    Kind.CALLED: "the callback of task {task} is called: {said}",
    Kind.ALIVE: "the worker that ran task {task} is still there",
    Kind.SIGNALLED: "SIGINT is sent to a worker that is inside no task",
    Kind.QUIET: "nothing more happens",
}


def drawn(events: Iterable[Event]) -> list[str]:
    """The rows; adding callbacks is left out, since every future gets one."""
    begun: dict[int, Event] = {}
    columns = Columns()
    rows: list[tuple[str, str]] = []
    for event in events:
        if event.what is Call.ADD:
            continue
        if event.kind is Kind.BEGIN:
            begun[event.call] = event
        columns.see(event)
        rows.append((_brackets(columns.calls, event), words(event, begun)))
        columns.seen(event)
    width = len(columns.calls)
    return [f"{number:>4} {brackets:<{width}} {words}" for number, (brackets, words) in enumerate(rows, 1)]


class Columns:
    """Where each call that is under way stands: in the first place that is free when it begins."""

    def __init__(self) -> None:
        self.calls: list[int | None] = []

    def see(self, event: Event) -> None:
        """Before the event's row is drawn."""
        if event.kind is Kind.BEGIN and event.what is not Call.ADD:
            if None not in self.calls:
                self.calls.append(None)
            self.calls[self.calls.index(None)] = event.call

    def seen(self, event: Event) -> None:
        """After it."""
        if event.kind is Kind.END and event.call in self.calls:
            self.calls[self.calls.index(event.call)] = None


def _brackets(columns: list[int | None], event: Event) -> str:
    mark = {Kind.BEGIN: BEGIN, Kind.END: END}.get(event.kind, GOES_ON)
    return "".join(" " if call is None else mark if call == event.call else GOES_ON for call in columns)


def words(event: Event, begun: dict[int, Event]) -> str:
    """What happens; ``begun``: by its number the begin of each call."""
    if event.kind is Kind.BEGIN:
        return described(event)
    if event.kind is Kind.END:
        return f"{described(begun[event.call])}: {_said(event)}"
    if event.kind is Kind.STRUCK and event.task < 0:
        return "an idle worker is killed"
    return WORDS[event.kind].format(task=event.task, said=_said(event))


def _said(event: Event) -> str:
    """The answer; by which error, where it needs no telling what the task itself has raised."""
    shared = f", the error of task {event.shared}" if event.shared >= 0 else ""
    return f"{event.said}{shared} ({event.note})" if event.note and event.said != "error" else event.said
