"""A program that has ended with a report, for the tests of the rows that are made of it."""

import json
from collections.abc import Mapping

from tests.checks.verify.programs import Ended


def ended_with(report: Mapping[str, object]) -> Ended:
    """It wrote this, and nothing else, and ended with the status that stands there."""
    status = report["exit_status"]
    assert isinstance(status, int)
    return Ended(status, 1.0, json.dumps(report), "")
