"""Where the project's files are, and how they are read.

Decides: which files count as sources and which as texts. Must not know: any rule about them.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("spec/checkedpool_spec", "model/checkedpool_model", "impl/checkedpool")
TEXTS = {".py", ".md", ".toml", ".tla", ".cfg", ".yml", ".yaml"}
UNNAMED_TEXTS = {"Makefile", "run", "pythons", ".gitignore"}
MADE = re.compile(r"\.venv.*|\.git|\..*_cache|__pycache__|build|dist|.*\.egg-info|\.hypothesis")

_FENCED = re.compile(r"^```.*?\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")


def sources(*roots: str) -> list[Path]:
    """Every Python file below the given folders; the packages and the tests if none is given."""
    return [path for path in texts(*(roots or (*PACKAGES, "tests"))) if path.suffix == ".py"]


def texts(*roots: str) -> list[Path]:
    """Every file that somebody wrote and somebody reads."""
    found = [path for root in roots or (".",) for path in _walk(ROOT / root)]
    return sorted(path for path in found if path.suffix in TEXTS or path.name in UNNAMED_TEXTS)


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if MADE.fullmatch(path.name):
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path


def imported(source: str) -> set[str]:
    """The full names of what a module imports, wherever in the module it does so."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


def code_in(document: str) -> str:
    """What a Markdown text shows as code, fenced or inline, a line each."""
    fenced = _FENCED.findall(document)
    return "\n".join([*fenced, *_INLINE.findall(_FENCED.sub("", document))])


def relative(path: Path) -> str:
    """A path as it is named in a failure."""
    return str(path.relative_to(ROOT))
