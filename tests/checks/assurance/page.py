"""The page: which clause is checked by what, how often, and what rests on little.

Decides: how it reads. Must not know: where a check says what it carries (``carriers``).

Small numbers are exact, larger ones are not: whether a clause has one test or two matters, whether it has nine or ten
does not, and nobody is to make the page again for that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from checkedpool_model import runs
from checkedpool_model.mutants import kills
from checkedpool_model.mutants.generated import mutants
from checkedpool_model.proof.conjuncts import INVARIANT
from checkedpool_model.proof.system import ACTIONS as RELATIONS
from checkedpool_model.protocol.actions import ACTIONS
from tests.checks.assurance.asking import ROOT, Asking, asking
from tests.checks.assurance.carriers import COLUMNS, EVERY_CASE, TESTS, Carrier, carriers, claims
from tests.checks.conformance import counts
from tests.checks.conformance.scopes import FAMILIES
from tests.checks.size import Size

__all__ = ["MADE_BY", "PAGE", "Assurance", "assurance", "page"]

PAGE = ROOT / "docs/generated/assurance.md"
MADE_BY = "python -m tests.checks.assurance > docs/generated/assurance.md"
MANY = 3
"""From here on a number is "3+"."""

HEAD = """\
# What checks each clause

Made by `{made_by}` from what the checks say
themselves. A test compares.

- **{formal} of {all} clauses** of `spec/contract.md` are carried by more than tests by example.
- **{only} rest on such tests alone.** Rest on a single test: {which}. On the tests of one file: {filed}.
- Of the others {cases} rest on tests that ask every case of a finite set, beside those by example, and on no other
  kind.
- No clause is without a test or a check.

A check *carries* a clause if it names the clause and a listed mutant that breaks the clause is refused by it. The lists
are those of `make verify`, `make mutants`, `make proof`, `make tlc` and `make test`, which break each mutant anew. So
no cell is written by hand: a claim that has refused no mutant is not in the table, but below it.

How to read a cell: so many checks, exact below three. Of tests by example it is how many name the clause. In brackets
stands how many of them were seen failing, by a mutant or by CPython's executor.
"""


class Assurance:
    """What the checks carry."""

    def __init__(self) -> None:
        text = (ROOT / "spec/contract.md").read_text(encoding="utf-8")
        self.clauses = {number: _title(title) for number, title in re.findall(TITLE.format("C"), text, MULTI)}
        self.carriers = carriers()

    def carried(self, column: str, clause: str) -> list[Carrier]:
        """The checks of this kind that carry it."""
        return [one for one in self.carriers[column] if clause in one.clauses and one.refused]

    def tests(self, clause: str) -> list[Asking]:
        """The tests by example that name it."""
        return [test for test in asking() if clause in test.clauses and not test.every]

    def formal(self, clause: str) -> list[str]:
        """The kinds of checks beside tests by example that carry it."""
        return [column.name for column in COLUMNS if column is not TESTS and self.carried(column.name, clause)]

    @cached_property
    def on_tests_alone(self) -> tuple[str, ...]:
        """What nothing but tests by example checks."""
        return tuple(clause for clause in self.clauses if not self.formal(clause))

    @cached_property
    def on_one_test(self) -> tuple[str, ...]:
        """Of these, what a single test checks."""
        return tuple(clause for clause in self.on_tests_alone if len(self.tests(clause)) == 1)

    @cached_property
    def on_one_file(self) -> tuple[str, ...]:
        """Of these, what the tests of one file check."""
        return tuple(clause for clause in self.on_tests_alone if len({test.file for test in self.tests(clause)}) == 1)

    @cached_property
    def on_every_case(self) -> tuple[str, ...]:
        """What no more than tests that ask every case of something check."""
        return tuple(clause for clause in self.clauses if self.formal(clause) == [EVERY_CASE.name])

    @cached_property
    def on_nothing(self) -> tuple[str, ...]:
        """What nobody checks."""
        return tuple(clause for clause in self.on_tests_alone if not self.tests(clause))

    def named_in_vain(self, column: str) -> Iterator[Carrier]:
        """Checks that name a clause and have refused no listed mutant."""
        return (one for one in self.carriers[column] if not one.refused)


MULTI = re.MULTILINE | re.DOTALL
TITLE = r"^\*\*({}-\d+) (.+?)\*\*(?!\w)"
"""Two stars before a word begin the name of a parameter."""


def _title(text: str) -> str:
    return " ".join(text.split()).rstrip(".")


def page() -> str:
    """All of it."""
    found = Assurance()
    only, single = found.on_tests_alone, found.on_one_test
    parts = [HEAD.format(
        made_by=MADE_BY, all=len(found.clauses), formal=len(found.clauses) - len(only), only=len(only),
        which=f"{len(single)}, {', '.join(single)}" if single else "none", filed=len(found.on_one_file),
        cases=len(found.on_every_case),
    )]  # fmt: skip
    parts += ["## The kinds of checks", "", *_kinds(found), ""]
    parts += ["## The clauses of the contract", "", *_table(found), ""]
    parts += ["## What rests on tests alone", "", *_alone(found), ""]
    parts += ["## One check of each kind", "", EXAMPLES, *_examples(found), ""]
    parts += ["## Named, and not carried", "", IN_VAIN, *_in_vain(found), ""]
    parts += ["## The clauses of the protocol", "", PROTOCOL, *_protocol(), ""]
    return "\n".join(parts)


# --- the parts --------------------------------------------------------------------------------------------------------


def _kinds(found: Assurance) -> Iterator[str]:
    yield from _head("kind", "what it looks at", "what earns a cell", "again with", "clauses")
    quick = [run for run in runs.read().scopes if run.time == "quick"]
    known = {count.name: count for count in counts.read()}
    graphs = [known[family.name] for family in FAMILIES if family.size is Size.QUICK]
    numbers = {
        "scopes": len(quick), "states": sum(run.states for run in quick), "graphs": sum(one.graphs for one in graphs),
        "worlds": sum(one.states for one in graphs),
    }  # fmt: skip
    files = " ".join(sorted({test.file for test in asking() if test.every}))
    for column in COLUMNS:
        carried = sum(bool(found.tests(one) if column is TESTS else found.carried(column.name, one))
                      for one in found.clauses)  # fmt: skip
        command = column.command.format(files=files)
        yield _row(f"**{column.name}**", column.what.format(**numbers), column.rule, f"`{command}`", carried)


def assurance() -> list[tuple[str, ...]]:
    """The table of clauses and kinds of checks, its first row the head."""
    return list(_cells(Assurance()))


def _table(found: Assurance) -> Iterator[str]:
    head, *rows = _cells(found)
    yield from _head(*head)
    yield from (_row(*row) for row in rows)


def _cells(found: Assurance) -> Iterator[tuple[str, ...]]:
    yield ("clause", "", *(column.name for column in COLUMNS))
    for clause, title in found.clauses.items():
        cells = [_so_many(len(found.carried(column.name, clause))) for column in COLUMNS if column is not TESTS]
        tests = found.tests(clause)
        failing = sum(bool(test.refused) for test in tests)
        yield (clause, title, *cells, f"{_so_many(len(tests))} ({_so_many(failing) or 0})" if tests else "")


def _alone(found: Assurance) -> Iterator[str]:
    for clause in found.on_tests_alone:
        files = sorted({test.file for test in found.tests(clause)})
        how = "a single test" if clause in found.on_one_test else f"{_so_many(len(found.tests(clause)))} tests"
        yield f"- **{clause}** {found.clauses[clause]}: {how} in {', '.join(f'`{file}`' for file in files)}"


EXAMPLES = "Of each kind that carries a clause one check, and one mutant that it has refused.\n"
IN_VAIN = """\
These name a clause, and no listed mutant shows that they can fail for it. Some mutants are noticed by another claim
first. They are credited with nothing.
"""
PROTOCOL = """\
A clause of `spec/protocol.md` stands for actions of the model. A machine breaks each action in small ways, and mutants
by hand break some; a mutant is refused by whichever claim it breaks. The other columns count claims that name the
clause, and conjuncts and actions of the proof.
"""


def _examples(found: Assurance) -> Iterator[str]:
    for clause in found.clauses:
        named = list(_example(found, clause))
        if named:
            yield f"- **{clause}**: {'; '.join(named)}"


def _example(found: Assurance, clause: str) -> Iterator[str]:
    for column in COLUMNS:
        carried = found.carried(column.name, clause)
        if carried and column is not TESTS:
            yield f"{column.name}: `{carried[0].name}`, by “{carried[0].refused[0]}”"


def _in_vain(found: Assurance) -> Iterator[str]:
    for column in COLUMNS:
        idle = [f"`{one.name}` ({', '.join(one.clauses)})" for one in found.named_in_vain(column.name)]
        if idle and column is not TESTS:
            yield f"- {column.name}: {', '.join(dict.fromkeys(idle))}"


def _protocol() -> Iterator[str]:
    yield from _head("clause", "", "actions", "their mutants", "refused", "claims", "in the proof")
    text = (ROOT / "spec/protocol.md").read_text(encoding="utf-8")
    made = Counter(mutant.action for mutant in mutants())
    noticed = Counter(killed.name.split()[0] for killed in kills.read().killed)
    named = Counter(clause for clauses in claims().values() for clause in clauses)
    proved = Counter([*(one.clause for one in INVARIANT), *(action.clause for action in RELATIONS)])
    for clause, title in re.findall(TITLE.format("P"), text, MULTI):
        actions = [action.name for action in ACTIONS if action.clause == clause]
        numbers = (
            len(actions), sum(made[name] for name in actions), sum(noticed[name] for name in actions), named[clause],
            proved[clause],
        )  # fmt: skip
        yield _row(clause, _title(title), *(number or "" for number in numbers))


# --- Markdown ---------------------------------------------------------------------------------------------------------


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield _row(*("---" for _ in names))


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _so_many(number: int) -> str:
    return "" if not number else str(number) if number < MANY else f"{MANY}+"
