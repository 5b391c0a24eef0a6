"""Who waits for whom at the end of an exhibit's failure: the last row of its drawing.

Decides: what is said where nobody can do anything any more, where all is quiet, where something goes on for ever. Must
not know: how waiting is read off a graph (``checker.waiting``), how anything is drawn.
"""

from collections.abc import Iterator

from checkedpool_model.checker.compile import moves_of, successors_inlined
from checkedpool_model.checker.explore import Counterexample
from checkedpool_model.checker.guards import Guards, guards_of
from checkedpool_model.checker.sequence import Diagram, diagram, with_waiting
from checkedpool_model.checker.waiting import Wait, cycle_of, made_true_by, waits
from checkedpool_model.checker.walked import walk
from checkedpool_model.museum.table import Design

__all__ = ["drawing_of"]

HEAD = "who waits for whom"


def drawing_of(design: Design, found: Counterexample[object]) -> Diagram:
    """The failure, and who waits for whom at its end."""
    made = diagram(design, found)
    again = made.repeated
    if again:
        steps = (
            f"step {again[0].number} goes" if len(again) == 1 else f"steps {again[0].number} to {again[-1].number} go"
        )
        return with_waiting(made, f"{HEAD}: nobody is stuck, {steps} on for ever")
    if design.terminal(design.constants, found.states[-1]):
        return with_waiting(made, f"{HEAD}: in the pool nobody; whoever has the lost future, for ever")
    guards = guards_of(design)
    found_waits = _waits(design, guards, found.states[-1])
    circle = cycle_of(found_waits)
    way = " → ".join((*circle, *circle[:1]))
    says = f"{HEAD}: {way}" if circle else f"{HEAD}: no circle"
    return with_waiting(made, says, dict.fromkeys(_told(guards, found_waits)), circle)


def _waits(design: Design, guards: Guards[None, object], end: object) -> tuple[Wait, ...]:
    walked = walk((design.initial,), successors_inlined(design))
    bits = guards.asked(walked.states)
    return waits(guards, made_true_by(guards, walked, bits), bits[walked.states.index(end)])


def _told(guards: Guards[None, object], found: tuple[Wait, ...]) -> Iterator[tuple[str, str, str, str]]:
    """Who, for whom, for what, and with which action."""
    moves = moves_of(guards.system)
    for one in found:
        action, _ = moves[one.move]
        until = guards.conjuncts[one.conjunct].__name__.strip("_").replace("_", " ")
        yield one.who, one.whom, f"waits until {until}", f"{action.name} is not possible"
