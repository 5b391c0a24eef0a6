"""Medians, ratios and idleness, by numbers that can be checked in the head."""

import pytest

from tests.bench.arithmetic import Spread, longest_idle, ratios, spread
from tests.bench.units import MEGABYTES, MICROSECONDS, number


def test_a_ratio_says_how_many_times_as_fast_in_the_same_round() -> None:
    assert ratios(of=[1.0, 2.0], to=[4.0, 2.0]) == [4.0, 1.0]


def test_a_round_without_both_costs_gives_no_ratio() -> None:
    assert ratios(of=[None, 2.0, 0.0, 5.0], to=[4.0, None, 2.0, 0.0]) == []


def test_a_spread_is_the_least_the_median_and_the_greatest() -> None:
    assert spread([3.0, 9.0, 1.0, 4.0]) == Spread(1.0, 3.5, 9.0)
    assert spread([]) is None


def test_nobody_is_idle_while_all_workers_work() -> None:
    assert longest_idle([("a", 0, 5), ("b", 0, 2), ("b", 2, 4)], workers=2, begin=0) == 0


def test_a_worker_that_waits_while_a_task_waits_is_idle() -> None:
    assert longest_idle([("a", 0, 5), ("b", 0, 2), ("b", 4, 5)], workers=2, begin=0) == 2


def test_a_short_task_behind_a_long_one_shows_as_the_other_workers_idleness() -> None:
    assert longest_idle([("a", 0, 50), ("a", 50, 51), ("b", 0, 1)], workers=2, begin=0) == 49


def test_a_worker_that_never_got_a_task_was_idle_all_the_time() -> None:
    assert longest_idle([("a", 0, 5), ("a", 5, 9)], workers=2, begin=0) == 5


def test_after_the_last_task_has_begun_nobody_has_to_work() -> None:
    assert longest_idle([("a", 0, 5), ("b", 0, 90)], workers=2, begin=0) == 0


def test_the_time_before_the_first_task_counts() -> None:
    assert longest_idle([("a", 3, 5), ("b", 1, 2)], workers=2, begin=0) == 3


@pytest.mark.parametrize(("value", "words"), [(0.0, "0"), (0.12345, "0.123"), (12.345, "12.3"), (12345.6, "12,346")])
def test_a_number_has_three_digits_or_all_before_the_point(value: float, words: str) -> None:
    assert number(value) == words


def test_a_cost_is_shown_in_the_unit_of_its_row() -> None:
    assert MEGABYTES.show(0.002) == "500 MB/s"
    assert MICROSECONDS.show(0.0000421) == "42.1 µs"
