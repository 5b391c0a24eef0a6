"""What a run's tables and its page say."""

from tests.bench import document, report, tables
from tests.bench.making import cell, line, run, without
from tests.bench.results import Ending

RUN = run(
    line("tiny-1", cell("standard", 0.002), cell("checkedpool", 0.001), cell("mp.Pool", 0.004)),
    line(
        "death",
        cell("standard", 0.01),
        without("checkedpool", Ending.FAILED, "exit code 1: a reason"),
        without("mp.Pool", Ending.HUNG, "not done after 10 s"),
    ),
    line(
        "cancel-100k", cell("standard", 0.01), cell("checkedpool", 0.01), without("mp.Pool", Ending.REFUSED, "no way")
    ),
    line("idle", cell("standard", 0.0), cell("checkedpool", 0.0), cell("mp.Pool", 0.002)),
)


def test_a_row_has_the_standard_cost_and_the_ratios_of_the_others() -> None:
    first, *_ = tables.ratios(RUN).rows
    assert first == ["tiny tasks, 1 worker", "500 tasks/s", "2.00", "0.50"]


def test_a_hang_a_failure_and_a_refusal_have_words_and_no_number() -> None:
    _, death, cancel, _ = tables.ratios(RUN).rows
    assert death[2:] == ["failed", "hang"]
    assert cancel[-1] == "–"
    assert tables.medians(RUN).rows[1][2:] == ["failed", "hang"]


def test_every_word_without_a_number_has_its_reason_below() -> None:
    assert tables.notes(RUN) == [
        "failed death, checkedpool: exit code 1: a reason.",
        "hang death, mp.Pool: not done after 10 s.",
        "– cancel-100k, mp.Pool: no way.",
    ]


def test_where_nothing_is_a_good_number_the_costs_stand_instead_of_ratios() -> None:
    assert tables.ratios(RUN).rows[-1][1:] == ["0 ms/s", "0 ms/s", "2 ms/s"]


def test_the_page_has_the_machine_the_tables_and_the_reasons() -> None:
    page = document.page(RUN, [], [])
    assert "- cpu model name: a fast one" in page
    assert "| tiny tasks, 1 worker | 500 tasks/s | 2.00 | 0.50 |" in page
    assert "- hang death, mp.Pool: not done after 10 s." in page


def test_there_are_no_colours_where_there_is_no_terminal() -> None:
    console = report.console()
    with console.capture() as shown:
        console.print(report.drawn(tables.ratios(RUN)))
    assert "hang" in shown.get()
    assert "\x1b" not in shown.get()
