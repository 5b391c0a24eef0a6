"""CrossHair's contracts as rows: what it says of each beside what it has said, and the mutants that refute them.

Decides: how it reads on the page, of which share everybody is asked to wait for the answers. Must not know: what a
contract is.
"""

from collections import Counter
from collections.abc import Collection, Iterator

from tests.checks.crosshair.mutants import MUTANTS
from tests.checks.crosshair.report import Report, Said, listed, report
from tests.checks.size import Size
from tests.checks.verify.report import Row, Say, Verdict

__all__ = ["COMMAND", "FILES", "rows", "rows_of"]

COMMAND = "make crosshair"
SECTION = "CrossHair: contracts, for all values"
FILES = {
    Size.QUICK: frozenset({"tables"}),
    Size.LONG: frozenset({"tables", "numbers", "futures", "records", "traces"}),
}
"""The files that are asked, with their mutants; all of them where nothing is said."""


def rows(say: Say, size: Size) -> Iterator[Row]:
    """Ask everything, or a share, and say so."""
    known, files = listed(), FILES.get(size)
    wanted = [name for name in known if _is_in(files, name)]
    mutants = [one for one in MUTANTS if _is_in(files, one.contract)]
    found = report(lambda what: say(f"CrossHair: {what}"), wanted, mutants)
    for row, of in zip(rows_of(found), (len(known), len(MUTANTS)), strict=True):
        yield row.as_share(f"all {of} in {COMMAND}") if files else row


def _is_in(files: Collection[str] | None, contract: str) -> bool:
    return files is None or contract.partition(".")[0] in files


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
