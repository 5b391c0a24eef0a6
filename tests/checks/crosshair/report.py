"""What CrossHair says of all contracts beside what it has said, and whether each mutant is refuted.

Decides: what is a failure.  Must not know: how it is shown.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from typing import Self

from checkedpool_model.checker.explore import Verdict
from checkedpool_model.cli.many import usable_cores
from tests.checks.crosshair.mutants import MUTANTS, Mutant

__all__ = ["Asker", "Report", "Said", "Say", "asked", "contracts_there", "listed", "report"]

Say = Callable[[str], None]
ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent
LONGEST = 60.0
"""Seconds of the processor that a condition may take that was confirmed once."""
MUTANTS_LONGEST = 15.0
CONFIRMED, NOT_REFUTED, REFUTED = "confirmed", "not refuted", "refuted"
WORST = REFUTED, "no answer", NOT_REFUTED, CONFIRMED


@dataclass(frozen=True, slots=True)
class Said:
    """What CrossHair says of a contract: of its conditions the worst, and the words to that."""

    contract: str
    said: str
    words: str
    conditions: int
    seconds: float
    listed: str = ""
    mutant: str = ""

    @property
    def problem(self) -> str:
        """What is wrong with that; "": nothing."""
        if self.mutant:
            return "" if self.said == REFUTED else f"SURVIVES: {self.mutant}: {self.contract} is {self.said}"
        if self.said == self.listed or (self.said == CONFIRMED and self.listed == NOT_REFUTED):
            return ""
        return f"{self.contract} was {self.listed} and is {self.said}: {self.words}"


@dataclass(frozen=True, slots=True)
class Report:
    """All that was asked."""

    contracts: tuple[Said, ...]
    mutants: tuple[Said, ...]
    broken: tuple[str, ...]
    """Where there was no answer at all."""
    seconds: float

    @property
    def problems(self) -> tuple[str, ...]:
        """Everything that is not as it is listed."""
        wrong = (one.problem for one in (*self.contracts, *self.mutants) if one.problem)
        return (*wrong, *self.broken)

    @property
    def verdict(self) -> Verdict:
        """Nothing asked is nothing shown."""
        if any(one.problem for one in (*self.contracts, *self.mutants)):
            return Verdict.VIOLATED
        return Verdict.NOT_FINISHED if self.broken or not (self.contracts or self.mutants) else Verdict.HOLDS


def listed() -> dict[str, float]:
    """Each contract, and the seconds after which it counts as not refuted; 0: it was confirmed."""
    table = tomllib.loads((HERE / "said.toml").read_text(encoding="utf-8"))
    confirmed = (f"{file}.{name}" for file, names in table["confirmed"].items() for name in names)
    return {**dict.fromkeys(confirmed, 0.0), **table["not_refuted"]}


def contracts_there() -> set[str]:
    """The functions that have a ``post``, as the files say."""
    found = set()
    for path in HERE.glob("contracts/[a-z]*.py"):
        for function in path.read_text(encoding="utf-8").split("\ndef ")[1:]:
            if "    post: " in function:
                found.add(f"{path.stem}.{function[: function.index('(')]}")
    return found


def report(say: Say, wanted: Sequence[str], mutants: Sequence[Mutant] = MUTANTS, jobs: int | None = None) -> Report:
    """Ask everything that is wanted, several at a time, each in a process of its own."""
    begun = time.perf_counter()
    broken: list[str] = []
    threads = jobs or usable_cores()
    idle = SimpleQueue[Asker]()

    def tried(ask: Callable[[Asker], list[Said]]) -> list[Said]:
        asker = idle.get()
        try:
            answers = ask(asker)
        except BrokenAskingError as error:
            broken.append(str(error))
            return []
        finally:
            idle.put(asker)
        for one in answers:
            say(f"{one.mutant or one.contract}: {one.said}")
        return answers

    with ExitStack() as all_of_them, ThreadPoolExecutor(threads) as waiting:  # each waits for a process
        for _ in range(threads):
            idle.put(all_of_them.enter_context(Asker()))
        answered = [one for part in waiting.map(tried, (*_contracts(wanted), *map(_mutant, mutants))) for one in part]
    said = tuple(one for one in answered if not one.mutant)
    return Report(said, tuple(one for one in answered if one.mutant), tuple(broken), time.perf_counter() - begun)


def _contracts(wanted: Sequence[str]) -> Iterator[Callable[[Asker], list[Said]]]:
    """One question for each file, and for each contract that has its own seconds."""
    limits = listed()
    quick = [name for name in wanted if not limits[name]]
    for _, names in groupby(quick, key=lambda name: name.partition(".")[0]):
        yield partial(asked, contracts=list(names), seconds=LONGEST, listed=CONFIRMED)
    for name in wanted:
        if limits[name]:
            yield partial(asked, contracts=[name], seconds=limits[name], listed=NOT_REFUTED)


def _mutant(mutant: Mutant) -> Callable[[Asker], list[Said]]:
    return partial(asked, contracts=[mutant.contract], seconds=MUTANTS_LONGEST, mutant=mutant.name)


class BrokenAskingError(RuntimeError):
    """CrossHair has given no answer."""


class Asker:
    """A process that answers one question after the other."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def lines(self, question: Sequence[object]) -> tuple[list[str], int | None]:
        """What it says to that, and with which status the answer ended; None: it has ended itself."""
        process = self._process = self._process or _started()
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):  # then it has said why
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
        said: list[str] = []
        for line in process.stdout:
            if line.startswith('{"over"'):
                return said, json.loads(line)["over"]
            said.append(line)
        self.end()
        return said, None

    def end(self) -> None:
        """There are no more questions."""
        if self._process is not None:
            with suppress(BrokenPipeError):
                self._process.communicate()
        self._process = None


def _started() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.checks.crosshair.asked"]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": "0"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def asked(asker: Asker, contracts: Sequence[str], seconds: float, *, listed: str = "", mutant: str = "") -> list[Said]:
    """What CrossHair says of them."""
    about = mutant or " ".join(contracts)
    lines, status = asker.lines([seconds, mutant, *contracts])
    if status == -signal.SIGALRM:
        raise BrokenAskingError(f"{about}: no answer in time")
    if status != 0:
        raise BrokenAskingError(f"{about}: {''.join(lines).strip()[-400:]}")
    answers = [json.loads(line) for line in lines if line.startswith("{")]
    if {answer["contract"] for answer in answers} != set(contracts):
        raise BrokenAskingError(f"{about}: of some of them CrossHair says nothing")
    return [_whole(name, [one for one in answers if one["contract"] == name], listed, mutant) for name in contracts]


def _whole(name: str, answers: list[dict[str, str]], listed: str, mutant: str) -> Said:
    worst = min(answers, key=lambda answer: WORST.index(answer["said"]))
    seconds = sum(float(answer["seconds"]) for answer in answers)
    return Said(name, worst["said"], worst["words"], len(answers), seconds, listed, mutant)
