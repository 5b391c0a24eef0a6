"""An audit for people and for programs.

Decides: the order and the words of a report.  Must not know: how the rounds were made.
"""

from collections import Counter

from checkedpool.testing.audit.judge.events import Kind, line_of
from checkedpool.testing.audit.run.rounds import Finding, Options, Rounds, Verdict
from checkedpool.testing.audit.show.drawing import drawn
from checkedpool_spec.clauses import sentence

__all__ = ["again", "head", "plain", "text"]

SHOWN = 30
"""Lines of stacks or of a child's output that are shown."""
ENDS = {
    Verdict.AGREES: "No history left the contract.",
    Verdict.DIFFERS: "It differs from the contract.",
    Verdict.NOT_FINISHED: "Not finished: no verdict.",
}


def again(audit: Rounds, found: Finding) -> str:
    """The command that runs the scenario again, whole."""
    chosen, usual = audit.options, Options(audit.options.target)
    words = {
        "--start-method": chosen.method,
        "--policy": chosen.policy and chosen.policy.value,
        "--limit": f"{chosen.limit:g}" if chosen.limit != usual.limit else None,
        "--allow": ",".join(chosen.allowed),
    }
    options = "".join(f" {name} {value}" for name, value in words.items() if value)
    return f'checkedpool audit {chosen.target}{options} --replay "{found.round.scenario}"'


def plain(audit: Rounds) -> dict[str, object]:
    """The report as plain values."""
    return {
        "target": audit.options.target,
        "policy": audit.options.judged_by.value,
        "verdict": audit.verdict.value,
        "seconds": round(audit.seconds, 2),
        "rounds": dict(Counter(one.verdict.value for one in audit.rounds)),
        "not_offered": sorted(_lacks(audit)),
        "allowed": dict(_excused(audit)),
        "left": sorted(_left(audit)),
        "unfinished": [
            {"scenario": str(one.scenario), "note": "\n".join(one.note.splitlines()[-SHOWN:])}
            for one in audit.rounds
            if one.verdict is Verdict.NOT_FINISHED
        ],
        "differences": [
            {
                "clause": clause,
                "sentence": sentence(clause),
                "clauses": list(findings[0].difference.clauses),
                "rounds": len(findings),
                "scenario": str(findings[0].round.scenario),
                "contract": findings[0].difference.says,
                "history": [line_of(event).strip() for event in findings[0].events],
                "drawing": drawn(findings[0].events),
                "stacks": _stacks_of(findings[0]),
                "again": again(audit, findings[0]),
            }
            for clause, findings in audit.shortest().items()
        ],
    }


def text(audit: Rounds) -> str:
    """The report as a page of text: a table of clauses, then the shortest history of each."""
    lines = [f"{head(audit)}; {audit.seconds:.1f} s"]
    found = audit.shortest()
    if found:
        lines += ["", f"{'clause':<8}{'rounds':>6}  the contract"]
        lines += [f"{clause:<8}{len(findings):>6}  {sentence(clause)}" for clause, findings in found.items()]
    for clause, findings in found.items():
        lines += ["", *_finding(audit, clause, findings[0])]
    for one in audit.rounds:
        if one.verdict is Verdict.NOT_FINISHED:
            lines += ["", f"not finished: {one.scenario}", *(f"    {line}" for line in one.note.splitlines()[-SHOWN:])]
    return "\n".join([*lines, *_beside(audit), "", ENDS[audit.verdict]])


def head(audit: Rounds) -> str:
    """The target, and how many rounds came to which verdict."""
    counts = Counter(one.verdict.value for one in audit.rounds)
    return f"{audit.options.target}: {', '.join(f'{count} {verdict}' for verdict, count in counts.items())}"


def _finding(audit: Rounds, clause: str, found: Finding) -> list[str]:
    """One clause: its sentence, the scenario, the history, what the contract says at its end."""
    difference = found.difference
    also = [f"     also {other}: {sentence(other)}" for other in difference.clauses[1:]]
    stacks = _stacks_of(found)
    return [
        f"{clause} {sentence(clause)}",
        f"     {found.round.scenario}",
        "",
        *drawn(found.events),
        f"   ✗ the contract ({', '.join(difference.clauses)}) says: {difference.says}",
        *also,
        *(["     what its threads were doing:", *(f"     {line}" for line in stacks)] if stacks else []),
        f"     again: {again(audit, found)}",
    ]


def _scenarios(count: int) -> str:
    return f"{count} scenario{'s' * (count != 1)}"


def _beside(audit: Rounds) -> list[str]:
    """What was not judged, what was allowed, what was left."""
    lines = []
    if lacks := _lacks(audit):
        lines += ["", f"not offered, so not judged: {', '.join(sorted(lacks))}"]
    if excused := _excused(audit):
        told = (f"{clause} in {_scenarios(count)}" for clause, count in sorted(excused.items()))
        lines += ["", f"broken and allowed: {', '.join(told)}"]
    if left := _left(audit):
        told = (f"{name} by {_scenarios(count)}" for name, count in sorted(left.items()))
        lines += ["", f"left in sessions of their own, and ended: {', '.join(told)}"]
    return lines


def _lacks(audit: Rounds) -> set[str]:
    return {name for one in audit.rounds if one.verdict is Verdict.NOT_OFFERED for name in one.note.split(", ")}


def _excused(audit: Rounds) -> Counter[str]:
    return Counter(difference.clauses[0] for one in audit.rounds for difference in one.excused)


def _left(audit: Rounds) -> Counter[str]:
    return Counter(name for one in audit.rounds for name in one.left)


def _stacks_of(found: Finding) -> list[str]:
    """The stacks of a hang, without the threads of the audit that only wait; none where nothing hangs."""
    if found.difference.event.kind is not Kind.QUIET:
        return []
    threads = [part for part in found.round.note.split("\n\n") if "_told_of" not in part]
    return "\n\n".join(threads).splitlines()[:SHOWN]
