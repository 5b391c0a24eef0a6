"""Where the standard executor is known to leave the contract: spec/deviations.md says why.

Decides: the smallest scenario for each clause, and how often it is tried. Must not know: how it is judged.
"""

import sys
from collections.abc import Callable

from checkedpool.testing.audit import Audit, Options, Scenario, Verdict, audit

BUSY = "1: submit held; settle; submit quick; "
END = "; settle; open 0; settle; drain wait &; settle"

IN_ANY = {
    "C-04": f"{BUSY}look 1{END}",
    "C-05": f"{BUSY}cancel 1{END}",
    "C-06": f"{BUSY}submit quick; submit quick; cancel 3{END}",
    "C-33": f"1: submit falsy{END}",
    "C-36": f"1: submit quick; settle; signal 0; submit quick{END}",
    "C-37": f"1: submit unreadable{END}",
    "C-39": f"1: submit unloadable{END}",
    "C-41": f"1: submit unloadable; settle; submit quick{END}",
    "C-46": f"{BUSY}cancel-all{END}",
    "C-48": f"1: submit held; settle; drain; drain wait &{END}",
    "C-49": f"1: submit held; settle; drain wait from 0{END}",
    "C-77": f"1: submit leaves{END}",
    "C-80": f"1: submit dies{END}",
    "C-81": f"{BUSY}strike 0{END}",
}
CURED = {"C-33": (3, 14), "C-81": (3, 14)}
"""From which Python on it keeps that clause: 3.14.8 and 3.15.0 do, 3.13.0 does not (gh-132063, gh-101267)."""
STANDARD = {clause: line for clause, line in IN_ANY.items() if sys.version_info < CURED.get(clause, (4,))}
"""Of the Python that runs."""
BESIDE = {"C-36": "C-80", "C-41": "C-39", "C-81": "C-80"}
"""What may be found in the scenario of a clause beside it."""
TRIES = 5
"""How often a scenario may agree."""
CHANCE = {"C-04", "C-05", "C-06", "C-46"}
"""Here it may: whether the standard executor's manager has taken a task already is chance."""
HANGS = {"C-06", "C-46", "C-77"}
"""Here it comes to nothing, which takes as long as one is willing to wait."""


def differs(done: Audit) -> bool:
    """Whether anything is shown."""
    return done.verdict is Verdict.DIFFERS


def seen(options: Options, line: str, enough: Callable[[Audit], bool] = differs) -> Audit:
    """The first round of the scenario that shows what is looked for; if none does, the last."""
    done, tries = audit(options, [Scenario.parse(line)]), 1
    while not enough(done) and tries < TRIES:
        done, tries = audit(options, [Scenario.parse(line)]), tries + 1
    return done
