"""The row of the generated mutants. Decides: that none is left out when they are dealt out. Must not know: any."""

from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from checkedpool_model.mutants.generated import mutants
from checkedpool_model.mutants.kills import ByHand, Kills, Same, read
from checkedpool_model.verify import mutant_parts
from checkedpool_model.verify.mutant_check import Report
from checkedpool_model.verify.mutant_parts import LISTED_NOWHERE, PARTS, check_together, part_of
from tests.checks.size import Size
from tests.checks.verify import generated_mutants
from tests.checks.verify.generated_mutants import row_of
from tests.checks.verify.report import Verdict


def test_the_parts_together_are_all_mutants_and_all_that_is_listed() -> None:
    made = mutants()
    listed = Kills(
        same=(
            *(Same(mutant.name, f"gate#{number % 40}") for number, mutant in enumerate(made)),
            Same("of no mutant", "gate#0"),
        )
    )
    parts = [part_of(part, made, listed) for part in range(PARTS)]
    assert sorted(one.name for mine, _ in parts for one in mine) == sorted(mutant.name for mutant in made)
    assert sorted(entry.name for _, mine in parts for entry in mine.same) == sorted(e.name for e in listed.same)
    assert all({entry.name for entry in mine.same} >= {mutant.name for mutant in own} for own, mine in parts)


def test_a_mutant_that_is_listed_nowhere_is_still_in_a_part() -> None:
    made = mutants()
    assert sorted(one.name for part in range(PARTS) for one in part_of(part, made, Kills())[0]) == sorted(
        mutant.name for mutant in made
    )


def test_the_mutants_of_one_graph_are_in_one_part() -> None:
    made = mutants()[:9]
    listed = Kills(same=tuple(Same(mutant.name, "gate#0") for mutant in made))
    assert sorted(len(part_of(part, made, listed)[0]) for part in range(PARTS)) == [0] * (PARTS - 1) + [9]


def test_a_mutant_that_is_not_as_listed_fails_with_its_sentence_and_the_command() -> None:
    row = row_of([Report(3, Kills(), (), 0.1), Report(2, Kills(), ("“X” survives",), 0.1)])
    assert (row.verdict, row.trouble) == (Verdict.VIOLATED, ("“X” survives",))
    assert row.again.endswith("checkedpool check --generated")


def test_mutants_that_are_as_listed_hold_and_none_at_all_shows_nothing() -> None:
    assert row_of([Report(3, Kills(), (), 0.1)]).verdict is Verdict.HOLDS
    assert row_of([]).verdict is Verdict.NOT_FINISHED


def test_the_row_says_how_many_are_as_good_as_the_original_and_how_many_nobody_forbids() -> None:
    listed = Kills(same=(Same("A", "gate#0"),), harmless=(ByHand("B", (), "why"),), open=(ByHand("C", (), "what"),))
    assert row_of([Report(3, listed, (), 0.1)]).seen == (
        "0 of 3 caught, 2 as good as the original, 1 that no claim forbids"
    )


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The parts of which somebody has asked; nothing is explored."""
    parts: list[int] = []

    def look(part: int) -> Report:
        parts.append(part)
        return Report(2, Kills(same=(Same(f"of part {part}", "gate#0"),)), (), 0.1)

    monkeypatch.setattr(mutant_parts, "_looked_again", look)
    return parts


def test_a_share_has_mutants_that_are_caught_that_are_the_same_and_that_are_harmless_and_what_is_listed_nowhere() -> (
    None
):
    made, listed = mutants(), read()
    parts = [part_of(part, made, listed)[1] for part in generated_mutants.PARTS[Size.QUICK]]
    assert all(any(kinds) for kinds in zip(*((part.killed, part.same, part.harmless) for part in parts), strict=True))
    assert LISTED_NOWHERE in generated_mutants.PARTS[Size.QUICK]
    assert part_of(LISTED_NOWHERE, made, Kills())[0] == list(made)


def in_threads() -> Executor:
    return ThreadPoolExecutor(1)


def test_a_quick_run_looks_at_two_parts_and_says_that_it_is_a_share(
    looked_at: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generated_mutants, "pool", in_threads)
    (row,) = generated_mutants.rows(lambda _: None, Size.QUICK)
    assert looked_at == [LISTED_NOWHERE, 13]
    assert row.seen.endswith("0 of 4 caught, 2 as good as the original, 0 that no claim forbids; "
                             "a share, all of them in make verify-long")  # fmt: skip


def test_a_long_run_and_the_command_look_at_all_parts(looked_at: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generated_mutants, "pool", in_threads)
    (row,) = generated_mutants.rows(lambda _: None, Size.LONG)
    assert looked_at == list(range(PARTS))
    assert "a share" not in row.seen
    with in_threads() as executor:
        assert check_together(executor).mutants == 2 * PARTS
