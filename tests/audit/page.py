"""The page about other executors, made of the reports that ``checkedpool audit --json`` has written.

    python -m tests.audit.page NAME=REPORT.json... > docs/generated/audit.md

Decides: what stands on the page.  Must not know: how a report was made; docs/audit.md says with which commands.
"""

import json
import sys
from pathlib import Path
from typing import TypedDict

HEAD = """\
# Executors held against the contract

Made by `python -m tests.audit.page` from the reports of `checkedpool audit`; [audit.md](../audit.md) says how. A number
is in how many scenarios that clause was the first to be broken: a scenario ends at its first difference, so a zero says
little where another number is large. Some of them depend on chance.
"""


class Found(TypedDict):
    """One clause of a report."""

    clause: str
    rounds: int
    contract: str
    drawing: list[str]
    again: str


class Report(TypedDict):
    """What ``checkedpool audit --json`` prints."""

    verdict: str
    rounds: dict[str, int]
    not_offered: list[str]
    differences: list[Found]


def page(reports: dict[str, Report]) -> str:
    """The page as Markdown."""
    parts = [HEAD, *_table(reports), ""]
    for name, report in reports.items():
        for found in report["differences"]:
            parts += [f"## {found['clause']}: {name}", "", "```", *found["drawing"], "```", ""]
            parts += [f"The contract says: {found['contract']}.", "", f"`{found['again']}`", ""]
    return "\n".join(parts)


def _table(reports: dict[str, Report]) -> list[str]:
    clauses = sorted({found["clause"] for report in reports.values() for found in report["differences"]})
    rows = [
        ["clause", *reports],
        ["---"] * (1 + len(reports)),
        *([clause, *(str(_rounds(report, clause)) for report in reports.values())] for clause in clauses),
        ["scenarios that agree", *(str(report["rounds"].get("agrees", 0)) for report in reports.values())],
        ["that differ", *(str(report["rounds"].get("differs", 0)) for report in reports.values())],
        ["that call what is not offered", *(", ".join(report["not_offered"]) or "none" for report in reports.values())],
        ["verdict", *(report["verdict"] for report in reports.values())],
    ]
    return [f"| {' | '.join(row)} |" for row in rows]


def _rounds(report: Report, clause: str) -> int:
    return sum(found["rounds"] for found in report["differences"] if found["clause"] == clause)


def main() -> None:
    """Read the reports that the command line names; write the page."""
    pairs = [argument.partition("=") for argument in sys.argv[1:]]
    sys.stdout.write(page({name: json.loads(Path(path).read_text(encoding="utf-8")) for name, _, path in pairs}))


if __name__ == "__main__":
    main()
