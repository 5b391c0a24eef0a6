"""The command ``checkedpool``. Decides: its assembly and its words without the extra. Must not know: any verb."""

import subprocess
import sys
from collections import Counter
from importlib.metadata import entry_points, version
from typing import get_type_hints

import pytest
import typer
from typer.testing import CliRunner

from checkedpool_spec import cli

MOST = 9
"""Options that a reader takes in at a glance."""


def test_the_version_is_the_one_that_is_installed() -> None:
    shown = CliRunner().invoke(cli.build(), ["--version"])
    assert shown.exit_code == 0
    assert shown.output.strip() == f"checkedpool {version('checkedpool')}"


def test_every_registered_verb_is_offered() -> None:
    offered = {command.name for command in cli.build().registered_commands}
    assert offered == {entry.name for entry in entry_points(group=cli.GROUP)}


def test_a_verb_that_is_asked_for_is_loaded_alone_and_what_is_no_verb_is_held_against_all() -> None:
    assert [command.name for command in cli.build(["museum"]).registered_commands] == ["museum"]
    assert len(cli.build(["--help"]).registered_commands) == len(cli.build().registered_commands) > 1


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


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "two-cancl"), "checkedpool check: there is no scope 'two-cancl' (did you mean 'two-cancel'?)"),
        (("check", "--mutant", "latest reqest"), "checkedpool check: no mutant is named 'latest reqest' (did you mean"),
        (("museum", "stale-tokens"), "checkedpool museum: there is no exhibit 'stale-tokens' (did you mean 'stale-tok"),
        (("schedules", "--scope", "brake"), "checkedpool schedules: Invalid value for --scope: no scope is named"),
        (("replay", "v1:tow:c0:0"), "checkedpool replay: Invalid value for SCHEDULE: no scope is named 'tow' (did you"),
        (("audit", "lokey"), "checkedpool audit: 'lokey' does not read MODULE:CLASS"),
        (("lesson", "drane"), "checkedpool lesson: Invalid value for NUMBER: there is no program 'drane'"),
        (("trace", "--limit", "no", "here"), "checkedpool trace: Invalid value for '--limit': "),
        (("demo", "--wrkers", "2"), "checkedpool demo: No such option: --wrkers"),
        (("chekc",), "checkedpool: No such command 'chekc'. Did you mean 'check'?"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_whatever_is_misused_says_so_in_one_line(
    words: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["checkedpool", *words])
    with pytest.raises(SystemExit) as left:
        cli.main()
    printed = capsys.readouterr()
    assert left.value.code == 2
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith(says)


def test_ctrl_c_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted() -> None:
        """Wait."""
        raise KeyboardInterrupt

    app = typer.Typer()
    app.command()(interrupted)
    monkeypatch.setattr(cli, "build", lambda _asked: app)
    monkeypatch.setattr(sys, "argv", ["checkedpool"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 130
    assert "Traceback" not in capsys.readouterr().err


def test_no_sentence_of_a_help_text_is_broken_where_the_source_is() -> None:
    for command in cli.build().registered_commands:
        assert command.help
        assert not [part for part in command.help.split("\n\n") if "\n" in part]


def test_no_verb_has_many_options_in_one_heap() -> None:
    for command in cli.build().registered_commands:
        assert command.callback is not None
        panels: Counter[str | None] = Counter()
        for hint in get_type_hints(command.callback, include_extras=True).values():
            (declared,) = getattr(hint, "__metadata__", (None,))
            panels[getattr(declared, "rich_help_panel", None)] += 1
        assert max(panels.values()) <= MOST, command.name
