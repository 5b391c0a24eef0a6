"""An audit's report as an HTML file, and its histories as one that is walked through.

Decides: how both read. Must not know: the audit: it finds this by the entry point ``checkedpool.pages`` and speaks in
plain values, since model and implementation do not import each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, cast

from checkedpool_model.checker.system import Always
from checkedpool_model.explorer.frame import Element, Part, coded, el, link, sheet, table
from checkedpool_model.explorer.page import html
from checkedpool_model.explorer.subjects import Subject
from checkedpool_model.explorer.told import AROUND, Explored, graph_of

__all__ = ["History", "pages"]

TONES = {"agrees": "good", "differs": "bad", "not finished": "warn"}
NOTE = "These are moments of a history that was seen"

Plain = Mapping[str, object]


class History(Explored, Protocol):
    """What the audit says of a history that differs."""

    def is_wrong(self, world: object) -> bool:
        """Whether the contract does not allow what has happened so far."""


class _Allowed:
    """The claim that fails where a history differs."""

    __name__ = "the contract allows the history so far"

    def __init__(self, history: History) -> None:
        self._history = history
        self.__doc__ = history.ending

    def __call__(self, _k: None, world: object) -> bool:
        return not self._history.is_wrong(world)


def pages(report: Plain, histories: Sequence[History], explorer: str) -> tuple[str, str]:
    """The report; and a file in which each of the histories of its differences is walked through, to be called so."""
    return _report(report, explorer), html(_explorer(report, histories)) if histories else ""


def _explorer(report: Plain, histories: Sequence[History]) -> Subject:
    says = ["Each graph is a history that was seen, up to where it differs from the contract."]
    subject = Subject(f"audit of {report['target']}", says, f"checkedpool audit {report['target']} --report FILE")
    for history in histories:
        allowed = _Allowed(history)
        claim = Always("allowed", allowed, allowed)
        subject.add(graph_of(history, "the history", NOTE, actors=(), always=(claim,)), AROUND)
    return subject


# --- the report -------------------------------------------------------------------------------------------------------


def _report(report: Plain, explorer: str) -> str:
    differences = cast("Sequence[Plain]", report["differences"])
    verdict = str(report["verdict"])
    rounds = ", ".join(f"{count} {word}" for word, count in cast("Mapping[str, int]", report["rounds"]).items())
    body: list[Part] = [
        el("p", f"{verdict}: {rounds}, in {report['seconds']} s", class_="verdict", data_tone=TONES[verdict]),
        *_clauses(differences, explorer),
        *(_difference(number, one, explorer) for number, one in enumerate(differences)),
        *_unfinished(cast("Sequence[Plain]", report["unfinished"])),
        *_beside(report),
    ]
    says = f"Held against the contract; a death costs {'the pool' if report['policy'] == 'break' else 'its task'}"
    return sheet(f"Audit of {report['target']}", says, body)


def _clauses(differences: Sequence[Plain], explorer: str) -> Iterator[Element]:
    """Which clauses are broken, how often."""
    if not differences:
        return
    rows = (
        (el("a", str(one["clause"]), href=f"#{_place(number)}"), str(one["rounds"]), coded(str(one["sentence"])),
         link(explorer, "explorer", f"#g={number}"))
        for number, one in enumerate(differences)
    )  # fmt: skip
    heads = ("clause", "scenarios", "the contract", "its shortest history")
    yield el("section", el("h2", "Broken clauses"), table(heads, rows))


def _place(number: int) -> str:
    return f"difference-{number}"


def _difference(number: int, one: Plain, explorer: str) -> Element:
    parts: list[Part] = [
        el("h2", f"{one['clause']} ", coded(str(one["sentence"]))),
        el("p", el("code", str(one["scenario"]))),
    ]
    parts.append(el("pre", "\n".join(cast("Sequence[str]", one["drawing"])), tabindex="0"))
    clauses = ", ".join(cast("Sequence[str]", one["clauses"]))
    parts.append(el("p", el("strong", f"The contract ({clauses}) says: {one['contract']}"), class_="blamed"))
    stacks = cast("Sequence[str]", one["stacks"])
    if stacks:
        threads = el("pre", "\n".join(stacks), tabindex="0")
        parts.append(el("details", el("summary", "what its threads were doing"), threads))
    parts.append(el("p", link(explorer, "Walk through the history", f"#g={number}")))
    parts.append(el("p", "again: ", el("code", str(one["again"]))))
    return el("section", *parts, id=_place(number))


def _unfinished(rounds: Sequence[Plain]) -> Iterator[Element]:
    if rounds:
        parts = [
            el("div", el("p", el("code", str(one["scenario"]))), el("pre", str(one["note"]), tabindex="0"),
               class_="trouble", data_tone="warn")
            for one in rounds
        ]  # fmt: skip
        yield el("section", el("h2", "Not finished"), *parts)


def _beside(report: Plain) -> Iterator[Element]:
    """What was not judged, what was allowed, what was left."""
    allowed = cast("Mapping[str, int]", report["allowed"])
    told = {
        "Not offered, so not judged": cast("Sequence[str]", report["not_offered"]),
        "Broken and allowed": [
            f"{clause} in {count} scenario{'s' * (count != 1)}" for clause, count in sorted(allowed.items())
        ],
        "Left in sessions of their own, and ended": cast("Sequence[str]", report["left"]),
    }
    lines = [el("p", f"{what}: {', '.join(names)}.") for what, names in told.items() if names]
    if lines:
        yield el("section", el("h2", "Beside"), *lines)
