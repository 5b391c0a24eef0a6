"""Numbers in the documents that count something in the code.

Decides: that each is the code's, and that none of them is looked for in vain. Must not know: why it is so many.
"""

import re
from collections.abc import Callable

import pytest

from checkedpool._core.tables import WORKER
from checkedpool.rooms import ROOMS
from checkedpool.testing.audit.run import generate
from checkedpool_model.museum import EXHIBITS, exhibit_named
from checkedpool_model.proof.mutants import MUTANTS
from checkedpool_model.proof.system import ACTIONS
from checkedpool_spec.contract import RULES
from tests.checks.kills.points import POINTS, Work
from tests.checks.mutants import ladder
from tests.checks.tlc.text import variants, wrong_lines
from tests.checks.tlc.tiny import GRAPHS
from tests.repo.tree import ROOT

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def number(said: str) -> int:
    """A number, in digits or in words."""
    if said.isdigit():
        return int(said)
    if said in ONES:
        return ONES.index(said)
    ten, _, one = said.partition("-")
    return 10 * (TENS.index(ten) + 2) + (ONES.index(one) if one else 0)


def points_with(*works: Work) -> int:
    return sum(point.work in works for point in POINTS)


CLAIMS: tuple[tuple[str, str, Callable[[], int]], ...] = (
    ("README.md", "NUMBER famous hangs of other executors", lambda: len(EXHIBITS)),
    ("docs/architecture.md", "one table of NUMBER states", lambda: len(WORKER)),
    ("docs/audit.md", "the first NUMBER are every single action", lambda: len(list(generate._single()))),
    ("docs/testing.md", r"of the real pool against the contract \(NUMBER scenarios\)", lambda: len(ladder.SCENARIOS)),
    ("docs/testing.md", "traces of NUMBER real runs", lambda: ladder.RUNS + 1),
    ("docs/tour.md", r"which has the famous ones, is longer than NUMBER\.", lambda: max(one.steps for one in EXHIBITS)),
    ("docs/tour.md", "the model has NUMBER states", lambda: exhibit_named("lost-task").broken_states),
    ("docs/tour.md", "The whole design has NUMBER states", lambda: exhibit_named("stale-token").broken_states),
    ("docs/tour.md", "`make kills` does so at NUMBER points", lambda: len(POINTS)),
    ("docs/traces.md", "`make kills` does so at NUMBER points", lambda: len(POINTS)),
    ("docs/traces.md", "at NUMBER points the victim has one", lambda: points_with(Work.LARGE_CALL, Work.LARGE_ANSWER)),
    ("docs/traces.md", "at NUMBER the parent has not read all", lambda: points_with(Work.UNREAD_ANSWER)),
    ("docs/verification.md", "NUMBER actions stand for the model's", lambda: len(ACTIONS)),
    ("docs/verification.md", "each conjunct that is no claim: NUMBER in all", lambda: len(MUTANTS)),
    ("docs/verification.md", "the model's NUMBER mutants once more", lambda: len(variants())),
    ("docs/verification.md", "NUMBER wrong lines, each", lambda: len(wrong_lines())),
    ("docs/verification.md", "NUMBER graphs with known answers", lambda: len(GRAPHS)),
    ("docs/verification.md", "NUMBER rules, each naming its clauses", lambda: len(RULES)),
)


@pytest.mark.parametrize(("document", "words", "counted"), CLAIMS, ids=[words for _, words, _ in CLAIMS])
def test_a_number_in_a_document_is_what_there_is(document: str, words: str, counted: Callable[[], int]) -> None:
    text = " ".join((ROOT / document).read_text().split())
    said = re.findall(words.replace("NUMBER", r"([a-z0-9-]+)"), text)
    assert [number(one) for one in said] == [counted()]


def test_the_table_of_checks_has_a_row_for_each_kind_that_is_on_the_ladder() -> None:
    table = (
        (ROOT / "docs/testing.md").read_text().partition("the mutant that only this kills |\n")[2].partition("\n\n")[0]
    )
    kills = [row.rpartition("|")[0].rpartition("|")[2].strip() for row in table.splitlines()[1:]]
    assert len(kills) == len(ladder.LADDER)
    named = {witness.mutant.replace("running()", "`running()`") for witness in ladder.WITNESSES}
    assert [kill for kill in kills if kill.partition(":")[0] not in named] == []


def test_the_limits_say_of_each_fast_room_what_ties_it_to_the_plain_pool() -> None:
    table = (ROOT / "docs/limits.md").read_text().partition("| room | what ties it")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(room.name for room in ROOMS)


def test_numbers_are_read_in_digits_and_in_words() -> None:
    assert [number(said) for said in ("33", "nine", "seventeen", "twenty-two", "thirty")] == [33, 9, 17, 22, 30]
