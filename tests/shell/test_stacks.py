"""What is read of a dump of faulthandler's: which frames are the task's, and when it is whole."""

from __future__ import annotations

import os

import pytest

from checkedpool._os import stack_dumps
from checkedpool._os.system import show_stack
from checkedpool._pool import stacks
from checkedpool._worker.worker import answer_to, worker_main

OWN = "/somewhere/checkedpool/_worker/worker.py"
OUTER = [(OWN, 50, "answer_to"), ("/x/rounds.py", 92, "_do_call"), (OWN, 240, "worker_main"), ("/x/p.py", 1, "run")]
TASK = [("/u/inner.py", 3, "inner"), ("/u/task.py", 9, "task")]


def dump(*frames: tuple[str, object, str]) -> bytes:
    lines = [f'  File "{file}", line {line} in {name}\n' for file, line, name in frames]
    return stack_dumps.HEAD + "".join(lines).encode()


def read(data: bytes, *, no_more: bool = False) -> list[str] | None:
    found = stacks.read(data, no_more)
    return None if found is None else [frame.name for frame in found]


def test_the_tasks_frames_are_those_from_the_call_on() -> None:
    """C-141."""
    assert read(dump(*TASK, *OUTER)) == ["answer_to", "task", "inner"]


def test_the_workers_own_handler_is_no_frame_of_the_task() -> None:
    """C-141: the second signal may come while it deals with the first, in it or in what it calls."""
    handler = [("/lib/contextlib.py", 4, "__exit__"), ("/somewhere/checkedpool/_os/system.py", 5, show_stack.__name__)]
    assert read(dump(*handler, *TASK, *OUTER)) == ["answer_to", "task", "inner"]
    assert read(dump(*handler[1:], *TASK, *OUTER)) == ["answer_to", "task", "inner"]
    assert read(dump(("/u/system.py", 5, show_stack.__name__), *OUTER)) == ["answer_to", show_stack.__name__]


@pytest.mark.every("place at which a dump can be cut off")
def test_a_dump_is_whole_when_the_workers_outermost_frame_is_there() -> None:
    """C-141."""
    whole = dump(*TASK, *OUTER[:3])
    assert [size for size in range(len(whole) + 1) if read(whole[:size]) is not None] == [len(whole)]


@pytest.mark.parametrize("at", [[], [("/x/pickling.py", 1, "dump")]])
def test_a_worker_that_is_not_in_the_function_shows_no_task(at: list[tuple[str, int, str]]) -> None:
    """C-141: it waits, or writes the answer."""
    assert read(dump(*at, *OUTER[1:])) == []


def test_a_pool_in_a_worker_does_not_show_the_task_around_it() -> None:
    """C-141: of two frames that call, the inner one."""
    assert read(dump(*TASK, *OUTER[:3], ("/u/outer.py", 1, "outer"), *OUTER)) == ["answer_to", "task", "inner"]


def test_a_stack_that_does_not_come_to_the_worker_is_whole_when_no_more_comes() -> None:
    """C-141: a greenlet's, another thread's."""
    assert read(dump(*TASK)) is None
    assert read(dump(*TASK), no_more=True) == ["task", "inner"]


@pytest.mark.parametrize("end", [b"  ...\n", b"  <invalid frame>\n"])
def test_a_stack_that_faulthandler_gives_up_is_whole(end: bytes) -> None:
    """C-141."""
    assert read(dump(*TASK) + end) == ["task", "inner"]


@pytest.mark.parametrize("end", [b"", b"  ...\n"])
def test_of_a_deep_stack_there_are_a_hundred_frames(end: bytes) -> None:
    """C-141: not every Python writes that there are more."""
    assert read(dump(*TASK[:1] * 100) + end) == ["inner"] * 100


def test_what_faulthandler_cannot_write_is_read_back() -> None:
    """C-141: it writes ASCII, and three question marks for what it does not find."""
    text = dump((r"/\xfc/\u4e2d/\U0001f600.py", 3, r"\xe4\u0431"), ('/a/in "b".py', "???", "c"), *OUTER)
    found = stacks.read(text + b"  File ???, line 7 in ", no_more=True)
    assert found is not None
    assert [(frame.filename, frame.lineno, frame.name) for frame in found[:0:-1]] == [
        ("/\xfc/\u4e2d/\U0001f600.py", 3, "\xe4\u0431"), ('/a/in "b".py', None, "c")
    ]  # fmt: skip
    assert "".join(found.format())


def test_the_names_by_which_frames_are_known_are_those_of_the_code() -> None:
    for function in (answer_to, worker_main):
        assert function.__code__.co_filename.endswith(stacks.OWN)


def test_a_process_that_is_not_there_has_ended() -> None:
    """C-141."""
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert stack_dumps.ask(pid, b"3 4", stacks.read, 1) is None  # nobody has reaped it
    os.waitpid(pid, 0)
    assert stack_dumps.ask(pid, b"3 4", stacks.read, 1) is None


@pytest.mark.parametrize("where", [b"", b"0 0", b"99998 99999"])
def test_nothing_is_sent_to_who_shows_nothing(where: bytes) -> None:
    """C-143: to this process it would be the end."""
    with pytest.raises(stack_dumps.CannotAskError):
        stack_dumps.ask(os.getpid(), where, stacks.read, 1)


def test_nothing_is_sent_to_who_does_not_hear_it() -> None:
    """C-143: although the pipe is there."""
    reader, writer = os.pipe()
    try:
        with pytest.raises(stack_dumps.CannotAskError):
            stack_dumps.ask(os.getpid(), f"{reader} {writer}".encode(), stacks.read, 1)
    finally:
        os.close(reader)
        os.close(writer)
