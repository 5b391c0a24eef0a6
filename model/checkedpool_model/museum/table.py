"""How an exhibit's table of actions is written down, shortly, and how its cure changes it.

Decides: the form of a row, of a changed table and of a small system without constants. Must not know: any exhibit.

Who does an action is the first word of its name; if it ranges over the index set of that word, it is one of several.
"""

import re
from collections.abc import Collection, Iterator
from typing import TypeVar, cast

from checkedpool_model.checker.system import Action, Always, Conjunct, Effect, Fair, LeadsTo, Predicate, Seen, System

__all__ = ["Design", "Table", "changed", "changes", "design", "row"]

S = TypeVar("S")

Table = tuple[Action[None, S], ...]

Design = System[None, object]
"""A small model whose states nobody looks into but its own table."""


def row(
    name: str,
    *guard: Conjunct[None, S],
    then: Effect[None, S],
    over: str = "",
    to: str = "",
    fair: Fair = Fair.WEAK,
) -> Action[None, S]:
    """One row: the name begins with who does it."""
    actor = re.findall("[A-Z][a-z]*", name)[0].lower()
    return Action(name, over, guard, then, fair, Seen.OBSERVABLE, "", f"{actor} {{i}}" if over == actor else actor, to)


def changed(table: Table[S], *rows: Action[None, S], without: Collection[str] = ()) -> Table[S]:
    """The table with these rows instead of those with their names, new ones at the end, and some left out."""
    by_name = {new.name: new for new in rows}
    old = {action.name for action in table}
    unknown = sorted(set(without) - old)
    if unknown:
        raise ValueError(f"the table has no {', '.join(unknown)} to leave out")
    kept = tuple(by_name.get(action.name, action) for action in table if action.name not in without)
    return (*kept, *(new for new in rows if new.name not in old))


def changes(before: Design, after: Design) -> Iterator[str]:
    """What the second table has that the first has not, a line a row."""
    old = {action.name: action for action in before.actions}
    new = {action.name: action for action in after.actions}
    for name in old:
        if name not in new:
            yield f"`{name}` is gone"
    for name, action in new.items():
        if name not in old:
            yield f"`{name}` is new, when {_guard(action)}"
        elif action != old[name]:
            more = [_word(holds) for holds in action.guard if holds not in old[name].guard]
            less = [_word(holds) for holds in old[name].guard if holds not in action.guard]
            effect = ["has another effect"] if action.effect != old[name].effect else []
            parts = [
                *(f"also asks whether {word}" for word in more),
                *(f"no longer asks whether {word}" for word in less),
            ]
            yield f"`{name}` {' and '.join(parts + effect)}"


def _guard(action: Action[None, object]) -> str:
    return " and ".join(_word(holds) for holds in action.guard) or "ever"


def _word(holds: Conjunct[None, object]) -> str:
    return holds.__name__.strip("_").replace("_", " ")


def design(
    name: str,
    initial: S,
    table: Table[S],
    *claims: Always[None, S] | LeadsTo[None, S],
    terminal: Predicate[None, S],
    sizes: dict[str, int] | None = None,
) -> Design:
    """The system; from here on its states are nobody's business.

    If nothing is said of what must happen at last, it is that every fair run comes to a state in which it may stop.
    """
    always = tuple(claim for claim in claims if isinstance(claim, Always))
    leads_to = tuple(claim for claim in claims if isinstance(claim, LeadsTo))
    if not leads_to:
        leads_to = (LeadsTo("it_comes_to_an_end", _anywhere, terminal),)
    return cast("Design", System(name, None, initial, table, sizes or {}, terminal, always, leads_to=leads_to))


def _anywhere(_k: None, _s: object) -> bool:
    return True
