"""How fast the model is explored. Decides: that the figures are of what they say, not how large they are."""

import pytest
from rich.console import Console

from checkedpool_model.cli import rates
from checkedpool_model.cli.rates import other_checker, rate, show_rates


def test_a_rate_is_of_the_whole_graph_and_has_all_three_speeds() -> None:
    made = rate("exit-handlers", 0)
    assert made.states > 100
    assert made.transitions > made.states
    assert min(made.explored, made.compiled, made.by_the_table) > 0
    assert made.bytes > made.fields > 50


def test_the_page_has_a_row_for_each_graph_and_says_what_it_was_not_compared_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rates, "MEASURED", (("values", 0), ("exit-handlers", 1)))
    console = Console(record=True, width=160)
    show_rates(console)
    text = console.export_text()
    assert "exit-handlers: cancel and wait" in text
    assert "TLC: " in text


def test_without_java_nothing_is_compared_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert other_checker().startswith("TLC: not compared")
