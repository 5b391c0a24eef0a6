"""A commit's pool as a peer: it is imported from that commit's files, and the folder is gone afterwards."""

from pathlib import Path

import pytest

from tests.bench import launch
from tests.bench.earlier import UnknownCommitError, files
from tests.bench.results import Ending

ASKS = """
import json, pathlib, sys, checkedpool, checkedpool_spec
places = [pathlib.Path(module.__file__).is_relative_to(sys.argv[1]) for module in (checkedpool, checkedpool_spec)]
pathlib.Path(sys.argv[-1]).write_text(json.dumps({"cost": sum(places)}))
"""


def test_a_measurement_imports_the_pool_of_the_commit_and_nothing_of_this_one() -> None:
    with files(["standard", "checkedpool", "at-HEAD"]) as places:
        assert list(places) == ["at-HEAD"]
        folder = Path(places["at-HEAD"].split(":")[0]).parent
        seen = launch.measured(["-c", ASKS, str(folder)], 30, {"PYTHONPATH": places["at-HEAD"]})
        assert (seen.ending, seen.cost) == (Ending.MEASURED, 2)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["at-nothing", "at---output=x"])
def test_a_commit_that_does_not_exist_is_named(name: str) -> None:
    with pytest.raises(UnknownCommitError, match=f"{name} is no commit"), files([name]):
        pass
