"""The contract's clauses, each by its first sentence, as the package carries them.

    python -m tests.repo.clauses > spec/checkedpool_spec/clauses.toml

Decides: where a clause of ``spec/contract.md`` begins, and where its first sentence ends.  Must not know: any clause.
"""

import json
import re
import sys

from tests.repo.tree import ROOT

CONTRACT = ROOT / "spec" / "contract.md"
CLAUSES = ROOT / "spec" / "checkedpool_spec" / "clauses.toml"
HEAD = "# The first sentence of each clause of contract.md, made of it by `python -m tests.repo.clauses`.\n\n"

_CLAUSE = re.compile(r"^\*\*(C-\d+) (.*?)\*\*(?!\w)(.*?)(?=\n\n)", re.DOTALL | re.MULTILINE)
_END = re.compile(r"(?<=[.])\s+(?=[(A-Z`])")


def first_sentences(contract: str) -> dict[str, str]:
    """By the clause's number: what is bold, and if that is no sentence, what makes it one."""
    return {number: _first(bold, rest) for number, bold, rest in _CLAUSE.findall(contract)}


def _first(bold: str, rest: str) -> str:
    if bold.endswith("."):
        return " ".join(bold.split())
    sentence, *_ = _END.split(" ".join((bold + rest).split()), maxsplit=1)
    return sentence


def written(sentences: dict[str, str]) -> str:
    """As TOML, whose strings in double quotes are JSON's."""
    return HEAD + "".join(f"{number} = {json.dumps(text, ensure_ascii=False)}\n" for number, text in sentences.items())


def main() -> None:
    """Print the file."""
    sys.stdout.write(written(first_sentences(CONTRACT.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main()
