"""The programs of ``docs/shutdown.md``, as the package carries them.

    python -m tests.repo.lesson > impl/checkedpool/lesson/programs.toml

Decides: which of the document's blocks are programs, what belongs to one: its heading, its text, what it prints.  Must
not know: what any program does.
"""

import re
import sys
from collections.abc import Iterator

from tests.repo.tree import ROOT

DOCUMENT = ROOT / "docs" / "shutdown.md"
PROGRAMS = ROOT / "impl" / "checkedpool" / "lesson" / "programs.toml"
HEAD = "# The programs of docs/shutdown.md, made of it by `python -m tests.repo.lesson`.\n"
_PART = re.compile(
    r"^### (?P<title>[^\n]+)$|^```python\n# (?P<name>\w+)\.py\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE
)
_PRINTS = re.compile(r"\s*^```text\n(.*?)^```", re.DOTALL | re.MULTILINE)


def written(document: str) -> str:
    """As TOML: what all programs begin with, then each."""
    return HEAD + "".join(_written(document))


def _written(document: str) -> Iterator[str]:
    title = ""
    for part in _PART.finditer(document):
        if part["title"]:
            title = part["title"]
        elif not title:
            yield f"\n{part['name']} = '''\n{part['text']}'''\n"
        else:
            prints = _PRINTS.match(document, part.end())
            assert prints is not None, f"{part['name']}.py is not followed by what it prints"
            yield f'\n[[program]]\ntitle = "{title}"\nname = "{part["name"]}"\n'
            yield f"text = '''\n{part['text']}'''\nprints = '''\n{prints[1]}'''\n"


def main() -> None:
    """Print the file."""
    sys.stdout.write(written(DOCUMENT.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
