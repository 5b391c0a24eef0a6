"""CrossHair's rows. Decides: that nothing refuted, lost or unanswered can be left out. Must not know: the contracts."""

from dataclasses import replace
from unittest import mock

from tests.checks.crosshair.mutants import MUTANTS
from tests.checks.crosshair.report import Report, Said, listed
from tests.checks.size import Size
from tests.checks.verify import crosshair
from tests.checks.verify.crosshair import FILES, rows_of
from tests.checks.verify.report import Verdict

SAID = Said("numbers.room", "confirmed", "Confirmed over all paths.", 3, 1.0, listed="confirmed")
REFUSED = Said("numbers.room", "refuted", "false when calling room(1)", 3, 1.0, mutant="no room")


def test_contracts_and_mutants_are_a_row_each() -> None:
    contracts, mutants = rows_of(Report((SAID,), (REFUSED,), (), 2.0))
    assert (contracts.verdict, mutants.verdict) == (Verdict.HOLDS, Verdict.HOLDS)
    assert (contracts.seen, mutants.seen) == ("1 confirmed; 3 conditions", "1 refuted")


def test_a_contract_that_is_not_confirmed_any_more_is_told() -> None:
    contracts, _ = rows_of(Report((replace(SAID, said="not refuted", words="Not confirmed."),), (REFUSED,), (), 2.0))
    assert contracts.verdict is Verdict.VIOLATED
    assert contracts.trouble == ("numbers.room was confirmed and is not refuted: Not confirmed.",)


def test_a_counterexample_is_told() -> None:
    contracts, _ = rows_of(Report((replace(SAID, said="refuted", words="false when calling room(2)"),), (), (), 2.0))
    assert contracts.trouble == ("numbers.room was confirmed and is refuted: false when calling room(2)",)


def test_a_mutant_that_survives_is_told() -> None:
    _, mutants = rows_of(Report((SAID,), (replace(REFUSED, said="confirmed"),), (), 2.0))
    assert mutants.verdict is Verdict.VIOLATED
    assert mutants.trouble == ("SURVIVES: no room: numbers.room is confirmed",)


def test_what_has_no_answer_and_what_was_not_asked_is_not_finished() -> None:
    contracts, mutants = rows_of(Report((SAID,), (), ("no answer within 600 s",), 2.0))
    assert (contracts.verdict, mutants.verdict) == (Verdict.NOT_FINISHED, Verdict.NOT_FINISHED)


def test_a_quick_run_asks_whole_files_with_their_mutants_and_says_that_it_is_a_share() -> None:
    with mock.patch.object(crosshair, "report", return_value=Report((SAID,), (REFUSED,), (), 2.0)) as asked:
        contracts, mutants = crosshair.rows(lambda _: None, Size.QUICK)
    _, names, faults = asked.call_args.args
    assert list(names) == [name for name in listed() if name.partition(".")[0] in FILES[Size.QUICK]]
    assert list(faults) == [one for one in MUTANTS if one.contract in names]
    assert {name.partition(".")[0] for name in names} == FILES[Size.QUICK]
    assert contracts.seen.endswith(f"a share, all {len(listed())} in make crosshair")
    assert mutants.seen.endswith(f"a share, all {len(MUTANTS)} in make crosshair")


def test_the_largest_run_asks_everything() -> None:
    with mock.patch.object(crosshair, "report", return_value=Report((SAID,), (REFUSED,), (), 2.0)) as asked:
        rows = list(crosshair.rows(lambda _: None, Size.ALL))
    assert asked.call_args.args[1:] == (list(listed()), list(MUTANTS))
    assert not any("a share" in row.seen for row in rows)
