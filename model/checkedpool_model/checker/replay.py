"""A counterexample in one word, and the word run again: step by step, and the claim asked once more.

Decides: how the word is written, whether its steps are still possible, whether the claim fails at their end as it was
said. Must not know: how the run was found; what the states mean.

The word names the claim and the moves: ``never_two:FillBig,PourBig``. A move with an index has it behind a point, and
before what goes on for ever stands ``~`` instead of a comma: ``comes_home:TurnsOff~GoesSouth.0,GoesNorth.0``.
"""

import re
from dataclasses import dataclass, replace
from typing import TypeVar

from checkedpool_model.checker.compile import moves_of, successors_by_the_table
from checkedpool_model.checker.explore import (
    DEFAULT_LIMIT,
    END_IN_REACH,
    NO_DEADLOCK,
    Counterexample,
    Move,
    Verdict,
    explore,
)
from checkedpool_model.checker.system import Action, Always, Fair, LeadsTo, System

__all__ = ["MalformedError", "NotPossibleError", "Word", "fails_again", "read", "run", "spell"]

K = TypeVar("K")
S = TypeVar("S")

MOVE = re.compile(r"(?P<action>\w+)(\.(?P<index>\d+))?")
FORM = "CLAIM:Move,Move.0,… with the index behind a point, and ~ before what goes on for ever"


class MalformedError(ValueError):
    """The word is none, or it is about something that the system does not have."""


class NotPossibleError(ValueError):
    """The system does not make this step, or does not come back to where it goes round."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the word says."""

    claim: str
    moves: tuple[tuple[str, int | None], ...]
    """Each an action and its index; None: it has none."""
    lasso_from: int | None = None


def spell(found: Counterexample[S]) -> str:
    """The word for a counterexample."""
    moves = [f"{move.action}.{move.index}" if move.over else move.action for move in found.moves]
    if found.lasso_from is None:
        return f"{found.claim}:{','.join(moves)}"
    return f"{found.claim}:{','.join(moves[: found.lasso_from])}~{','.join(moves[found.lasso_from :])}"


def read(word: str) -> Word:
    """What a word says, or MalformedError."""
    claim, colon, rest = word.strip().partition(":")
    stem, endless, loop = rest.partition("~")
    if not colon or not claim:
        raise MalformedError(f"{word!r} names no claim; the form is {FORM}")
    before, after = _moves(stem), _moves(loop)
    return Word(claim, (*before, *after), len(before) if endless else None)


def _moves(text: str) -> tuple[tuple[str, int | None], ...]:
    return tuple(_move(part) for part in text.split(",")) if text.strip() else ()


def _move(text: str) -> tuple[str, int | None]:
    found = MOVE.fullmatch(text.strip())
    if not found:
        raise MalformedError(f"{text!r} is no move; the form is {FORM}")
    return found["action"], int(found["index"]) if found["index"] else None


# --- the steps --------------------------------------------------------------------------------------------------------


def run(system: System[K, S], word: Word) -> Counterexample[S]:
    """The run that the word tells of, step by step; an error if the system cannot make it any more."""
    if word.claim not in _claims(system):
        raise MalformedError(f"nothing claims {word.claim!r}; the claims: {', '.join(_claims(system))}")
    table = {action.name: action for action in system.actions}
    moves = [_known(system, table, name, index) for name, index in word.moves]
    states = [system.initial]
    for number, move in enumerate(moves, 1):
        action = table[move.action]
        if not action.enabled(system.constants, states[-1], move.index):
            raise NotPossibleError(_why_not(system, action, move, states[-1], number))
        states.append(action.effect(system.constants, states[-1], move.index))
    start = word.lasso_from
    if start is not None and states[start] != states[-1]:
        raise NotPossibleError(f"after step {len(moves)} the system is not again where it was after step {start}")
    owed = _owed_from(system, word.claim, states)
    return Counterexample(word.claim, tuple(moves), tuple(states), owed, start)


def _claims(system: System[K, S]) -> tuple[str, ...]:
    return (*system.claims(), *(claim.name for claim in system.leads_to), NO_DEADLOCK, END_IN_REACH)


def _known(system: System[K, S], table: dict[str, Action[K, S]], name: str, index: int | None) -> Move:
    """The move, if the system has it."""
    action = table.get(name)
    if action is None:
        raise MalformedError(f"{name!r} is no action of {system.name}")
    if (index is None) is bool(action.over) or (index or 0) not in system.indices(action):
        indices = f"an index below {len(system.indices(action))}" if action.over else "no index"
        raise MalformedError(f"{name} has {indices}, not {'none' if index is None else index}")
    return Move.of(action, index or 0)


def _why_not(system: System[K, S], action: Action[K, S], move: Move, state: S, number: int) -> str:
    """Which conjuncts stand in the way, and what would be possible instead."""
    false = [holds.__name__ for holds in action.guard if not holds(system.constants, state, move.index)]
    moves = moves_of(system)
    others = [_named(Move.of(*moves[which])) for which, _ in successors_by_the_table(system)(state)]
    return (
        f"step {number}, {_named(move)}, is not possible: {', '.join(false)} "
        f"{'does' if len(false) == 1 else 'do'} not hold; possible: {', '.join(others) or 'nothing'}"
    )


def _named(move: Move) -> str:
    return f"{move.action}.{move.index}" if move.over else move.action


def _owed_from(system: System[K, S], name: str, states: list[S]) -> int | None:
    """From where on the claim's ``then`` is owed and never comes, as far as this run goes."""
    claim = next((claim for claim in system.leads_to if claim.name == name), None)
    if claim is None:
        return None
    paid = [at for at, state in enumerate(states) if claim.then(system.constants, state)]
    after = paid[-1] + 1 if paid else 0
    return next((at for at in range(after, len(states)) if claim.when(system.constants, states[at])), None)


# --- the claim --------------------------------------------------------------------------------------------------------


def fails_again(system: System[K, S], found: Counterexample[S], *, limit: int = DEFAULT_LIMIT) -> bool | None:
    """Whether the claim fails at the end of the run. None: that takes more than so many states to say."""
    k, last = system.constants, found.states[-1]
    if found.claim == NO_DEADLOCK:
        return not system.terminal(k, last) and not successors_by_the_table(system)(last)
    if found.claim == END_IN_REACH:
        return _is_a_trap(system, last, limit)
    for state_claim in system.always:
        if state_claim.name == found.claim:
            return not state_claim.holds(k, last)
    for step_claim in system.on_step:
        if step_claim.name == found.claim:
            ends_in_it = bool(found.moves) and found.moves[-1].action == step_claim.action
            return ends_in_it and not step_claim.holds(k, found.states[-2], last, found.moves[-1].index)
    return any(_owes_for_ever(system, claim, found) for claim in system.leads_to if claim.name == found.claim)


def _is_a_trap(system: System[K, S], state: S, limit: int) -> bool | None:
    """Whether no terminal state can be reached from here."""
    goes_on: Always[K, S] = Always("goes_on", lambda k, s: not system.terminal(k, s), lambda _k, _s: True)
    seen = explore(replace(system.without_claims(), initial=state, always=(goes_on,)), limit=limit)
    return None if seen.verdict is Verdict.NOT_FINISHED else seen.verdict is Verdict.HOLDS


def _owes_for_ever(system: System[K, S], claim: LeadsTo[K, S], found: Counterexample[S]) -> bool:
    """Whether the run has no end, is fair, and something stays owed in it."""
    if found.lasso_from is None or found.owed_from is None:
        return False
    round_and_round = found.states[found.lasso_from :]
    return not any(claim.then(system.constants, state) for state in round_and_round) and _is_fair(system, found)


def _is_fair(system: System[K, S], found: Counterexample[S]) -> bool:
    """Whether what goes on for ever passes over nothing that fairness asks for."""
    moves, successors = moves_of(system), successors_by_the_table(system)
    taken = {(move.action, move.index) for move in found.moves[found.lasso_from :]}
    possible = [{which for which, _ in successors(state)} for state in found.states[found.lasso_from :]]
    for which, (action, index) in enumerate(moves):
        is_possible = [which in here for here in possible]
        asked = {Fair.NONE: False, Fair.WEAK: all(is_possible), Fair.STRONG: any(is_possible)}[action.fair]
        if asked and (action.name, index) not in taken:
            return False
    return True
