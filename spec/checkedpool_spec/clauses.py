"""The contract's clauses by number: each in its first sentence.

Decides: how a number is read and said.  Must not know: what any clause says; ``clauses.toml``, made of ``contract.md``,
does.
"""

import tomllib
from functools import cache
from pathlib import Path

__all__ = ["sentence", "sentences"]


@cache
def sentences() -> dict[str, str]:
    """Every clause, in the contract's order."""
    read: dict[str, str] = tomllib.loads(Path(__file__).with_name("clauses.toml").read_text(encoding="utf-8"))
    return read


def sentence(clause: str) -> str:
    """What the clause says first."""
    return sentences()[clause]
