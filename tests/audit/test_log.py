"""The file of a history: who writes late disturbs nobody."""

import os
from pathlib import Path

from checkedpool.testing.audit.judge.events import Event, Kind, Log, line_of


def test_what_is_written_after_the_close_does_not_reach_whoever_has_got_the_number(tmp_path: Path) -> None:
    """A thread that still waits for a future writes when it ends; the number may be a pool's pipe by then."""
    history = Log(tmp_path / "history")
    history.write(Event(Kind.QUIET))
    history.close()
    other = os.open(tmp_path / "other", os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        history.write(Event(Kind.QUIET))
        history.close()
        os.write(other, b"mine")
    finally:
        os.close(other)
    assert (tmp_path / "history").read_text(encoding="utf-8") == line_of(Event(Kind.QUIET))
    assert (tmp_path / "other").read_bytes() == b"mine"
