"""What became of each mutant that was tried: the test that sees it, or why none can; and what that comes to.

Decides: how it is written down, so that a run that is cut loses nothing; the page.  Must not know: how a mutant is made
or seen.
"""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.checks.mutation.checks import PAGE

__all__ = ["Argued", "Results", "tally"]

CAUGHT = Path(__file__).with_name("caught.toml")
ARGUED = Path(__file__).with_name("equivalent.toml")
HEAD = """\
# Made by `make mutation`: each mutant that was tried, and the test that sees it; "" where none does.
"""
PAGE_HEAD = """\
# Mutants made by rule

Made by `make mutation` from what it writes down (`tests/checks/mutation/caught.toml`, `equivalent.toml`). A test
compares. A rule changes an operator, a condition, a number or a choice, drops a statement or makes it too early.

*Caught*: a test fails with the mutant and passes without it. *Argued*: nobody can tell it from the original,
and here is why. The *score* is the share of the others that is caught.

"""


@dataclass(frozen=True, slots=True)
class Argued:
    """Why a mutant changes nothing that anybody can observe; it holds for this change alone."""

    change: str
    because: str


@dataclass(slots=True)
class Results:
    """What both files say."""

    caught: dict[str, str] = field(default_factory=dict)
    """The test that sees it; "" if none does."""
    argued: dict[str, Argued] = field(default_factory=dict)

    @classmethod
    def read(cls, caught: Path = CAUGHT, argued: Path = ARGUED) -> Results:
        """As they are now; of a mutant that is argued away nothing else is known."""
        told = {name: Argued(**said) for name, said in tomllib.loads(argued.read_text(encoding="utf-8")).items()}
        seen: dict[str, str] = tomllib.loads(caught.read_text(encoding="utf-8"))
        return cls({name: test for name, test in seen.items() if test or name not in told}, told)

    def write(self, order: Iterable[str], caught: Path = CAUGHT) -> None:
        """What was caught or survives, of the mutants that there are, in their order."""
        self.caught = {name: self.caught[name] for name in order if name in self.caught}
        lines = [f"{json.dumps(name)} = {json.dumps(test, ensure_ascii=False)}" for name, test in self.caught.items()]
        beside = caught.with_suffix(".new")
        beside.write_text("\n".join((HEAD, *lines)) + "\n", encoding="utf-8")
        beside.replace(caught)

    def likely(self, file: str, function: str, many: int = 12) -> tuple[str, ...]:
        """The tests that see other mutants of this file: those of this function first, then who sees most."""
        of_file = [name for name, test in self.caught.items() if "::" in test and name.startswith(f"{file} ")]
        times = Counter(self.caught[name] for name in of_file)
        near = {self.caught[name] for name in of_file if name.startswith(f"{file} {function}:")}
        return tuple(sorted(times, key=lambda test: (test not in near, -times[test]))[:many])

    def score(self) -> str:
        """In one line."""
        *_, (_, many, caught, argued, alive, score) = tally(self.caught, self.argued, lambda _: "all")
        return f"by rule (make mutation): {many} mutants, {caught} caught, {argued} argued, {alive} survive: {score}"

    def page(self) -> str:
        """The page: files, kinds of check, arguments, and what nobody sees."""
        files = tally(self.caught, self.argued, lambda name: name.partition(" ")[0])
        kinds = Counter(_kind_of_check(test) for test in self.caught.values() if test)
        alive = [name for name, test in self.caught.items() if not test]
        lines = ["| file | mutants | caught | argued | survive | score |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
        lines += [f"| {file} | {' | '.join(cells)} |" for file, *cells in files]
        lines += ["", "| seen by | mutants |", "| --- | ---: |"]
        lines += [f"| `{kind}` | {times} |" for kind, times in kinds.most_common()]
        lines += ["", "## Argued", "", *_arguments(self.argued)]
        if alive:
            lines += ["", "## Seen by nobody", "", *(f"- {name}" for name in alive)]
        return PAGE_HEAD + "\n".join(lines) + "\n"

    def write_page(self, page: Path = PAGE) -> None:
        """Where the documents find it."""
        page.write_text(self.page(), encoding="utf-8")


def tally(caught: dict[str, str], argued: Iterable[str], group: Callable[[str], str]) -> Iterator[tuple[str, ...]]:
    """For each group, and for all: mutants, caught, argued, alive, score."""
    counts: dict[str, Counter[str]] = {}
    for name, test in caught.items():
        counts.setdefault(group(name), Counter())["caught" if test else "alive"] += 1
    for name in argued:
        counts.setdefault(group(name), Counter())["argued"] += 1
    rows = dict(sorted(counts.items()))
    rows["all"] = sum(counts.values(), Counter())
    for title, seen in rows.items():
        counted = seen["caught"] + seen["alive"]
        score = f"{100 * seen['caught'] / counted:.0f} %" if counted else "–"
        yield title, *map(str, (seen.total(), seen["caught"], seen["argued"], seen["alive"])), score


def _kind_of_check(test: str) -> str:
    folder = Path(test.partition("::")[0])
    return (folder if folder.suffix != ".py" else folder.parent).as_posix()


def _arguments(argued: dict[str, Argued]) -> Iterator[str]:
    """The mutants of the same argument together."""
    sentences: dict[str, list[str]] = {}
    for name, said in argued.items():
        sentences.setdefault(said.because, []).append(f"{name} (`{said.change}`)")
    for because, names in sentences.items():
        yield f"- {'; '.join(names)}: {because}"
