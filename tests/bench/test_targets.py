"""What was asked for and what is said of it."""

from pathlib import Path

import pytest

from tests.bench.making import cell, line, lines, without
from tests.bench.results import Ending, Line
from tests.bench.targets import Verdict, asked_for, best_peers, earlier, shown, verdicts

ASKED = asked_for()


def the_verdict(*given: Line) -> Verdict:
    [verdict] = verdicts(lines(*given), ASKED)
    return verdict


@pytest.mark.parametrize(("cost", "reached"), [(1.0, True), (1.1, False)])
def test_a_speed_is_reached_if_the_median_of_the_ratios_is(cost: float, *, reached: bool) -> None:
    least = ASKED["least"]["tiny-1"]
    seen = the_verdict(line("tiny-1", cell("standard", least, least), cell("checkedpool", cost, cost)))
    assert seen.reached is reached


@pytest.mark.parametrize(("costs", "reached"), [((1.5, 1.0), True), ((1.5, 1.1), False), ((0.5, 0.5), True)])
def test_not_slower_means_that_the_spread_includes_one_or_lies_above(
    costs: tuple[float, ...], *, reached: bool
) -> None:
    seen = the_verdict(line("start-fork", cell("standard", 1.0, 1.0), cell("checkedpool", *costs)))
    assert seen.reached is reached


@pytest.mark.parametrize(("seconds", "reached"), [(0.02, True), (0.03, False), (0.0, True)])
def test_a_limit_is_compared_in_the_unit_of_its_row(seconds: float, *, reached: bool) -> None:
    assert the_verdict(line("mix", cell("checkedpool", seconds))).reached is reached


@pytest.mark.parametrize(("last", "reached"), [(1.4, True), (1.6, False)])
def test_the_cost_of_a_task_may_not_grow_with_what_is_pending(last: float, *, reached: bool) -> None:
    rows = zip(ASKED["flat"]["rows"], (1.0, 1.2, last), strict=True)
    seen = verdicts(lines(*(line(row, cell("checkedpool", cost)) for row, cost in rows)), ASKED)
    assert [verdict.reached for verdict in seen if verdict.asked.startswith("cost")] == [reached]


def test_what_was_not_measured_is_neither_reached_nor_not() -> None:
    seen = the_verdict(line("tiny-1", cell("standard", 1.0), without("checkedpool", Ending.HUNG)))
    assert (seen.seen, seen.reached) == ("–", None)


def test_the_fastest_of_the_other_process_pools_is_the_one_to_compare_with() -> None:
    cells = [cell("standard", 8.0), cell("checkedpool", 2.0), cell("loky", 3.0), cell("threads", 0.5)]
    [seen] = best_peers(lines(line("tiny-1", *cells, without("mpire", Ending.HUNG))), ASKED)
    assert (seen.asked, seen.seen, seen.reached) == ("1.1 × loky", "1.50", True)


def test_a_target_for_a_row_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "targets.toml"
    path.write_text("[least]\nfast = 1\n[not-slower]\nrows = []\n[most]\n[flat]\nrows = []\n")
    with pytest.raises(ValueError, match=r"targets\.toml names rows that do not exist: fast"):
        asked_for(path)


def test_a_ratio_is_shown_with_its_spread() -> None:
    assert shown(line("tiny-1", cell("standard", 1.0, 2.0), cell("loky", 1.0, 1.0)).ratio("loky")) == "1.50 (1.00–2.00)"


@pytest.mark.parametrize(("costs", "reached"), [((1.5, 1.0), True), ((1.5, 1.1), False)])
def test_beside_itself_at_a_commit_the_spread_includes_one_or_lies_above(
    costs: tuple[float, ...], *, reached: bool
) -> None:
    measured = line("latency", cell("checkedpool", *costs), cell("at-abc", 1.0, 1.0), cell("loky", 1.0, 1.0))
    [seen] = earlier(lines(measured))
    assert (seen.asked, seen.reached) == ("not slower than at-abc", reached)
    assert [verdict.asked for verdict in best_peers(lines(measured), ASKED)] == ["1.1 × loky"]
