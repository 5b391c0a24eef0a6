"""``make doubt``: plant a bug of one's choice in a copy of the project, and see which check names it, and how.

Without a bug they are listed.  A bug is named by its number, its name or a word of it; ``--all`` plants one after the
other.  The exit status: 0 each was caught by its check, in its words; 1 one was not, or its check fails without the bug
too; 2 misuse; 3 a check came to no end; 130 interrupted.

Decides: what can be asked for, how it is shown.  Must not know: what is planted, how a check is run.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from checkedpool_spec.names import did_you_mean
from tests.checks.answers import Answer
from tests.checks.doubt.bug import Bug
from tests.checks.doubt.listed import BUGS, bugs_named
from tests.checks.doubt.plant import Fate, Verdict, copied, doubted

COLOURS = {Verdict.CAUGHT: "green", Verdict.SURVIVES: "bold red", Verdict.NOT_FINISHED: "yellow"}
CHANGES = {"+": "green", "-": "red", "@": "cyan"}
"""How lines of a diff begin, and how these look."""
SHOWN = 32
"""Lines of what a check says that are shown: those around the one that names the bug."""
INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> int:
    """List, or plant and ask."""
    parser = argparse.ArgumentParser(
        prog="make doubt", description="Plant a bug in a copy of the project, and see it caught.", epilog="ARGS=7"
    )
    parser.add_argument("bugs", metavar="BUG", nargs="*", help="its number, its name or a word of it; none: list them")
    parser.add_argument("--all", action="store_true", help="plant one after the other")
    parser.add_argument("--json", action="store_true", help="print what there is, or what was seen, as JSON")
    asked = parser.parse_args(words)
    if asked.all and asked.bugs:
        parser.error("give bugs, or --all for each of them")
    screen = Console(highlight=False)
    wanted = list(BUGS) if asked.all else [_wanted(parser, word) for word in asked.bugs]
    try:
        return _doubted(wanted, screen, as_json=asked.json) if wanted else _listed(screen, as_json=asked.json)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return INTERRUPTED


def _wanted(parser: argparse.ArgumentParser, word: str) -> Bug:
    found = bugs_named(word)
    if len(found) != 1:
        names = [bug.name for bug in found or BUGS]
        near = f": {', '.join(names)}" if found else did_you_mean(word, names)
        parser.error(f"{'several bugs are' if found else 'no bug is'} named {word!r}{near}; they are 1 to {len(BUGS)}")
    return found[0]


def _number(bug: Bug) -> int:
    return BUGS.index(bug) + 1


# --- which there are --------------------------------------------------------------------------------------------------


def _listed(screen: Console, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps([_plain(bug) for bug in BUGS], indent=2) + "\n")
        return 0
    table = Table(box=None, show_header=False)
    for part, bugs in groupby(BUGS, key=lambda bug: bug.part):
        table.add_row("", Text(f"in the {part}", style="dim"))
        for bug in bugs:
            table.add_row(Text(str(_number(bug)), style="bold"), bug.name, bug.does)
    screen.print(table)
    screen.print(Text("\nmake doubt ARGS=7 plants one in a copy, ARGS=--all each of them", style="dim"))
    return 0


# --- one after the other ----------------------------------------------------------------------------------------------


def _doubted(wanted: list[Bug], screen: Console, *, as_json: bool) -> int:
    """One is shown whole; of several there is a line each, and whole is shown what was not caught."""
    fates: list[Fate] = []
    alone = len(wanted) == 1
    progress = Console(stderr=True)
    with progress.status("copying") as status, copied() as copy:
        for bug in wanted:
            if alone and not as_json:
                screen.print(_planted(bug), soft_wrap=True)
            status.update(Text(f"{_number(bug)}. {bug.name}: {bug.check}"))
            fate = doubted(copy, bug, control=alone)
            fates.append(fate)
            if not as_json:
                screen.print(*([_answers(fate)] if alone else _line(fate)), soft_wrap=True)
    if as_json:
        seen = [_plain(fate.bug) | _plain_fate(fate) for fate in fates]
        sys.stdout.write(json.dumps(seen[0] if alone else seen, indent=2) + "\n")
    elif not alone:
        screen.print(_sum(fates), soft_wrap=True)
    statuses = {fate.verdict.exit_status for fate in fates}
    return 1 if 1 in statuses else max(statuses)


def _planted(bug: Bug) -> Group:
    """What is planted, and who is asked."""
    return Group(
        Text(f"{_number(bug)}. {bug.name}", style="bold"),
        Text(f"{bug.does}\n"),
        *(Text(f"  {line}", style=CHANGES.get(line[:1], "")) for line in bug.diff()),
        Text.assemble("\n", ("asked in a copy with this change: ", "dim"), f"{bug.check}\n"),
    )


def _answers(fate: Fate) -> Group:
    """What the check says, and what became of the bug."""
    return Group(*_words(fate), Text(), *_verdict(fate))


def _words(fate: Fate) -> Iterator[Text]:
    lines = fate.broken.lines
    at = next((number for number, line in enumerate(lines) if fate.bug.says in line), len(lines))
    first = max(0, min(at - SHOWN // 2, len(lines) - SHOWN))
    if first:
        yield Text(f"    … {first} lines", style="dim")
    for line in lines[first : first + SHOWN]:
        yield Text(f"  │ {line}", style="bold yellow" if fate.bug.says in line else "")
    if len(lines) > first + SHOWN:
        yield Text(f"    … {len(lines) - first - SHOWN} lines", style="dim")


def _verdict(fate: Fate) -> Iterator[Text]:
    colour, broken, whole = COLOURS[fate.verdict], fate.broken, fate.whole
    told = f"it says {fate.said!r}" if fate.said else f"no line has the words {fate.bug.says!r}"
    yield Text.assemble((fate.verdict.value, colour), f"  {broken.ended}; {told}")
    if whole:
        holds = whole.status == 0
        yield Text.assemble(
            ("without it", "green" if holds else "bold red"), f"  {whole.ended}: the same check, the same copy",
        )  # fmt: skip


def _line(fate: Fate) -> Iterator[Text | Group]:
    bug, colour = fate.bug, COLOURS[fate.verdict]
    head = f"{_number(bug):3} {bug.name:26} {bug.part:17} {fate.broken.seconds:5.1f} s  "
    yield Text.assemble((f"{fate.verdict.value:12}", colour), head, (fate.said or fate.broken.ended, "dim"))
    if fate.verdict is not Verdict.CAUGHT:
        yield Group(_planted(bug), _answers(fate))


def _sum(fates: list[Fate]) -> Text:
    caught = sum(fate.verdict is Verdict.CAUGHT for fate in fates)
    seconds = sum(fate.broken.seconds for fate in fates)
    note = "that each check holds where nothing is broken, make doubt ARGS=NUMBER shows"
    return Text(f"\n{caught} of {len(fates)} caught, {seconds:.0f} s; {note}")


# --- for programs -----------------------------------------------------------------------------------------------------


def _plain(bug: Bug) -> dict[str, object]:
    return {"number": _number(bug), "name": bug.name, "part": bug.part, "does": bug.does, "check": bug.check}


def _plain_fate(fate: Fate) -> dict[str, object]:
    return {
        "verdict": fate.verdict.value,
        "said": fate.said,
        "diff": list(fate.bug.diff()),
        "with": _plain_answer(fate.broken),
        "without": _plain_answer(fate.whole) if fate.whole else None,
    }


def _plain_answer(answer: Answer) -> dict[str, object]:
    return {"status": answer.status, "seconds": round(answer.seconds, 2), "lines": list(answer.lines)}


if __name__ == "__main__":
    sys.exit(main())
