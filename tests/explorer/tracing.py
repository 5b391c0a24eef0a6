"""A trace of a small real run. Decides: what runs in it. Must not know: who reads it."""

from pathlib import Path

from checkedpool import ProcessPoolExecutor


def traced(folder: Path) -> Path:
    """Two tasks, one after the other, and the end."""
    with ProcessPoolExecutor(1, trace=str(folder)) as pool:
        assert [pool.submit(abs, number).result() for number in (-1, -2)] == [1, 2]
    return folder
