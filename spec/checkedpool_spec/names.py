"""Names that somebody has typed, and those that there are.

Decides: which one was meant.  Must not know: what has names.
"""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """What follows the words that there is no such name: in brackets the one that was meant, if any is near."""
    near = get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
