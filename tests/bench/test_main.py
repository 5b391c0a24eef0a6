"""The command: a small run of real pools, its words, its exit codes."""

import json
import signal
from pathlib import Path

import pytest

from tests.bench import launch, machine, main
from tests.bench.results import Ending, Measurement

SMALL = ["--quick", "--rows", "latency,map-1", "--peers", "standard,checkedpool,threads"]


@pytest.mark.slow
def test_a_small_run_measures_real_pools_and_says_what_it_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([*SMALL, "--json"]) == main.COMPLETE
    shown = json.loads(capsys.readouterr().out)
    assert [row["row"] for row in shown["rows"]] == ["map-1", "latency"]
    assert all(peer["median"] > 0 for row in shown["rows"] for peer in row["peers"].values())
    assert shown["machine"]["python"].startswith("CPython")


def test_a_missing_measurement_has_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launch, "measured", lambda *_: Measurement(Ending.FAILED, reason="broken"))
    assert main.main(SMALL) == main.MISSING
    assert "missing: latency, threads: failed, broken" in capsys.readouterr().err


def test_what_was_measured_before_an_interruption_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured(command: list[str], *_: object) -> Measurement:
        if "latency" in command:
            raise KeyboardInterrupt
        return Measurement(Ending.MEASURED, 1.0)

    monkeypatch.setattr(launch, "measured", measured)
    assert main.main([*SMALL, "--json"]) == main.INTERRUPTED
    shown = capsys.readouterr()
    assert [row["row"] for row in json.loads(shown.out)["rows"]] == ["map-1"]
    assert "interrupted: 1 of 2 rows are measured" in shown.err


def test_afterwards_a_signal_ends_this_process_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that it forks later inherit what it does at SIGTERM; tests of other parts failed of that."""
    monkeypatch.setattr(launch, "measured", lambda *_: Measurement(Ending.FAILED, reason="broken"))
    before = signal.getsignal(signal.SIGTERM)
    main.main(SMALL)
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.slow
def test_a_part_of_a_run_does_not_replace_the_page_of_a_whole_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(main, "GENERATED", tmp_path)
    assert main.main(SMALL) == main.COMPLETE
    assert not list(tmp_path.iterdir())


def test_what_is_not_installed_is_named_before_anything_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "_version", lambda package: None if package == "mpire" else "1")
    assert main.main(["--peers", "mpire"]) == main.UNUSABLE
    assert "not installed: mpire" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--rows", "nothing"], ["--peers", "nobody"], ["--rounds", "0"]])
def test_wrong_use_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main.main(arguments)
    assert left.value.code == main.UNUSABLE


def test_the_rows_and_the_peers_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--list", "--rows", "array-*"]) == main.COMPLETE
    shown = capsys.readouterr().out
    assert "array-echo-16m     echo 16 MB (array)" in shown
    assert "peers: standard, checkedpool, plain, loky" in shown
