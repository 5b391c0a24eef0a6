"""What every file must be. Decides: length, opening and portability. Must not know: what any file is about."""

import ast
import re

from tests.repo.tree import ROOT, relative, sources, texts

LONGEST = 900
# Put together from parts, so that this file passes its own check.
MACHINE_PATH = re.compile("|".join(f"/{folder}/" for folder in ("root", "home", "Users", "work")))


def test_every_source_file_opens_with_a_docstring() -> None:
    silent = [relative(path) for path in sources() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert not silent


def test_no_source_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {relative(path): len(path.read_text().splitlines()) for path in sources()}
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


def test_no_file_names_a_path_of_one_machine() -> None:
    found = [
        f"{relative(path)}:{number}: {line.strip()}"
        for path in texts()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if MACHINE_PATH.search(line)
    ]
    assert not found


def test_every_package_tells_type_checkers_that_it_is_typed() -> None:
    for package in ("spec/checkedpool_spec", "model/checkedpool_model", "impl/checkedpool"):
        assert (ROOT / package / "py.typed").exists()
