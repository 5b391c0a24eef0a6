"""The clauses that the package carries are the contract's.  Decides: that.  Must not know: what any of them says."""

import pytest

from checkedpool_spec.clauses import sentence, sentences
from tests.repo.clauses import CLAUSES, CONTRACT, first_sentences, written


def test_the_package_carries_the_contracts_own_sentences() -> None:
    found = first_sentences(CONTRACT.read_text(encoding="utf-8"))
    assert CLAUSES.read_text(encoding="utf-8") == written(found)
    assert sentences() == found


def test_every_number_has_its_sentence() -> None:
    numbers = [int(clause.removeprefix("C-")) for clause in sentences()]
    assert numbers == [*range(1, len(numbers) + 1)]
    assert all(text.endswith(".") for text in sentences().values())
    assert sentence("C-04") == "RUNNING means begun."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("**C-01 It ends.** Always. (own)\n\n", "It ends."),
        ("**C-02 Drain**: what\nhas begun ends. (docs: a.b; gh-1)\n\n", "Drain: what has begun ends."),
        ("**C-03 `a(**b)`** gives `c.d`, and no more.\nIt stops.\n\n", "`a(**b)` gives `c.d`, and no more."),
        ("**C-04 All of it.** gevent too. (own)\n\n", "All of it."),
    ],
)
def test_a_first_sentence_ends_where_it_ends(text: str, says: str) -> None:
    assert list(first_sentences(text).values()) == [says]
