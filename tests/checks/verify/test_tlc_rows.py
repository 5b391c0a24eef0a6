"""The rows of the second referee. Decides: that what was not run is not passed. Must not know: TLC."""

from tests.checks.tlc.compared import Compared, Found
from tests.checks.verify.report import Verdict
from tests.checks.verify.tlc import not_run, rows_of

HOLDS = Found("holds", 3, 2, 1, seconds=1.0)
AGREED = Compared("Tiny", "a line", HOLDS, HOLDS)


def test_what_agrees_is_one_row_for_each_section() -> None:
    tiny, protocol = rows_of([AGREED, AGREED, Compared("Protocol", "gate", HOLDS, HOLDS)])
    assert (tiny.verdict, tiny.name, tiny.seen) == (Verdict.HOLDS, "tiny", "2 compared, 6 states")
    assert (protocol.verdict, protocol.seconds) == (Verdict.HOLDS, 2.0)


def test_what_differs_is_told_and_what_did_not_end_is_not_finished() -> None:
    (differs,) = rows_of([AGREED, Compared("Tiny", "a line", HOLDS, Found("holds", 3, 3, 1))])
    assert differs.verdict is Verdict.VIOLATED
    (line,) = differs.trouble
    assert line.startswith("Tiny a line: ours: holds, 3 states, 2 transitions, 1 depth; TLC: holds, 3 states, 3 ")
    (unfinished,) = rows_of([AGREED, Compared("Tiny", "a line", HOLDS, Found("broke down: no memory"))])
    assert unfinished.verdict is Verdict.NOT_FINISHED


def test_without_tlc_it_is_not_run() -> None:
    row = not_run("there is no Java")
    assert (row.verdict, row.seen, row.trouble) == (Verdict.NOT_FINISHED, "not run", ("not run: there is no Java",))
