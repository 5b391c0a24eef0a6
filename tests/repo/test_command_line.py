"""The command ``checkedpool``. Decides: its assembly and its words without the extra. Must not know: any verb."""

import subprocess
import sys
from importlib.metadata import entry_points, version

import pytest
from typer.testing import CliRunner

from checkedpool_spec import cli


def test_the_version_is_the_one_that_is_installed() -> None:
    shown = CliRunner().invoke(cli.build(), ["--version"])
    assert shown.exit_code == 0
    assert shown.output.strip() == f"checkedpool {version('checkedpool')}"


def test_every_registered_verb_is_offered() -> None:
    offered = {command.name for command in cli.build().registered_commands}
    assert offered == {entry.name for entry in entry_points(group=cli.GROUP)}


def test_without_its_extra_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "find_spec", lambda _: None)
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert 'pip install "checkedpool[cli]"' in capsys.readouterr().err


def test_neither_the_command_nor_the_executor_needs_the_extra_to_be_imported() -> None:
    program = "import sys, checkedpool, checkedpool_spec.cli; sys.exit(bool({'typer', 'rich'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
