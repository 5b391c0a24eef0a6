"""What multiprocessing sends ahead of a process: in a start of the pool what was kept, elsewhere what is now."""

from __future__ import annotations

import os
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from multiprocessing import spawn
from typing import TYPE_CHECKING, Any

import pytest

from checkedpool._pool.starting_world import World

if TYPE_CHECKING:
    from pathlib import Path

SEEN = ("dir", "sys_argv", "sys_path", "init_main_from_path", "init_main_from_name")


def sent(name: str = "a process") -> dict[str, Any]:
    data: dict[str, Any] = spawn.get_preparation_data(name)
    assert data["name"] == name
    return {key: copy(data[key]) for key in SEEN if key in data}


def test_a_start_of_the_pool_finds_what_was_kept_and_others_find_what_is_now(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "argv", ["before"])
    before = sent()
    kept = World(environment=False)
    monkeypatch.chdir(tmp_path)
    sys.argv.append("later")
    monkeypatch.setattr(sys, "path", ["/later", *sys.path])
    now = sent()
    assert all(before[key] != now[key] for key in ("dir", "sys_argv", "sys_path"))
    with kept.kept(), ThreadPoolExecutor(1) as another_thread:
        assert sent() == before
        assert another_thread.submit(sent).result() == now
    assert sent() == now


def test_the_main_module_is_the_one_that_was_there_when_the_script_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    """CPython deletes the name of its file when it has run."""
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__spec__", None)
    monkeypatch.setattr(main, "__file__", "/a/script.py", raising=False)
    kept = World(environment=False)
    monkeypatch.delattr(main, "__file__")
    assert "init_main_from_path" not in sent()
    with kept.kept():
        assert sent()["init_main_from_path"] == "/a/script.py"


def test_the_environment_arrives_before_anything_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a worker what is unpickled first sets it; here it is unpickled in this process."""
    monkeypatch.setenv("WORD", "then")
    with World(environment=True).kept():
        data = pickle.dumps(spawn.get_preparation_data("")["environment"])
    monkeypatch.setenv("WORD", "later")
    monkeypatch.setenv("LATER", "later")
    assert b"checkedpool._shell" not in data
    pickle.loads(data)
    assert (os.environ["WORD"], os.environ.get("LATER")) == ("then", None)
