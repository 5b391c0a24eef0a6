"""All that is compared explores the same graph. Decides: equal counts; that what is not there is said to be not run."""

import shutil
import subprocess
from pathlib import Path

import pytest

from checkedpool_model.checker.explore import Verdict, explore
from tests.bench_model import main, naive
from tests.bench_model.pool import system
from tests.checks.tlc.referee import NotRunError, find_referee

SIZES = [(1, 1), (1, 2), (2, 1), (2, 2)]


@pytest.mark.parametrize("size", SIZES)
def test_the_plain_loop_counts_what_the_checker_counts(size: tuple[int, int]) -> None:
    found = explore(system(*size))
    assert found.verdict is Verdict.HOLDS
    assert naive.count(*size) == (found.states, found.transitions)
    assert found.seen == set(system(*size).claims())


@pytest.mark.parametrize("size", SIZES)
def test_states_that_stand_for_others_are_fewer_and_the_verdict_is_the_same(size: tuple[int, int]) -> None:
    whole, merged = explore(system(*size)), explore(system(*size, symmetry=True))
    assert merged.verdict is Verdict.HOLDS
    assert (merged.states < whole.states) == (size != (1, 1))


@pytest.mark.left_to("make bench-model compares the counts that it shows")
def test_tlc_counts_what_the_checker_counts(tmp_path: Path) -> None:
    try:
        find_referee()
    except NotRunError as missing:
        pytest.skip(str(missing))
    for symmetry in (False, True):
        found = explore(system(2, 2, symmetry=symmetry))
        asked = main.tlc((2, 2), symmetry=symmetry, folder=tmp_path)
        assert isinstance(asked, main.Measured)
        assert (asked.states, asked.transitions) == (found.states, found.transitions)


@pytest.mark.left_to("make bench-model compares the counts that it shows")
def test_spin_counts_what_the_checker_counts(tmp_path: Path) -> None:
    found, asked = explore(system(2, 2)), main.spin((2, 2), tmp_path)
    if isinstance(asked, main.NotRun):
        pytest.skip(str(asked))
    assert (asked.states, asked.transitions) == (found.states, found.transitions)


@pytest.mark.left_to("make test-all alone")
def test_spin_asks_the_claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "HERE", tmp_path / "wrong")
    main.HERE.mkdir()
    text = Path(main.__file__).with_name("Pool.pml").read_text()
    assert text.count("COUNT(QUEUED) <= WORKERS,") == 1  # the guard; the claim allows one more
    (main.HERE / "Pool.pml").write_text(text.replace("COUNT(QUEUED) <= WORKERS,", "true,"))
    if shutil.which("spin") is None or shutil.which("cc") is None:
        pytest.skip("no spin here")
    with pytest.raises(ValueError, match=r"errors: 1"):
        main.spin((1, 3), tmp_path)


@pytest.mark.parametrize(
    "said", ["errors: 1\n 3 states, stored\n 1 matched\n 4 transitions", "max search depth too small\n"]
)
def test_a_search_of_spin_that_is_not_whole_is_no_count(said: str) -> None:
    with pytest.raises(ValueError, match="has not ended well"):
        main.said_by_spin(said)


def test_what_is_not_here_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "")
    assert "no Java" in str(main.tlc((1, 1), symmetry=False, folder=tmp_path))
    assert "no spin" in str(main.spin((1, 1), tmp_path))


def test_counts_that_differ_are_no_comparison() -> None:
    one, other = main.Measured(1.0, 10, 20), main.Measured(1.0, 10, 21)
    assert main.differ([one, one]) is False
    assert main.differ([one, other]) is True


def test_a_program_that_fails_is_not_measured() -> None:
    with pytest.raises(subprocess.CalledProcessError):
        main.measured(["false"], lambda _said: (0, 0))
