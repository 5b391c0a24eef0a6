"""The report of ``make verify``. Decides: that a failure cannot hide in it. Must not know: the real checks."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Barrier

import pytest
from rich.console import Console

from tests.checks.verify.page import page
from tests.checks.verify.programs import Ended, row_of, rows_of_the_demonstration, run
from tests.checks.verify.report import Check, Report, Row, Say, Verdict
from tests.checks.verify.tracks import collect

HOLDS, VIOLATED, NOT_FINISHED = Verdict


def row(verdict: Verdict, name: str = "some scope", trouble: tuple[str, ...] = ()) -> Row:
    return Row(
        section="Model",
        name=name,
        verdict=verdict,
        seconds=1.5,
        seen="",
        states=12345,
        transitions=6789,
        trouble=trouble,
        again="make it",
    )


class Told:
    """A watcher that only remembers."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.rows: list[str] = []

    def said(self, _check: Check, words: str) -> None:
        self.words.append(words)

    def came(self, _check: Check, row: Row) -> None:
        self.rows.append(row.name)


def report(*verdicts: Verdict) -> Report:
    return Report(tuple(map(row, verdicts)))


def shown(report: Report, width: int = 100) -> str:
    console = Console(width=width)
    with console.capture() as captured:
        console.print(page(report), crop=False)
    return captured.get()


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ((HOLDS, HOLDS), 0),
        ((HOLDS, VIOLATED), 1),
        ((HOLDS, NOT_FINISHED), 3),
        ((NOT_FINISHED, VIOLATED), 1),
        ((), 3),
    ],
)
def test_the_exit_status_is_zero_only_if_everything_holds(verdicts: tuple[Verdict, ...], status: int) -> None:
    assert report(*verdicts).exit_status == status


def test_the_page_names_what_failed_where_and_how_to_see_it_again() -> None:
    bad = row(VIOLATED, "3 tasks [2 workers]", ("NothingLost: task 2 never ended", "12 steps"))
    text = shown(Report((row(HOLDS), bad)))
    for part in (
        "3 tasks [2 workers]",
        "NothingLost: task 2 never ended",
        "12 steps",
        "again: make it",
        "12,345 states",
    ):
        assert part in text
    assert "violated: 1 holds, 1 violated, 3 s" in text


def test_a_page_on_which_everything_holds_is_one_table_and_a_verdict() -> None:
    text = shown(report(HOLDS, HOLDS))
    assert "again" not in text
    assert "holds: 2 holds, 3 s" in text


def test_the_page_fits_eighty_columns() -> None:
    assert max(map(len, shown(report(HOLDS, VIOLATED), width=80).splitlines())) <= 80


def test_what_is_to_be_copied_is_not_cut_in_two() -> None:
    schedule = "checkedpool replay v1:kept:" + ".".join("c0x3" for _ in range(40)) + ":c940cb63"
    assert schedule in shown(Report((row(VIOLATED, trouble=(f"kept: it fails: {schedule}",)),)), width=80)


def test_under_what_a_section_holds_stands_beside_its_title_and_leaves_the_columns_their_room() -> None:
    live = replace(row(HOLDS, "live"), section="Model, at last: under the fairness that the actions declare")
    lines = shown(Report((live,)), width=80).splitlines()
    (title,) = (line for line in lines if "Model, at last" in line)
    assert "under the fairness that the actions declare" in title
    assert any(line.split()[:2] == ["live", "holds"] for line in lines)


def test_the_page_says_how_long_all_took_where_several_were_at_work() -> None:
    assert "3 s of work in 2 s" in shown(replace(report(HOLDS, HOLDS), elapsed=2.0))


def test_json_carries_every_row_and_the_verdict() -> None:
    plain = json.loads(json.dumps(report(HOLDS, NOT_FINISHED).plain()))
    assert (plain["verdict"], plain["exit_status"]) == ("not finished", 3)
    assert [one["verdict"] for one in plain["rows"]] == ["holds", "not finished"]
    assert plain["rows"][0]["section"] == "Model"


def test_a_check_that_breaks_down_keeps_its_rows_and_does_not_stop_the_others() -> None:
    def half(say: Say) -> Iterator[Row]:
        say("half")
        yield row(HOLDS, "first half")
        message = "no such scope"
        raise LookupError(message)

    told = Told()
    both = (Check("Half", half, "make half"), Check("Whole", lambda _: [row(HOLDS)], "make whole"))
    result = collect(both, told)
    assert [one.verdict for one in result.rows] == [HOLDS, NOT_FINISHED, HOLDS]
    assert result.rows[1].trouble == ("LookupError: no such scope",)
    assert result.rows[1].again == "make half"
    assert told.words == ["Half", "half", "", "Whole", ""]
    assert told.rows == ["first half", "the whole of it", "some scope"]


def test_what_keeps_one_core_busy_runs_beside_the_others_and_its_rows_keep_their_place() -> None:
    both = Barrier(2, timeout=20)

    def meets(name: str) -> Callable[[Say], list[Row]]:
        return lambda _: [row(HOLDS, f"{name} {both.wait() >= 0}")]

    last = Check("Last", lambda _: [row(HOLDS, "last")], "make last")
    checks = (Check("One", meets("one"), "make one", beside=True), Check("Other", meets("other"), "make other"), last)
    assert [one.name for one in collect(checks, Told()).rows] == ["one True", "other True", "last"]


def test_a_check_that_looks_at_nothing_has_not_finished() -> None:
    assert collect([Check("Nothing", lambda _: [], "make nothing")], Told()).exit_status == 3


def test_a_program_that_fails_is_violated_and_its_last_words_are_kept() -> None:
    ended = run([sys.executable, "-c", "import sys; print('a.py:3: error: no'); print('Found 1 error'); sys.exit(1)"])
    result = row_of("types", ended, "make types")
    assert (result.verdict, result.seen) == (VIOLATED, "Found 1 error")
    assert result.trouble == ("a.py:3: error: no", "Found 1 error")


def test_a_program_that_does_not_end_has_not_finished() -> None:
    ended = run([sys.executable, "-c", "import signal; print('begun', flush=True); signal.pause()"], limit=1)
    result = row_of("types", ended, "make types")
    assert (result.verdict, result.trouble) == (NOT_FINISHED, ("begun",))


DEMONSTRATION = {
    "held": False,
    "files": 7,
    "workers": 2,
    "calm": {"start_method": "fork", "speedup": 1.5, "pool_seconds": 0.1, "checks": [{"held": True}]},
    "deaths": [
        {
            "policy": "break",
            "start_method": "fork",
            "seconds": 0.2,
            "outcomes": {"finished": 5, "blamed": 1},
            "checks": [{"name": "every future ended", "held": False, "seen": "2 never ended"}],
        }
    ],
}


def test_a_claim_of_the_demonstration_that_does_not_hold_is_named() -> None:
    calm, death = rows_of_the_demonstration(Ended(1, 0.5, json.dumps(DEMONSTRATION), ""))
    assert calm.verdict is HOLDS
    assert (death.verdict, death.trouble) == (VIOLATED, ("every future ended: 2 never ended",))
    assert death.seen == "fork: 5 finished, 1 blamed"


@pytest.mark.parametrize(("status", "verdict"), [(1, VIOLATED), (None, NOT_FINISHED), (0, NOT_FINISHED)])
def test_a_demonstration_without_a_report_never_holds(status: int | None, verdict: Verdict) -> None:
    (only,) = rows_of_the_demonstration(Ended(status, 0.5, "", "Traceback\nImportError: no typer"))
    assert only.verdict is verdict
    assert only.trouble[-1] == "ImportError: no typer"


def test_a_demonstration_whose_report_contradicts_its_exit_status_does_not_hold() -> None:
    (only,) = rows_of_the_demonstration(Ended(0, 0.5, json.dumps(DEMONSTRATION), ""))
    assert only.verdict is NOT_FINISHED
