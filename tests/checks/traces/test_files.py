"""A file that is no part of a trace is refused with its name, the line, and what was expected there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checkedpool_spec.trace_files import BadTraceError, read

BEGIN: dict[str, object] = {
    "e": "begin", "at": [1, 1], "format": "checkedpool trace", "version": 1, "pid": 1, "role": "parent",
    "start_method": "fork", "max_workers": 1, "policy": "break", "task_limit": None, "window": 64,
}  # fmt: skip
WORKER: dict[str, object] = {
    "e": "begin", "at": [1, 1], "format": "checkedpool trace", "version": 1, "pid": 2, "role": "worker", "lane": 0,
}  # fmt: skip


def written(directory: Path, *lines: object, name: str = "parent.jsonl") -> Path:
    text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
    (directory / name).write_text(text)
    return directory


def test_what_is_whole_is_read(tmp_path: Path) -> None:
    written(tmp_path, BEGIN, {"e": "call", "at": [2, 3], "call": 0, "does": "submit"})
    files = read(written(tmp_path, WORKER, name="worker-0.jsonl"))
    assert [line.text("does") for line in files.parent.lines] == ["submit"]
    assert list(files.workers) == [0]


def test_a_torn_last_line_is_left_out(tmp_path: Path) -> None:
    written(tmp_path, BEGIN)
    with (tmp_path / "parent.jsonl").open("a") as file:
        file.write('{"e":"ca')
    files = read(tmp_path)
    assert files.parent.torn
    assert not files.parent.lines


def test_a_worker_that_was_killed_before_its_first_line_has_no_file(tmp_path: Path) -> None:
    written(tmp_path, BEGIN)
    (tmp_path / "worker-0.jsonl").write_text('{"e":"beg')
    assert not read(tmp_path).workers


BAD = {
    "not json": (("{",), "parent.jsonl, line 2: expected a JSON object"),
    "a list": (([1, 2],), "line 2: expected a JSON object, not"),
    "unknown event": (({"e": "nap", "at": [1, 1]},), "line 2: expected an event in 'e': begin, end, call"),
    "no interval": (({"e": "end", "at": [3]},), "line 2: expected an interval [before, after] in 'at'"),
    "backwards": (({"e": "end", "at": [3, 2]},), "line 2: expected an interval [before, after] in 'at'"),
    "missing field": (({"e": "call", "at": [1, 1], "call": 0},), "line 2: expected 'does': str"),
    "wrong type": (({"e": "call", "at": [1, 1], "call": "0", "does": "submit"},), "line 2: expected 'call': int"),
    "two begins": ((BEGIN,), "line 2: expected no second 'begin'"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_is_named_with_what_was_expected(name: str, tmp_path: Path) -> None:
    lines, expected = BAD[name]
    with pytest.raises(BadTraceError) as caught:
        read(written(tmp_path, BEGIN, *lines))
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ({**BEGIN, "version": 2}, "line 1: expected format 'checkedpool trace', version 1"),
        ({**BEGIN, "format": "perf"}, "line 1: expected format 'checkedpool trace', version 1"),
        ({**BEGIN, "role": "worker"}, "line 1: expected the role 'parent'"),
        ({**BEGIN, "max_workers": None}, "line 1: expected 'max_workers': int"),
        ({"e": "end", "at": [1, 1]}, "line 1: expected the line 'begin' at the beginning"),
    ],
)
def test_a_first_line_that_is_not_this_formats_is_refused(
    first: dict[str, object], expected: str, tmp_path: Path
) -> None:
    with pytest.raises(BadTraceError) as caught:
        read(written(tmp_path, first))
    assert expected in str(caught.value)


def test_an_empty_file_and_no_file_are_different_errors(tmp_path: Path) -> None:
    with pytest.raises(BadTraceError, match="there is none"):
        read(tmp_path)
    with pytest.raises(BadTraceError, match="the file is empty"):
        read(written(tmp_path))
    with pytest.raises(BadTraceError, match="expected a directory"):
        read(tmp_path / "parent.jsonl")


def test_a_workers_file_under_another_name_is_refused(tmp_path: Path) -> None:
    written(tmp_path, BEGIN)
    with pytest.raises(BadTraceError, match="expected the lane in the file's name"):
        read(written(tmp_path, WORKER, name="worker-1.jsonl"))
