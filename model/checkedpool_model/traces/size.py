"""How large a trace may be that is shown: as a graph, as a picture, as another tool's file.

Decides: the limit, and that files are not read to find out. Must not know: who shows it. A verdict has no limit.
"""

from pathlib import Path

__all__ = ["LARGEST", "TooLargeError", "refuse_what_is_too_large"]

LARGEST = 20_000_000
"""Bytes of all files of a trace."""


class TooLargeError(ValueError):
    """A trace that is too large to be shown."""


def refuse_what_is_too_large(folder: Path) -> None:
    """Raise TooLargeError for a trace of more bytes."""
    size = sum(file.stat().st_size for file in folder.glob("*") if file.is_file())
    if size > LARGEST:
        raise TooLargeError(
            f"{folder}: its files have {size:,} bytes; a trace of at most {LARGEST:,} bytes can be shown"
        )
