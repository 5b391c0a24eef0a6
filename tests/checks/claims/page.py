"""The page of claims, made of the list: ``make claims ARGS=--write`` writes it.

Decides: what stands around the table, what of a claim is a cell.  Must not know: any claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.checks.claims.claim import ANY, Claim

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parents[3] / "docs/claims.md"
HEAD = f"""\
# What is claimed, and how to see it

Each claim has a command, and a line that the command must print. What differs from run to run is {ANY} in that line.
Half an hour with a fresh clone is enough for all of them. Tables want a terminal of 140 columns; in a narrower one
their lines are broken.

```console
$ git clone REPOSITORY checkedpool && cd checkedpool
$ make .venv/.ready              # sets up everything: {{setup}}
$ . .venv/bin/activate           # so that checkedpool and python are those of the clone
```

All of them took {{minutes}} minutes together in such a clone, {{when}}. Six to fifteen processes wanted its
two cores then, so *processor* says more: the seconds of processor time, of all processes of a command. On quiet cores
expect about that, and what a command waits for.

`make claims` runs the commands, looks for the lines and prints a table, seconds included. `make claims ARGS=museum`
runs one, by its name or number. This page is made of the list that it runs (`tests/checks/claims/listed.py`), and a
test compares.

| | name | claim | command | seconds | processor | the line to see |
| ---: | --- | --- | --- | ---: | ---: | --- |
"""
TAIL = """
Where a status is given the command ends with it, since it has found what it looked for. `make verify` holds all of this
and more on one page.

## And if the checks could not fail?

Then the lines above would show nothing. `make doubt` lists bugs, `make doubt ARGS=7` plants one in a copy of the
project and shows which check names it, and how ([Doubt](verification.md#doubt)). What no check here sees is in
[Limits](limits.md).
"""


def page(claims: Sequence[Claim], setup: str, when: str) -> str:
    """All of it."""
    minutes = round(sum(claim.seconds for claim in claims) / 60)
    rows = (_row(number, claim) for number, claim in enumerate(claims, 1))
    return HEAD.format(setup=setup, when=when, minutes=minutes) + "".join(rows) + TAIL


def _row(number: int, claim: Claim) -> str:
    notes = [f"status {claim.status}"] * bool(claim.status) + [f"needs {claim.needs}"] * bool(claim.needs)
    says = f"{claim.says} ({', '.join(notes)})" if notes else claim.says
    cells = (number, claim.name, says, f"`{claim.command}`", claim.seconds, claim.processor, f"`{claim.line}`")
    return f"| {' | '.join(map(str, cells))} |\n"
