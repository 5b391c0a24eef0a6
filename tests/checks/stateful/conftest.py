"""The profiles of Hypothesis: the ordinary suite looks at the same examples each time, ``make hypothesis`` at new ones.

Decides: how many examples a profile means.  Must not know: what they are.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import leaks

SLOW = list(HealthCheck)
LONGER = 10
"""So many times what a test allows is allowed in the long profile, which has 25 times as many examples."""
settings.register_profile("checked", derandomize=True, deadline=None, suppress_health_check=SLOW, max_examples=100)
settings.register_profile("long", derandomize=False, deadline=None, suppress_health_check=SLOW, max_examples=2500)


@pytest.fixture(autouse=True)
def _nothing_is_left(counted_process: None) -> Iterator[None]:
    """Fail the test that leaves something behind."""
    before = leaks.take()
    yield
    left = leaks.left_behind(before, adopts=True)  # tasks may leave children behind
    if left:
        leaks.end_processes(before)
        pytest.fail("left behind:\n  " + "\n  ".join(left), pytrace=False)


def pytest_configure(config: pytest.Config) -> None:
    """Without a profile that was asked for, the examples are always the same."""
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile("checked")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With more examples a test may take longer."""
    if config.getoption("--hypothesis-profile", None) != "long":
        return
    for item in items:
        limit = item.get_closest_marker("timeout")
        if limit is not None and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGER * limit.args[0], **limit.kwargs), append=False)
