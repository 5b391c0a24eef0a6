"""``make claims``: run the commands of ``docs/claims.md``, look for the lines, print a table, seconds included.

The exit status: 0 each line was seen, 1 one was not, 2 misuse, 3 a command came to no end, 130 interrupted: the table
has then what was done.

Decides: what can be asked for, how it is shown.  Must not know: any claim, how a command is run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkedpool_spec.names import did_you_mean
from tests.checks.claims.claim import Claim
from tests.checks.claims.listed import CLAIMS, SETUP, WHEN
from tests.checks.claims.page import PAGE, page
from tests.checks.claims.run import Shown, shown

COLOURS = {"holds": "green", "violated": "red", "not finished": "yellow"}
STATUS = {"holds": 0, "violated": 1, "not finished": 3}
SHOWN = 12
"""Lines, the last, of a command that has not shown its claim."""
INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> int:
    """Run, show, write."""
    parser = argparse.ArgumentParser(prog="make claims", description="Run the commands of docs/claims.md.")
    parser.add_argument("claims", metavar="CLAIM", nargs="*", help="its name or number; none: all of them")
    parser.add_argument("--list", action="store_true", help="list them")
    parser.add_argument("--json", action="store_true", help="print what was seen as JSON")
    parser.add_argument("--write", action="store_true", help="write the page, and end")
    asked = parser.parse_args(words)
    screen = Console(highlight=False)
    if asked.write:
        PAGE.write_text(page(CLAIMS, SETUP, WHEN), encoding="utf-8")
        return 0
    if asked.list:
        screen.print(_listed())
        return 0
    wanted = [_named(parser, word) for word in asked.claims] or list(CLAIMS)
    return _run(wanted, screen, as_json=asked.json)


def _named(parser: argparse.ArgumentParser, word: str) -> Claim:
    names = [claim.name for claim in CLAIMS]
    if word not in (*names, *map(str, range(1, len(CLAIMS) + 1))):
        parser.error(f"no claim is named {word!r}{did_you_mean(word, names)}; they are 1 to {len(CLAIMS)}")
    return CLAIMS[names.index(word) if word in names else int(word) - 1]


def _listed() -> Table:
    table = Table("", "claim", "what it says", "seconds", box=None, header_style="dim")
    for number, claim in enumerate(CLAIMS, 1):
        table.add_row(str(number), claim.name, claim.says, str(claim.seconds))
    return table


def _run(claims: list[Claim], screen: Console, *, as_json: bool) -> int:
    done: list[Shown] = []
    progress = Console(stderr=True)
    interrupted = False
    try:
        with progress.status("") as status:
            for claim in claims:
                status.update(Text(f"{claim.name}: {claim.command}"))
                done.append(shown(claim))
                if not progress.is_terminal:
                    progress.print(
                        Text(f"{claim.name}: {done[-1].verdict}, {done[-1].answer.seconds:.1f} s"), soft_wrap=True
                    )
    except KeyboardInterrupt:
        interrupted = True
    if as_json:
        sys.stdout.write(json.dumps([_plain(one) for one in done], indent=2) + "\n")
    else:
        _show(done, screen)
    if interrupted:
        sys.stderr.write(f"interrupted: {len(done)} of {len(claims)} were run\n")
        return INTERRUPTED
    statuses = {STATUS[one.verdict] for one in done}
    return 1 if 1 in statuses else max(statuses)


def _show(done: list[Shown], screen: Console) -> None:
    table = Table(box=None, header_style="dim")
    for title in ("claim", "seconds", "on the page", "verdict", "seen"):
        table.add_column(title, justify="right" if title in ("seconds", "on the page") else "left")
    for one in done:
        verdict = Text(one.verdict, style=COLOURS[one.verdict])
        seconds = f"{one.answer.seconds:.1f}", str(one.claim.seconds)
        table.add_row(one.claim.name, *seconds, verdict, Text(one.seen or one.answer.ended))
    screen.print(table)
    for one in done:
        if one.verdict != "holds":
            screen.print(Text(f"\n{one.claim.name}: {one.claim.command}", style="bold"), soft_wrap=True)
            screen.print(
                Text(f"must print: {one.claim.line}; status {one.answer.status}; its last lines:"), soft_wrap=True
            )
            screen.print(Text("\n".join(f"  │ {line}" for line in one.answer.lines[-SHOWN:])), soft_wrap=True)


def _plain(one: Shown) -> dict[str, object]:
    return {
        "name": one.claim.name,
        "says": one.claim.says,
        "command": one.claim.command,
        "verdict": one.verdict,
        "status": one.answer.status,
        "seen": one.seen,
        "seconds": round(one.answer.seconds, 1),
        "seconds_on_the_page": one.claim.seconds,
    }


if __name__ == "__main__":
    sys.exit(main())
