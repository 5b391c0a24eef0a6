"""The files of the specification that say what was found before; one that cannot be understood is refused.

Decides: where they are, what is said of one that is wrong. Must not know: what stands in them (``runs``, ``kills``).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

__all__ = ["UnreadableError", "legible", "stated"]


class UnreadableError(ValueError):
    """A file of the specification is not as it must be: which, and what is wrong."""


def stated(name: str) -> str:
    """The text of the file."""
    return files("checkedpool_spec").joinpath(name).read_text(encoding="utf-8")


@contextmanager
def legible(name: str) -> Iterator[None]:
    """Read the file in this block: what goes wrong in it becomes an UnreadableError."""
    try:
        yield
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        wrong = f"there is no {error}" if isinstance(error, KeyError) else str(error)
        raise UnreadableError(f"{name} cannot be read: {wrong}. Mend it, or empty it and make it anew") from error
