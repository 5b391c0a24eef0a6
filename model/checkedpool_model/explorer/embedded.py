"""One graph as it lies in the file: everything that the page may say of it, asked of the model beforehand.

Decides: what is asked and kept. Must not know: how the page shows it; where the graph comes from (``subjects``).

The page computes with the graph alone: distances, what can still be reached. Whatever a state, a guard or a claim
means, is found here, by calling the functions of the model.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from checkedpool_model.checker.compile import moves_of
from checkedpool_model.checker.explore import Counterexample, Move
from checkedpool_model.checker.guards import Guards, guards_of
from checkedpool_model.checker.sequence import diagram
from checkedpool_model.checker.system import Action, OnStep, System
from checkedpool_model.checker.waiting import actors, cycle_of, made_true_by, waits
from checkedpool_model.checker.walked import Walked
from checkedpool_model.explorer.blame import Part, blame
from checkedpool_model.explorer.card import Card, Family, plain_card
from checkedpool_model.explorer.columns import Columns, zigzag
from checkedpool_model.explorer.questions import Question, questions_of

__all__ = ["Drawn", "Graph", "Run", "embedded"]

K = TypeVar("K")
S = TypeVar("S")

TOLD = 500
"""Of so many states at most it is told why a claim fails in them, and who waits for whom."""


@dataclass(frozen=True, slots=True)
class Run:
    """A way through the graph that the page offers."""

    name: str
    says: str
    moves: tuple[int, ...]
    notes: tuple[str, ...] = ()
    """Beside each step what it stands for; "" or missing: nothing."""
    loop: int | None = None
    """How many steps come before those that go on for ever."""
    owed: int | None = None
    """After how many steps that is owed which then never comes."""


@dataclass(frozen=True)
class Drawn(Generic[S]):
    """How the states of a system are shown."""

    families: tuple[Family[S], ...]
    kills: tuple[str, ...] = ()
    """The actions that are meant when somebody kills a worker."""
    told: tuple[tuple[str, str, str], ...] = ()
    """By move, who does it, to whom, in which words; (): that follows from the table."""
    note: str = ""
    """What is to be known beside the counts."""


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph, ready to be put into a page."""

    name: str
    states: int
    steps: int
    whole: bool
    content: bytes


@dataclass
class _Making(Generic[K, S]):
    """What is known while a graph is made."""

    system: System[K, S]
    walked: Walked[S]
    guards: Guards[K, S]
    bits: list[int]
    moves: list[tuple[Action[K, S], int]]
    columns: Columns = field(default_factory=Columns)


def embedded(
    system: System[K, S],
    walked: Walked[S],
    drawn: Drawn[S],
    *,
    runs: Iterable[Run] = (),
    questions: tuple[Question[K, S], ...] = (),
) -> Graph:
    """The graph of a system as far as it was walked."""
    guards = guards_of(system)
    bits = guards.asked(walked.states[: walked.expanded])
    bits += [0] * (len(walked.states) - walked.expanded)  # at the rim nothing is said of what is possible
    making = _Making(system, walked, guards, bits, moves_of(system))
    _add_steps(making)
    asked = questions_of(system, questions)
    head: dict[str, object] = {
        "name": system.name, "note": drawn.note, "states": len(walked.states), "expanded": walked.expanded,
        "whole": walked.whole, "sizes": dict(system.sizes), "renamings": [dict(one) for one in walked.renamings],
        "start": walked.start, "kills": list(drawn.kills), "enabled": _enabled(making),
        "actions": _actions(making), "moves": _moves(making, drawn), "conjuncts": _conjuncts(guards),
        "families": [_family(making, number, family) for number, family in enumerate(drawn.families)],
        "questions": _questions(making, asked), "claims": list(_claims(making)), "broken steps": _steps(making),
        "waits": _waits(making), "runs": [_run(run) for run in runs],
    }  # fmt: skip
    return Graph(system.name, len(walked.states), walked.steps, walked.whole, making.columns.deflated(head))


# --- states and steps -------------------------------------------------------------------------------------------------


def _add_steps(making: _Making[K, S]) -> None:
    walked = making.walked
    making.columns.add_interned("guards", making.bits, max(making.guards.bits, 1))
    ends = [zigzag(target - at) for at, targets in enumerate(walked.targets) for target in targets]
    making.columns.add("targets", ends)
    making.columns.add("renamed", [number for numbers in walked.renamed for number in numbers])
    making.columns.add("terminal", [_is_terminal(making, state) for state in walked.states])


def _is_terminal(making: _Making[K, S], state: S) -> int:
    return int(making.system.terminal(making.system.constants, state))


def _enabled(making: _Making[K, S]) -> list[list[int]]:
    """The different sets of moves; a column says which each state has."""
    numbers: dict[tuple[int, ...], int] = {}
    making.columns.add("enabled", [numbers.setdefault(moves, len(numbers)) for moves in making.walked.enabled])
    return [list(moves) for moves in numbers]


def _family(making: _Making[K, S], number: int, family: Family[S]) -> dict[str, object]:
    """Its members' columns: which of its cards each has."""
    rows = [family.members(state) for state in making.walked.states]
    numbers: dict[object, int] = {}
    for member in range(len(rows[0])):
        making.columns.add(f"{number}.{member}", [numbers.setdefault(row[member], len(numbers)) for row in rows])
    cards: list[Card] = [family.card(value) for value in numbers]
    return {
        "name": family.name, "zone": family.zone, "over": family.over, "members": len(rows[0]),
        "cards": [plain_card(card) for card in cards],
    }  # fmt: skip


# --- the table --------------------------------------------------------------------------------------------------------


def _first(text: str | None) -> str:
    return " ".join((text or "").strip().partition("\n\n")[0].split())


def _words(what: object) -> str:
    return str(getattr(what, "__name__", "it")).strip("_").replace("_", " ")


def _actions(making: _Making[K, S]) -> list[dict[str, object]]:
    return [
        {
            "name": action.name, "over": action.over, "clause": action.clause, "fair": action.fair.value,
            "does": _first(action.effect.__doc__), "guard": list(conjuncts),
        }
        for action, conjuncts in zip(making.system.actions, making.guards.of_action, strict=True)
    ]  # fmt: skip


def _moves(making: _Making[K, S], drawn: Drawn[S]) -> list[list[object]]:
    """Of each: the action's number, the index, who does it, to whom, in which words."""
    numbers = {action.name: number for number, action in enumerate(making.system.actions)}
    nouns = {family.over: family.name for family in drawn.families}
    told = drawn.told or [_told(making.system, action, index, nouns) for action, index in making.moves]
    return [[numbers[action.name], index, *words] for (action, index), words in zip(making.moves, told, strict=True)]


def _told(system: System[K, S], action: Action[K, S], index: int, nouns: dict[str, str]) -> tuple[str, str, str]:
    """Who does it, to whom, in which words: as in the drawings, but for what an index is called."""
    alone = Counterexample("", (Move.of(action, index),), (system.initial, system.initial))
    told = diagram(system, alone)
    (event,) = told.events
    target = told.actors[event.target] if event.target != event.source else ""
    label = event.label.replace(f"({action.over} ", f"({nouns.get(action.over, action.over)} ")
    return told.actors[event.source], target, label


def _conjuncts(guards: Guards[K, S]) -> list[dict[str, object]]:
    return [
        {"name": _words(holds), "says": _first(holds.__doc__), "bit": guards.bit(number, 0), "width": width}
        for number, (holds, width) in enumerate(zip(guards.conjuncts, guards.width, strict=True))
    ]  # fmt: skip


def _run(run: Run) -> dict[str, object]:
    return {
        "name": run.name, "says": run.says, "moves": list(run.moves), "notes": list(run.notes),
        "loop": run.loop, "owed": run.owed,
    }  # fmt: skip


# --- what is claimed and asked ----------------------------------------------------------------------------------------


def _questions(making: _Making[K, S], asked: tuple[Question[K, S], ...]) -> list[dict[str, object]]:
    k = making.system.constants
    bits = [(1 << number, question.is_so) for number, question in enumerate(asked)]
    rows = [sum(bit for bit, is_so in bits if is_so(k, state)) for state in making.walked.states]
    making.columns.add_interned("questions", rows, max(len(asked), 1))
    return [{"name": one.name, "says": one.says, "group": one.group} for one in asked]


def _claims(making: _Making[K, S]) -> Iterable[dict[str, object]]:
    """Of each claim about states: what it says, and where it fails which part of it is false."""
    k, states = making.system.constants, making.walked.states
    for claim in making.system.always:
        failing = [at for at, state in enumerate(states) if not claim.holds(k, state)]
        told = {at: _parts(blame(claim.holds, k, states[at])) for at in failing[:TOLD]}
        yield {"name": _words(claim.holds), "says": _first(claim.holds.__doc__), "fails": failing, "because": told}
    for last in making.system.leads_to:
        yield {"name": _words(last.then), "says": f"In every fair run, at last: {_words(last.then)}.", "at last": True}


def _parts(parts: Sequence[Part]) -> list[dict[str, object]]:
    return [{"text": part.text, "holds": part.holds, "where": part.where} for part in parts]


def _steps(making: _Making[K, S]) -> list[dict[str, object]]:
    """The steps of which a claim about steps fails."""
    found: list[dict[str, object]] = []
    moves = making.moves
    claims: dict[str, list[OnStep[K, S]]] = {}
    for claim in making.system.on_step:
        claims.setdefault(claim.action, []).append(claim)
    for at, enabled in enumerate(making.walked.enabled):
        for move in enabled:
            for claim in claims.get(moves[move][0].name, ()):
                found += _broken_step(making, at, move, claim)
    return found


def _broken_step(making: _Making[K, S], at: int, move: int, claim: OnStep[K, S]) -> list[dict[str, object]]:
    k, before = making.system.constants, making.walked.states[at]
    action, index = making.moves[move]
    after = action.effect(k, before, index)
    if claim.holds(k, before, after, index):
        return []
    because = _parts(blame(claim.holds, k, before, after, index))
    return [{"at": at, "move": move, "claim": claim.name.replace("_", " "), "says": _first(claim.holds.__doc__),
             "because": because}]  # fmt: skip


def _waits(making: _Making[K, S]) -> dict[int, dict[str, object]]:
    """Of each deadlock: who waits for whom, and in which circle. An actor is named by one of its moves."""
    walked = making.walked
    dead = [at for at, moves in enumerate(walked.enabled) if not moves and not _is_terminal(making, walked.states[at])]
    if not dead or not making.guards.bits:
        return {}
    made = made_true_by(making.guards, walked, making.bits)
    who = {actor: move for move, actor in reversed(list(enumerate(actors(making.guards))))}
    told: dict[int, dict[str, object]] = {}
    for at in dead[:TOLD]:
        found = waits(making.guards, made, making.bits[at])
        told[at] = {
            "waits": [[one.move, one.conjunct, who[one.whom]] for one in found],
            "cycle": [who[actor] for actor in cycle_of(found)],
        }
    return told
