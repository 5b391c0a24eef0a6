"""An audit for people and for programs.

Decides: the order and the words of a report.  Must not know: how the rounds were made.
"""

from collections import Counter

from checkedpool.testing.audit.judge.events import Kind, line_of
from checkedpool.testing.audit.run.rounds import Audit, Round, Verdict
from checkedpool.testing.audit.show.drawing import drawn

__all__ = ["again", "plain", "text"]

SHOWN = 30
"""Lines of stacks or of a child's output that are shown."""


def again(audit: Audit, one: Round) -> str:
    """The command that runs the scenario again."""
    options = audit.options
    method = f" --start-method {options.method}" if options.method else ""
    policy = f" --policy {options.policy.value}" if options.policy.value != "break" else ""
    return f'checkedpool audit {options.target}{method}{policy} --replay "{one.scenario}"'


def plain(audit: Audit) -> dict[str, object]:
    """The report as plain values."""
    return {
        "target": audit.options.target,
        "verdict": audit.verdict.value,
        "seconds": round(audit.seconds, 2),
        "rounds": dict(Counter(one.verdict.value for one in audit.rounds)),
        "not_offered": sorted(_lacks(audit)),
        "differences": [
            {
                "clause": clause,
                "rounds": len(rounds),
                "scenario": str(rounds[0].scenario),
                "contract": rounds[0].difference.says if rounds[0].difference else "",
                "history": [line_of(event).strip() for event in rounds[0].events],
                "drawing": drawn(rounds[0].events),
                "again": again(audit, rounds[0]),
            }
            for clause, rounds in audit.shortest().items()
        ],
    }


def _lacks(audit: Audit) -> set[str]:
    return {name for one in audit.rounds if one.verdict is Verdict.NOT_OFFERED for name in one.note.split(", ")}


def text(audit: Audit) -> str:
    """The report as a page of text: a table of clauses, then the shortest history of each."""
    counts = Counter(one.verdict.value for one in audit.rounds)
    head = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    lines = [f"{audit.options.target}: {head}; {audit.seconds:.1f} s", ""]
    found = audit.shortest()
    if found:
        lines += [f"{'clause':<8}{'rounds':>6}  the contract says"]
        lines += [f"{clause:<8}{len(rounds):>6}  {_says(rounds[0])}" for clause, rounds in found.items()]
    for clause, rounds in found.items():
        lines += ["", f"{clause}: {rounds[0].scenario}", "", *drawn(rounds[0].events)]
        lines += [f"   ✗ the contract ({_clauses(rounds[0])}) says: {_says(rounds[0])}"]
        if rounds[0].events[-1].kind is Kind.QUIET:
            lines += ["     what its threads were doing:", *(f"     {line}" for line in _stacks(rounds[0].note))]
        lines += [f"     again: {again(audit, rounds[0])}"]
    for one in audit.rounds:
        if one.verdict is Verdict.NOT_FINISHED:
            lines += ["", f"not finished: {one.scenario}", *(f"    {line}" for line in one.note.splitlines()[-SHOWN:])]
    if lacks := _lacks(audit):
        lines += ["", f"not offered, so not judged: {', '.join(sorted(lacks))}"]
    verdicts = {
        Verdict.AGREES: "No history left the contract.",
        Verdict.DIFFERS: "It differs from the contract.",
        Verdict.NOT_FINISHED: "Not finished: no verdict.",
    }
    return "\n".join([*lines, "", verdicts[audit.verdict]])


def _stacks(note: str) -> list[str]:
    """The stacks of a hang, without the threads of the audit that only wait."""
    threads = [part for part in note.split("\n\n") if "told_of" not in part]
    return "\n\n".join(threads).splitlines()[:SHOWN]


def _says(one: Round) -> str:
    return one.difference.says if one.difference else ""


def _clauses(one: Round) -> str:
    return ", ".join(one.difference.clauses) if one.difference else ""
