"""The marks by which a test says of which executors it speaks, and the kinds for which it is asked then.

Decides: the words of the marks. Must not know: any single behaviour.
"""

from __future__ import annotations

import os
import re
import sys

import pytest

from tests.behaviour.kinds import METHODS, Kind

REASON = re.compile(r"((gh|bpo)-\d+|no issue|new): .+")


def ours_only(reason: str) -> pytest.MarkDecorator:
    """Mark what the standard library's executor does not do, with the number of its issue.

    Where there is no issue the reason starts with "no issue", where it has no such feature with "new".
    """
    if not REASON.fullmatch(reason):
        raise ValueError(f"{reason!r} must read like 'gh-12345: what happens there', 'no issue: ...' or 'new: ...'")
    return pytest.mark.ours_only(reason)


def standard_since(*version: int) -> pytest.MarkDecorator:
    """Mark what the standard library's executor has had since this version of Python."""
    return pytest.mark.standard_since(version)


def methods(*names: str) -> pytest.MarkDecorator:
    """Mark what has a meaning under these start methods only."""
    unknown = set(names) - set(METHODS)
    if unknown:
        raise ValueError(f"no such start method: {', '.join(sorted(unknown))}")
    return pytest.mark.methods(*names)


def not_portable(reason: str, *, linux_only: bool = False) -> pytest.MarkDecorator:
    """Mark what the portable kind of channels does not do: there it is skipped, and counted as that.

    ``linux_only``: nor do other systems with channels of the usual kind (``tests/elsewhere`` plays them).
    """
    from checkedpool._os.system import PORTABLE  # noqa: PLC0415 - the standard kind must run without it

    elsewhere = linux_only and os.environ.get("CHECKEDPOOL_PRETEND", sys.platform) != "linux"
    return pytest.mark.skipif(PORTABLE or elsewhere, reason=f"the portable kind: {reason}")


def with_room(name: str, reason: str) -> pytest.MarkDecorator:
    """Mark what only a pool with this fast room does: without it, it is skipped, and counted as that."""
    from checkedpool import rooms  # noqa: PLC0415 - the standard kind must run without it

    there = any(room.name == name for room in rooms.used())
    return pytest.mark.skipif(not there, reason=f"without the fast room {name}: {reason}")


parent_only = methods("fork")
"""What the parent alone decides is the same under every start method, and fork is the fastest."""


def kinds_for(definition: pytest.Item, choice: str) -> list[Kind]:
    """The kinds that a test speaks about, by its marks.

    The choice "both" takes the standard executor under one start method only: it is there to show that the test is
    fair. "claims" takes the standard executor for what it is said not to do.
    """
    chosen: tuple[str, ...] = METHODS
    if (marker := definition.get_closest_marker("methods")) is not None:
        chosen = marker.args
    claimed = definition.get_closest_marker("ours_only") is not None
    since = definition.get_closest_marker("standard_since")
    ours = [Kind("ours", method) for method in METHODS if method in chosen]
    standard = [Kind("standard", kind.method) for kind in ours]
    agrees = not claimed and (since is None or sys.version_info >= since.args[0])
    return {
        "both": ours + standard[:agrees],
        "ours": ours,
        "standard": standard if agrees else [],
        "claims": standard if claimed else [],
    }[choice]
