"""CrossHair's contracts as rows: what it says of each beside what it has said, and the mutants that refute them.

Decides: how it reads on the page, of which share everybody is asked to wait for the answers. Must not know: what a
contract is.
"""

from collections import Counter
from collections.abc import Iterator

from tests.checks.crosshair.mutants import MUTANTS
from tests.checks.crosshair.report import Report, Said, listed, report
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["COMMAND", "QUICK", "long_rows", "rows", "rows_of"]

COMMAND = "make crosshair"
SECTION = "CrossHair: contracts, for all values"
QUICK = frozenset({"numbers"})
"""The files that are asked where nobody is to wait long, with their mutants."""


def rows(say: Say) -> Iterator[Row]:
    """Ask a share, and say so."""
    known = listed()
    wanted = [name for name in known if _is_quick(name)]
    mutants = [one for one in MUTANTS if _is_quick(one.contract)]
    found = report(lambda what: say(f"CrossHair: {what}"), wanted, mutants)
    for row, of in zip(rows_of(found), (len(known), len(MUTANTS)), strict=True):
        yield row.as_share(f"all {of} in make crosshair")


def long_rows(say: Say) -> Iterator[Row]:
    """Ask everything."""
    yield from rows_of(report(lambda what: say(f"CrossHair: {what}"), tuple(listed())))


def _is_quick(contract: str) -> bool:
    return contract.partition(".")[0] in QUICK


def rows_of(found: Report) -> Iterator[Row]:
    """One row for the contracts, one for their mutants; each is not finished where there was no answer."""
    for name, asked in ("contracts", found.contracts), ("mutants", found.mutants):
        wrong = tuple(one.problem for one in asked if one.problem)
        broken = found.broken if asked else (*found.broken, "nothing was asked")
        yield Row(
            section=SECTION,
            name=name,
            verdict=Verdict.VIOLATED if wrong else Verdict.NOT_FINISHED if broken else Verdict.HOLDS,
            seconds=sum(one.seconds for one in asked),
            seen=_seen(asked),
            trouble=(*wrong, *broken),
            again=f'{COMMAND} ARGS="--only {name}"',
        )


def _seen(asked: tuple[Said, ...]) -> str:
    counted = Counter(one.said for one in asked)
    conditions = sum(one.conditions for one in asked if not one.mutant)
    said = ", ".join(f"{count} {what}" for what, count in counted.items())
    return f"{said}; {conditions} conditions" if conditions else said
