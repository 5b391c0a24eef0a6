"""The mutants that a machine makes, on the command line. A part of the verb ``checkedpool check``.

Decides: how looking at them again is shown, for people and as JSON, and where a search writes. Must not know: how a
mutant is made, looked at or looked for. Imported by the command line only, since it needs the extra ``cli``.
"""

import json
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from checkedpool_model.checker.explore import Verdict
from checkedpool_model.cli.many import many_at_once, watched
from checkedpool_model.mutants import kills
from checkedpool_model.mutants.generated import mutants
from checkedpool_model.mutants.kill_matrix import page
from checkedpool_model.verify.mutant_check import Report, check
from checkedpool_model.verify.mutant_parts import check_together
from checkedpool_model.verify.mutant_search import search as look_for

__all__ = ["by_machine", "look_again", "plain", "search_anew"]


def by_machine(*, matrix: bool, search: bool, out: Path | None, as_json: bool, jobs: int = 1) -> Verdict:
    """Print the kill matrix, search anew, or look again: what was asked for."""
    if matrix:
        typer.echo(page(), nl=False)
        return Verdict.HOLDS
    return search_anew(out) if search else look_again(as_json=as_json, jobs=jobs)


def look_again(*, as_json: bool, jobs: int = 1) -> Verdict:
    """Look at each mutant in the graph that is stated for it, and show what came of it."""
    with watched("the generated mutants") as say, many_at_once(jobs) as executor:
        begun = perf_counter()
        report = check_together(executor, say) if executor else check(mutants(), kills.read(), say)
        report = replace(report, seconds=perf_counter() - begun)
    if as_json:
        typer.echo(json.dumps(plain(report), indent=2))
    else:
        _show(report, Console(highlight=False))
    return report.verdict


def search_anew(out: Path | None) -> Verdict:
    """Look for each mutant in all graphs, and print what ``kills.toml`` would have to say, or write it into a file."""
    screen = Console(stderr=True, highlight=False)
    made = mutants()
    found = look_for(made, kills.read(), lambda what: screen.print(Text(what), soft_wrap=True))
    text = kills.write(found)
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
    silent = [entry.name for entry in found.open if not entry.because]
    for name in silent:
        screen.print(Text(f"survives, and there is no sentence why: {name}", style="red"), soft_wrap=True)
    return Verdict.VIOLATED if silent else Verdict.HOLDS


def plain(report: Report) -> dict[str, object]:
    """The report as plain values."""
    return {
        "verdict": report.verdict.value,
        "seconds": round(report.seconds, 3),
        "mutants": report.mutants,
        **{kind: len(entries) for kind, entries in _kinds(report).items()},
        "open_mutants": [{"name": entry.name, "because": entry.because} for entry in report.kills.open],
        "problems": list(report.problems),
    }


def _kinds(report: Report) -> dict[str, tuple[object, ...]]:
    stated = report.kills
    return {"killed": stated.killed, "same": stated.same, "harmless": stated.harmless, "open": stated.open}


def _show(report: Report, console: Console) -> None:
    meaning = {
        "killed": "a claim fails",
        "same": "nothing differs",
        "harmless": "something differs, and a sentence says why that is no mistake",
        "open": "something differs, and a sentence says what is missing",
    }
    table = Table(box=None, header_style="dim")
    for title in ("generated mutants", "", ""):
        table.add_column(title)
    for kind, entries in _kinds(report).items():
        table.add_row(kind, str(len(entries)), Text(meaning[kind], style="dim"))
    console.print(table)
    for entry in report.kills.open:
        console.print(Text(f"open: {entry.name}: {entry.because}", style="yellow"), soft_wrap=True)
    for problem in report.problems:
        console.print(Text(problem, style="red"), soft_wrap=True)
    colour = "red" if report.problems else "green"
    console.print(Text.from_markup(f"\n[bold {colour}]{report.verdict.value}[/] [dim]{report.seconds:.1f} s[/]"))
