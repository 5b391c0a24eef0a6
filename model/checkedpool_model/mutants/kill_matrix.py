"""The kill matrix: which claim notices which generated mutant.  ``python -m checkedpool_model.mutants.kill_matrix``.

Decides: how it is shown. Must not know: how a mutant is noticed; it is read off ``kills.toml``.

A mutant has one mark, at the claim that fails first. Others may fail elsewhere.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from checkedpool_model.checker.explore import END_IN_REACH, NO_DEADLOCK
from checkedpool_model.mutants.generated import GeneratedMutant, mutants, switches
from checkedpool_model.mutants.kills import ByHand, Kills, read
from checkedpool_model.protocol.eventually import FAMILIES, family
from checkedpool_model.protocol.properties import ALWAYS, ON_STEP

__all__ = ["claims", "page"]

HEAD = """\
# The kill matrix

Made by `python -m checkedpool_model.mutants.kill_matrix` from the model and `spec/checkedpool_spec/kills.toml`.
A test compares. A machine takes from each action one thing: a conjunct of its guard, its message, its wake-up, its
telling of a future's waiters, its fairness. That makes {made} mutants: {killed} are noticed by a claim, {same} do
nothing that the original does not do, {harmless} do something else and no harm, {open} do something else that no claim
forbids.
`checkedpool check --generated` looks at each of them again.

**●** in a column: the claim of that number fails first, in the first graph, from small scopes to large, in which any
does; others may fail elsewhere. **=** nothing differs. **~** harmless. **?** open.
"""

SWITCHES = """\
## Switches

A conjunct that reads no state switches a part of the model off where a scope has no use for it. Without it the scope
has parts that others have, so of these no mutants are made: {names}.
"""


def claims() -> tuple[str, ...]:
    """All that can notice a mutant, those about fair runs without the number of what they are about."""
    states = (claim.name for claim in ALWAYS)
    steps = (claim.name for claim in ON_STEP)
    return (NO_DEADLOCK, END_IN_REACH, *states, *steps, *FAMILIES)


def page(made: Sequence[GeneratedMutant] | None = None, kills: Kills | None = None) -> str:
    """The whole page."""
    made = mutants() if made is None else made
    kills = read() if kills is None else kills
    by = {entry.name: family(entry.by) for entry in kills.killed}
    times = Counter(by.values())
    columns = [claim for claim in claims() if times[claim]]
    counts = {"killed": len(kills.killed), "same": len(kills.same), "harmless": len(kills.harmless)}
    lines = [HEAD.format(made=len(made), open=len(kills.open), **counts)]
    lines += _table(made, columns, by, _left(kills))
    lines += ["## Claims", "", "| | claim | notices first |", "| --- | --- | --- |"]
    lines += [f"| {number} | {claim} | {times[claim]} |" for number, claim in enumerate(columns, 1)]
    idle = ", ".join(claim for claim in claims() if not times[claim])
    lines += ["", f"First to notice a mutant made by hand, or none: {idle or 'no other'}.", ""]
    lines += _sentences("Harmless", kills.harmless) + _sentences("Open", kills.open)
    names = sorted({name.partition(".")[2] for name in switches()})
    lines.append(SWITCHES.format(names=", ".join(f"`{name}`" for name in names)).rstrip())
    return "\n".join(lines) + "\n"


def _left(kills: Kills) -> dict[str, str]:
    """The mark of each mutant that no claim notices."""
    marks = {entry.name: "=" for entry in kills.same}
    marks.update({entry.name: "~" for entry in kills.harmless})
    return marks | {entry.name: "?" for entry in kills.open}


def _table(
    made: Sequence[GeneratedMutant], columns: Sequence[str], by: dict[str, str], left: dict[str, str]
) -> Iterator[str]:
    yield f"| | | {' | '.join(str(number) for number, _ in enumerate(columns, 1))} |"
    yield "| --- | --- |" + " --- |" * len(columns)
    for action, group in groupby(made, lambda mutant: mutant.action):
        yield f"| **{action}** | |" + " |" * len(columns)
        for mutant in group:
            cells = " | ".join("●" if by.get(mutant.name) == claim else "" for claim in columns)
            yield f"| {mutant.name.removeprefix(action).strip()} | {left.get(mutant.name, '')} | {cells} |"
    yield ""


def _sentences(title: str, entries: Sequence[ByHand]) -> list[str]:
    """The mutants of the same sentence together."""
    if not entries:
        return []
    sentences: dict[str, list[str]] = {}
    for entry in entries:
        sentences.setdefault(entry.because, []).append(entry.name)
    return [f"## {title}", "", *(f"- {', '.join(names)}: {because}" for because, names in sentences.items()), ""]


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - that is what it is for
