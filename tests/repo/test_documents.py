"""What the documents promise. Decides: that each documented command exists. Must not know: what the commands do."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.repo.tree import ROOT, code_in, relative, texts

DOCUMENTS = [path for path in texts() if path.suffix == ".md"]


def verbs_of_make() -> set[str]:
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


@cache
def verbs_of_the_command_line() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return set(project["entry-points"]["checkedpool.commands"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_every_documented_command_exists(document: Path) -> None:
    code = code_in(document.read_text())
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)", code)) <= verbs_of_make()
    assert set(re.findall(r"(?:^|/)checkedpool ([a-z][a-z-]*)", code, re.MULTILINE)) <= verbs_of_the_command_line()


def test_the_readme_shows_the_two_commands_that_matter() -> None:
    code = code_in((ROOT / "README.md").read_text())
    assert "make verify" in code
    assert "make test" in code


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", document.read_text())
    assert not [link for link in links if not (document.parent / link).exists()]


def test_every_verb_of_make_is_declared_and_explained() -> None:
    declared = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert declared is not None
    assert set(declared[1].split()) == verbs_of_make()
