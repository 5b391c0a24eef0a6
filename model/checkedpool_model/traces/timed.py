"""The run of the protocol that a trace is, in real time: each event with its moment, its steps, and who did them.

Decides: at which moment an event counts as happened, who is called what. Must not know: how a run is drawn or exported.

An event happened somewhere between two moments. Of those the one is taken at which its line was written, or the nearest
to it that the order of the run allows. So time never goes back along the run. A trace that is not accepted has its run
up to what was refused; a trace in which a line cannot stand is followed up to that line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, groupby
from pathlib import Path

from checkedpool_model.checker.membership import Occurrence
from checkedpool_model.checker.system import Action
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.traces.naming import Names
from checkedpool_model.traces.reading import DivergedError
from checkedpool_model.traces.record import FOR_EVER
from checkedpool_model.traces.size import refuse_what_is_too_large
from checkedpool_model.traces.verdict import Followed, Verdict, followed
from checkedpool_spec.trace_files import Files, Line, ProcessFile, read

__all__ = ["Happened", "TimedRun", "timed", "timed_run"]


@dataclass(frozen=True, slots=True)
class Happened:
    """One event, with the steps of the model that it is."""

    number: int
    """The first is 1."""
    at: int
    """Nanoseconds since the trace began."""
    earliest: int
    latest: int
    who: str
    whom: str
    """ "": nobody else."""
    text: str
    where: str
    """File and line."""
    actions: tuple[str, ...]
    """The model's actions, each with what it is about; none: it is the event that was refused."""
    first: int
    """Of its steps in the run: the place of the first, and of what comes after the last."""
    end: int
    steps: tuple[str, ...] = ()
    """The names of the actions alone."""


@dataclass(frozen=True)
class TimedRun:
    """A trace and its run."""

    name: str
    verdict: Verdict
    why: tuple[str, ...]
    run: Followed
    names: Names
    begun: int
    """The moment of its first line, on the machine's clock."""
    happened: tuple[Happened, ...]
    refused: Happened | None
    """What comes next and is no step of the protocol, or was not followed since too many states are possible."""

    @property
    def stop(self) -> str:
        """Why what comes next is not a part of the run, in a word."""
        return "not followed" if self.verdict is Verdict.NOT_FINISHED else "refused"

    @cached_property
    def states(self) -> tuple[State, ...]:
        """One more than there are steps."""
        table, states = _table(self.run), [self.run.system.initial]
        for move in self.run.found.moves:
            states.append(table[move.action].effect(self.run.system.constants, states[-1], move.index))
        return tuple(states)

    @cached_property
    def lasts(self) -> int:
        """Nanoseconds from the first event to the last that is known."""
        every = (*self.happened, *((self.refused,) if self.refused else ()))
        return max((one.at for one in every), default=0)

    def events(self) -> Iterator[tuple[Happened, State, State]]:
        """Each with the states before and after it."""
        for one in self.happened:
            yield one, self.states[one.first], self.states[one.end]


def timed_run(folder: Path, *, limit: int) -> TimedRun:
    """Read a trace and follow it; BadTraceError, TooLargeError or DivergedError if there is nothing to show."""
    refuse_what_is_too_large(folder)
    return timed(folder.name, read(folder), limit=limit)


def timed(name: str, files: Files, *, limit: int) -> TimedRun:
    """Follow a trace that was read."""
    for each in _lines(files).values():
        if each.before < 0 or each.after >= FOR_EVER:
            raise DivergedError(each.where, "no clock shows this moment")
    try:
        run, why = followed(name, files, limit=limit), None
    except DivergedError as error:
        line = _lines(files).get(error.where)
        if line is None:
            raise
        run, why = followed(name, _up_to(files, line), limit=limit), error
    begun = min(file.first.before for file in (files.parent, *files.workers.values()))
    names = Names(run, _lines(files))
    made = TimedRun(name, run.verdict, run.why, run, names, begun, tuple(_happened(run, names, begun)), None)
    if why is not None:
        cannot = _cannot_stand(made, _lines(files)[why.where], why)
        return replace(made, verdict=Verdict.DIVERGED, why=(str(why),), refused=cannot)
    return made if run.found.at is None else replace(made, refused=_refused(made, run.found.at))


def _lines(files: Files) -> dict[str, Line]:
    return {line.where: line for file in (files.parent, *files.workers.values()) for line in (file.first, *file.lines)}


def _table(run: Followed) -> Mapping[str, Action[Bounds, State]]:
    return {action.name: action for action in run.system.actions}


# --- moments ----------------------------------------------------------------------------------------------------------


def _happened(run: Followed, names: Names, begun: int) -> Iterator[Happened]:
    """The events in the order of the run."""
    parts = [
        (run.record.occurrences[which], [move for _, move in moves])
        for which, moves in groupby(zip(run.found.whose, run.found.moves, strict=True), _whose)
    ]
    place = 0
    moments = _moments([one for one, _ in parts], names)
    for number, ((one, made), moment) in enumerate(zip(parts, moments, strict=True), 1):
        told = [names.told(move, names.lines[one.where]) for move in made]
        yield Happened(
            number, moment - begun, max(one.begins, begun) - begun, min(one.ends, FOR_EVER) - begun,
            told[0].who, next((each.whom for each in reversed(told) if each.whom), ""), one.text, one.where,
            names.together(made), place, place + len(made), tuple(move.action for move in made),
        )  # fmt: skip
        place += len(made)


def _moments(ones: Sequence[Occurrence[Bounds, State]], names: Names) -> list[int]:
    """Of each the moment at which it was written; before what comes after it, and never before what came before."""
    written = [min(names.lines[one.where].after, one.ends) for one in ones]
    latest = list(accumulate(reversed(written), min))[::-1]
    return list(accumulate((max(one.begins, late) for one, late in zip(ones, latest, strict=True)), max))


def _whose(pair: tuple[int, object]) -> int:
    return pair[0]


# --- what was refused -------------------------------------------------------------------------------------------------


def _refused(made: TimedRun, at: int) -> Happened:
    """The occurrence that could not happen."""
    one = made.run.record.occurrences[at]
    moment = max(made.lasts, made.names.lines[one.where].after - made.begun)
    return _not_followed(made, moment, one.text, one.where)


def _cannot_stand(made: TimedRun, line: Line, why: DivergedError) -> Happened:
    return _not_followed(made, max(made.lasts, line.after - made.begun), why.reason, line.where)


def _not_followed(made: TimedRun, moment: int, text: str, where: str) -> Happened:
    count = len(made.run.found.moves)
    who = made.names.writer(made.names.lines[where])
    return Happened(len(made.happened) + 1, moment, moment, moment, who, "", text, where, (), count, count)


def _up_to(files: Files, line: Line) -> Files:
    """What was written before a line that cannot stand, and whatever others had written by then."""
    own = files.parent if line.file == files.parent.name else next(
        file for file in files.workers.values() if file.name == line.file
    )  # fmt: skip
    before = [one for one in own.lines if one.line < line.line]
    moment = max((one.after for one in before), default=own.first.after)

    def cut(file: ProcessFile) -> ProcessFile:
        kept = before if file is own else [one for one in file.lines if one.after <= moment]
        return replace(file, lines=tuple(kept), torn=False)

    return Files(cut(files.parent), {lane: cut(file) for lane, file in files.workers.items()})
