"""What a cell is worth: a number only if every round has one, and what counts as missing."""

import json
from pathlib import Path

import pytest

from tests.bench.arithmetic import Spread
from tests.bench.making import cell, line, run, without
from tests.bench.record import joined, kept, plain
from tests.bench.results import Cell, Ending, Measurement


def test_a_cell_is_worth_the_median_of_its_rounds() -> None:
    assert cell("loky", 1.0, 5.0, 2.0).cost == 2.0


@pytest.mark.parametrize("ending", [Ending.HUNG, Ending.FAILED])
def test_one_bad_round_leaves_no_number(ending: Ending) -> None:
    seen = Cell("loky", [Measurement(Ending.MEASURED, 1.0), Measurement(ending, reason="why")])
    assert (seen.ending, seen.cost, seen.reason) == (ending, None, "why")
    assert line("tiny-1", cell("standard", 1.0, 1.0), seen).ratio("loky") is None


def test_ratios_are_made_within_each_round() -> None:
    seen = line("tiny-1", cell("standard", 10.0, 40.0, 90.0), cell("checkedpool", 5.0, 10.0, 30.0))
    assert seen.ratio("checkedpool") == Spread(2.0, 3.0, 4.0)


@pytest.mark.parametrize(
    ("peer", "ending", "missing"),
    [
        ("loky", Ending.HUNG, False),
        ("loky", Ending.REFUSED, False),
        ("loky", Ending.FAILED, True),
        ("checkedpool", Ending.HUNG, True),
        ("standard", Ending.HUNG, True),
    ],
)
def test_anothers_hang_is_a_result_and_a_failure_is_none(peer: str, ending: Ending, *, missing: bool) -> None:
    assert bool(run(line("tiny-1", without(peer, ending))).missing) is missing


def test_the_record_has_every_cost_and_every_reason() -> None:
    seen = plain(run(line("death", cell("standard", 0.2, 0.1), without("mp.Pool", Ending.HUNG, "not done after 10 s"))))
    [row] = seen["rows"]
    assert row["peers"]["standard"]["costs"] == [0.2, 0.1]
    assert row["peers"]["mp.Pool"] == {"ending": "hung", "reason": "not done after 10 s"}


def test_a_kept_record_is_the_run_that_it_was_made_from(tmp_path: Path) -> None:
    seen = run(
        line("tiny-1", cell("standard", 0.5, 0.25), cell("checkedpool", 0.125, 0.0625)),
        line("death", cell("standard", 0.5, 0.25), without("mp.Pool", Ending.HUNG, "not done after 10 s")),
    )
    (tmp_path / "bench.json").write_text(json.dumps(plain(seen)))
    assert plain(kept(tmp_path / "bench.json")) == plain(seen)


def test_pieces_are_joined_in_the_order_of_the_rows_and_the_new_one_counts() -> None:
    old = run(line("latency", cell("standard", 1.0)), line("tiny-1", cell("standard", 1.0)))
    new = run(line("latency", cell("standard", 2.0)))
    whole = joined(old, new)
    assert list(whole.lines) == ["tiny-1", "latency"]
    assert whole.lines["latency"].cells["standard"].cost == 2.0
