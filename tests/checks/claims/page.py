"""The page of claims, made of the list.

    python -m tests.checks.claims --write     writes it

Decides: what stands around the tables, what of a claim is a cell.  Must not know: any claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from tests.checks.claims.claim import ANY, Claim

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parents[3] / "docs/claims.md"
HEAD = f"""\
# What is claimed, and how to see it

Each claim has a command, and a line that the command must print. What differs from run to run is {ANY} here. Nobody has
to be believed: thirty minutes with a fresh clone are enough for the first table.

```console
$ git clone REPOSITORY checkedpool && cd checkedpool
$ make .venv/.ready              # sets up everything, {{setup}}
$ . .venv/bin/activate           # so that checkedpool and python are those of the clone
```

The seconds are those of {{when}}, from such a clone, on two cores that others were using too. `make claims` runs
the commands of this page, looks for the lines and prints a table, seconds included. `make claims ARGS=museum` runs
one, `ARGS=--all` the second table too. This page is made of the list that it runs (`tests/checks/claims/listed.py`).

## In half an hour

These take {{minutes}} minutes together.

"""
LONGER = """\

## Longer

"""
TAIL = """\

## What none of this shows

[Limits](limits.md) says what these checks leave out. A check that cannot fail shows nothing: `make doubt` plants a bug
of your choice in a copy of the project, and shows which check names it ([Verdicts](verification.md#doubt)).
"""


def page(quick: Sequence[Claim], longer: Sequence[Claim], setup: str, when: str) -> str:
    """All of it."""
    minutes = round(sum(claim.seconds for claim in quick) / 60)
    numbers = count(1)
    parts = (
        HEAD.format(setup=setup, when=when, minutes=minutes), *_table(quick, numbers),
        LONGER, *_table(longer, numbers), TAIL,
    )  # fmt: skip
    return "".join(parts)


def _table(claims: Sequence[Claim], numbers: Iterator[int]) -> Iterator[str]:
    yield "| | claim | command | seconds | the line to see |\n| ---: | --- | --- | ---: | --- |\n"
    for claim in claims:
        needs = f" (needs {claim.needs})" if claim.needs else ""
        yield f"| {next(numbers)} | {claim.says}{needs} | `{claim.command}` | {claim.seconds:,} | `{claim.line}` |\n"
