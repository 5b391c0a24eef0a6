"""The HTML report as a file. Decides: what lies beside it, what is said where nothing can be written.

Must not know: how the report reads (``tests/explorer/test_sheets.py`` opens it).
"""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.checks.verify.__main__ import main
from tests.checks.verify.pretended import row
from tests.checks.verify.report import Check, Report, Verdict
from tests.checks.verify.written import MOST, write


def written(report: Report, path: Path) -> str:
    write(report, path, "make verify", lambda _: None)
    return path.read_text(encoding="utf-8")


def test_what_failed_has_an_explorer_beside_the_report_or_a_reason_why_there_is_none(tmp_path: Path) -> None:
    failed = replace(row("failed", Verdict.VIOLATED, ("it hangs",)), words=("full-pipe", "gate#0:nonsense:"))
    page = written(Report((row("first"), failed)), tmp_path / "verify.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["verify-1-full-pipe.html", "verify.html"]
    assert 'href="./verify-1-full-pipe.html"' in page
    assert "no explorer: nothing claims &#x27;nonsense&#x27;" in page
    assert 'id="graph-0"' in (tmp_path / "verify-1-full-pipe.html").read_text(encoding="utf-8")


def test_a_report_on_which_everything_holds_stands_alone_and_has_every_clause(tmp_path: Path) -> None:
    page = written(Report((row("first"),)), tmp_path / "verify.html")
    assert [path.name for path in tmp_path.iterdir()] == ["verify.html"]
    contract = (Path(__file__).parents[3] / "spec/contract.md").read_text(encoding="utf-8")
    clauses = re.findall(r"^\*\*(C-\d+) ", contract, re.MULTILINE)
    assert re.findall(r'<th scope="row"><span>(C-\d+)</span>', page) == clauses


def test_more_failures_than_anybody_opens_are_named_and_not_written(tmp_path: Path) -> None:
    words = tuple(f"nothing-{number}" for number in range(MOST + 2))
    page = written(Report((replace(row("failed", Verdict.VIOLATED), words=words),)), tmp_path / "verify.html")
    assert page.count(f"there are {MOST} of others") == 2
    assert all(word in page for word in words)


@pytest.mark.parametrize("verdict", [Verdict.HOLDS, Verdict.VIOLATED])
def test_where_it_cannot_be_written_the_verdict_is_still_the_verdict(
    tmp_path: Path, verdict: Verdict, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    checks = [Check("Done", lambda _: [row("first", verdict)], "make done")]
    status = main(["--report", str(tmp_path / "file" / "verify.html")], checks, tmp_path)
    assert status == (verdict is Verdict.VIOLATED)
    shown = capsys.readouterr()
    assert "no HTML report: " in shown.err
    assert f"first {verdict.value}" in " ".join(shown.out.split())


def test_the_report_goes_where_it_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks = [Check("Done", lambda _: [row("first")], "make done")]
    assert main([], checks, tmp_path / "build") == 0
    assert main(["--report", str(tmp_path / "mine.html"), "--json"], checks, tmp_path / "build") == 0
    assert (tmp_path / "build" / "verify.html").read_bytes() == (tmp_path / "mine.html").read_bytes()
    assert "mine.html" in capsys.readouterr().err
