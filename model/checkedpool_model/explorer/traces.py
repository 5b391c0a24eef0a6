"""A trace of a real run as something to explore: the run that it is in the protocol, and what else could have happened.

Decides: how far around its run the graph goes. Must not know: how a trace is followed
(``traces``), how a graph lies in the file.

A trace that is not accepted is shown as far as it was followed, and what it says next stands beside the last step.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from shlex import quote

from checkedpool_model.checker.compile import moves_of, successors_compiled
from checkedpool_model.checker.explore import Move
from checkedpool_model.checker.system import System
from checkedpool_model.checker.walked import walk
from checkedpool_model.explorer.embedded import Drawn, Run, embedded
from checkedpool_model.explorer.pool_cards import KILLS, families
from checkedpool_model.explorer.questions import OF_THE_POOL
from checkedpool_model.explorer.subjects import Subject
from checkedpool_model.protocol.bounds import Bounds
from checkedpool_model.protocol.state import State
from checkedpool_model.traces.folders import traces_in
from checkedpool_model.traces.reading import DivergedError
from checkedpool_model.traces.size import TooLargeError, refuse_what_is_too_large
from checkedpool_model.traces.verdict import Followed, followed
from checkedpool_spec.trace_files import BadTraceError, read

__all__ = ["TraceRefusedError", "of_trace"]

LONGEST = 4_000
"""Steps of its run that are shown."""
AROUND = 1_500
"""States, those of the run among them."""
PARTS = 60_000
"""Parts of a state times states: a run of many tasks has fewer states around it."""

PoolSystem = System[Bounds, State]


class TraceRefusedError(ValueError):
    """It is no trace, or too large a one."""


def of_trace(folder: Path) -> Subject:
    """The run of a trace; of the only one that lies in a folder, too."""
    folder, *others = traces_in(folder)
    if others:
        raise TraceRefusedError(f"there are {1 + len(others)} traces in {folder.parent}; one of them is {folder}")
    try:
        refuse_what_is_too_large(folder)
        run = followed(folder.name, read(folder))
    except (BadTraceError, DivergedError, TooLargeError) as error:
        raise TraceRefusedError(str(error)) from error
    system, found = run.system, run.found
    subject = Subject(f"trace {folder.name}", list(_says(run)), f"checkedpool explore {quote(folder.name)}")
    moves = found.moves[:LONGEST]
    if len(moves) < len(found.moves):
        subject.left_out.append(f"the run has {len(found.moves):,} steps; the first {LONGEST:,} are here")
    states = _states(system, moves)
    limit = max(len(states), min(AROUND, PARTS // sum(system.sizes.values())))
    walked = walk(states, successors_compiled(system), limit=limit)
    note = "Nature may do whatever it likes here: the trace says what it did"
    drawn = Drawn(families(system.constants, nature=False), KILLS, note=note)
    subject.add(embedded(system, walked, drawn, runs=(_run(run, moves),), questions=OF_THE_POOL), limit)
    return subject


def _says(run: Followed) -> Iterator[str]:
    """The verdict, and why: as ``checkedpool trace`` has it."""
    yield f"This trace is {run.verdict.value}. Each step of the run stands beside the event that it is a part of."
    yield from run.why


def _states(system: PoolSystem, moves: Sequence[Move]) -> list[State]:
    """The states of the run, the initial one first."""
    table = {action.name: action for action in system.actions}
    states = [system.initial]
    for move in moves:
        states.append(table[move.action].effect(system.constants, states[-1], move.index))
    return states


def _run(run: Followed, moves: Sequence[Move]) -> Run:
    numbers = {(action.name, index): number for number, (action, index) in enumerate(moves_of(run.system))}
    events = [run.record.occurrences[number] for number in run.found.whose[: len(moves)]]
    notes = tuple(f"{one.text} ({one.where})" for one in events)
    made_of = tuple(numbers[move.action, move.index] for move in moves)
    return Run("the trace", f"{run.verdict.value}: {len(moves)} steps of the protocol", made_of, notes)
