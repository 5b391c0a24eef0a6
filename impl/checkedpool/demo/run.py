"""The demonstration: hash the standard library's sources in a pool, then again while a busy worker is killed.

Decides: what is run, what is compared, and which observations count as held. Must not know: how a report is shown
(``commands`` renders it), nor anything of a pool beyond the interface of ``concurrent.futures``: the pool is handed
in, so the same demonstration can be given to any executor.
"""

import gc
import hashlib
import multiprocessing
import os
import platform
import signal
import sysconfig
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from enum import Enum
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Literal, Protocol

__all__ = ["Calm", "Census", "Check", "Death", "Outcome", "Report", "Victim", "run"]

Policy = Literal["break", "replace"]
Say = Callable[[str], None]

CHUNK = 32  # files per task in the calm run, where it is the seconds that are compared
PATIENCE = 120.0  # seconds after which a future that has not ended counts as one that never will
SIGKILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has one way only to end a process, and calls it SIGTERM
KILLED = -SIGKILL if os.name == "posix" else SIGKILL  # the exit code of one that was


class OpenPool(Protocol):
    """What the demonstration needs to be given: the executor's class, or anything called like it."""

    def __call__(self, *, max_workers: int, mp_context: BaseContext, on_worker_death: Policy) -> Executor: ...


# --- The report: what was seen, without a word on how to show it ------------------------------------------------------


class Outcome(Enum):
    """What became of one submitted task."""

    FINISHED = "finished with the right digest"
    WRONG = "finished with a wrong digest"
    BLAMED = "failed: its worker died while it ran"
    BROKEN = "failed: the pool broke before it ended"
    REFUSED = "refused: submit said that the pool is broken"
    ERROR = "failed in another way"
    LOST = "never ended"


@dataclass(frozen=True, slots=True)
class Check:
    """One claim, whether it held, and what was seen."""

    name: str
    held: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Calm:
    """The undisturbed run, beside the same work in one process."""

    start_method: str
    sequential_seconds: float
    pool_seconds: float
    checks: tuple[Check, ...]

    @property
    def speedup(self) -> float:
        """How many times as fast as one process the pool was, its start and its end included."""
        return self.sequential_seconds / self.pool_seconds


@dataclass(frozen=True, slots=True)
class Victim:
    """What the error of the task that ran in the killed worker says, word by word."""

    pid: int | None
    exitcode: int | None
    task: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Death:
    """The run in which a busy worker is killed."""

    policy: Policy
    start_method: str
    seconds: float
    outcomes: tuple[tuple[Outcome, int], ...]
    victim: Victim | None
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the demonstration saw."""

    python: str
    files: int
    megabytes: float
    workers: int
    calm: Calm
    deaths: tuple[Death, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """All claims, in the order in which they were made."""
        return self.calm.checks + tuple(check for death in self.deaths for check in death.checks)

    @property
    def held(self) -> bool:
        """Whether every claim held."""
        return all(check.held for check in self.checks)


# --- The tasks: what runs in the workers ------------------------------------------------------------------------------


def digest(path: str) -> str:
    """The sha256 of one file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def digest_of_all(paths: Sequence[str]) -> str:
    """One sha256 over the digests of many files: keeps a worker busy while others are submitted."""
    return _joined(map(digest, paths))


def _joined(digests: Iterable[str]) -> str:
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def killed_while_hashing(path: str) -> str:
    """A task whose worker gets SIGKILL half way: no handler runs, no answer is sent, nothing is put back."""
    content = Path(path).read_bytes()
    unfinished = hashlib.sha256(content[: len(content) // 2])
    os.kill(os.getpid(), SIGKILL)
    return unfinished.hexdigest()


# --- What must not be left behind -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Census:
    """The processes below this one, its threads and its open descriptors."""

    processes: frozenset[str]
    threads: frozenset[str]
    descriptors: frozenset[str]

    @classmethod
    def take(cls) -> "Census":
        """Count now. Zombies count; where there is no /proc, only multiprocessing's own children are seen."""
        threads = frozenset(f"thread {thread.name}" for thread in threading.enumerate())
        return cls(frozenset(f"process {pid}" for pid in _descendants()), threads, frozenset(_descriptors()))

    def new_since(self, before: "Census") -> list[str]:
        """What is here now and was not before."""
        return [
            *sorted(self.processes - before.processes),
            *sorted(self.threads - before.threads),
            *sorted(self.descriptors - before.descriptors),
        ]


def _descendants() -> set[int]:
    if not Path("/proc/self/stat").exists():
        return {child.pid for child in multiprocessing.active_children() if child.pid is not None}
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        parents[int(entry.name)] = int(fields[1])
    family = {os.getpid()}
    while children := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= children
    return family - {os.getpid()}


def _descriptors() -> set[str]:
    names: set[str] = set()
    for number in os.listdir("/dev/fd"):  # noqa: PTH208 - a Path would open one descriptor more
        try:
            names.add(f"descriptor {number} {os.readlink(f'/dev/fd/{number}')}")  # noqa: PTH115 - likewise
        except OSError:
            continue  # the one through which we looked
    return names


# --- The runs ---------------------------------------------------------------------------------------------------------


def run(open_pool: OpenPool, *, workers: int, start_method: str | None = None, say: Say = lambda _: None) -> Report:
    """Run everything: the calm run, then one death under each policy."""
    method = start_method or multiprocessing.get_start_method()
    plan: tuple[tuple[Policy, str], ...] = (("break", method), ("replace", _able_to_replace(method)))
    files = _standard_library()
    megabytes = sum(len(Path(path).read_bytes()) for path in files) / 1e6  # and both runs then read from memory
    say(f"hashing {len(files)} files in this process, then in {workers} workers ({method})")
    digests, calm = _calm(open_pool, files, workers, method)
    deaths: list[Death] = []
    for policy, how in plan:
        say(f"the same again while a busy worker is killed, policy {policy} ({how})")
        deaths.append(_death(open_pool, digests, workers, how, policy))
    return Report(platform.python_version(), len(files), megabytes, workers, calm, tuple(deaths))


def _standard_library() -> list[str]:
    """Every source file of the running Python's standard library, installed packages left out."""
    root = Path(sysconfig.get_path("stdlib"))
    installed = {"site-packages", "dist-packages"}
    return sorted(str(path) for path in root.rglob("*.py") if not installed & set(path.relative_to(root).parts))


def _able_to_replace(method: str) -> str:
    """The start method of the run that replaces a dead worker: a fork is made once, so another has to do it."""
    if method != "fork":
        return method
    return "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


def _context(method: str) -> BaseContext:
    """The context, with multiprocessing's own helper processes running: they are the interpreter's, not the pool's."""
    if method != "fork":
        resource_tracker.ensure_running()
    if method == "forkserver":
        forkserver.ensure_running()
    return multiprocessing.get_context(method)


def _calm(open_pool: OpenPool, files: list[str], workers: int, method: str) -> tuple[dict[str, str], Calm]:
    context = _context(method)
    before = Census.take()
    begun = time.perf_counter()
    expected = [digest(path) for path in files]
    sequential = time.perf_counter() - begun
    begun = time.perf_counter()
    seen = _hash_in(open_pool(max_workers=workers, mp_context=context, on_worker_death="break"), files)
    seconds = time.perf_counter() - begun
    same = sum(map(str.__eq__, expected, seen))
    checks = (
        Check("same digests as in one process", seen == expected, f"{same} of {len(files)}"),
        _nothing_left(before),
    )
    return dict(zip(files, expected, strict=True)), Calm(method, sequential, seconds, checks)


def _hash_in(executor: Executor, files: list[str]) -> list[str]:
    with executor as pool:
        return list(pool.map(digest, files, chunksize=CHUNK, timeout=PATIENCE))


def _death(open_pool: OpenPool, digests: dict[str, str], workers: int, method: str, policy: Policy) -> Death:
    context = _context(method)
    before = Census.take()
    begun = time.perf_counter()
    seen = _kill_in(open_pool(max_workers=workers, mp_context=context, on_worker_death=policy), digests, workers)
    seconds = time.perf_counter() - begun
    checks = (*_death_checks(seen), _policy_check(policy, seen), _nothing_left(before))
    tally = tuple((outcome, seen.outcomes[outcome]) for outcome in Outcome if seen.outcomes[outcome])
    return Death(policy, method, seconds, tally, seen.victim, checks)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of a run with a death: no future, no exception, so nothing that keeps a part of the pool alive."""

    outcomes: Counter[Outcome]
    failed: int
    errors: int
    victim: Victim | None
    further: str | None


def _kill_in(executor: Executor, digests: dict[str, str], workers: int) -> _Seen:
    with executor as pool:
        accepted, refused = _submit_around_a_victim(pool, digests, workers)
        wait([future for future, _ in accepted], timeout=PATIENCE)
        further = _further_work(pool, min(digests))
    outcomes = Counter(_outcome(future, expected) for future, expected in accepted)
    outcomes[Outcome.REFUSED] = refused
    errors = [error for future, _ in accepted if (error := _breaking(future)) is not None]
    victim = next((_victim(error) for error in errors if getattr(error, "ran", False)), None)
    return _Seen(outcomes, len(errors), len({id(error) for error in errors}), victim, further)


def _submit_around_a_victim(
    pool: Executor, digests: dict[str, str], workers: int
) -> tuple[list[tuple[Future[str], str | None]], int]:
    """Keep every worker busy, queue one task per file behind that, with the fatal one in their middle.

    Returns each accepted future with the result that it should have (None: none at all), and how many were refused.
    """
    files = list(digests)
    refused = 0
    whole = _joined(digests.values())
    accepted: list[tuple[Future[str], str | None]] = [
        (pool.submit(digest_of_all, files), whole) for _ in range(workers)
    ]
    for number, path in enumerate(files):
        try:
            if number == len(files) // 2:
                accepted.append((pool.submit(killed_while_hashing, path), None))
            accepted.append((pool.submit(digest, path), digests[path]))
        except BrokenProcessPool:
            refused += 1
    return accepted, refused


def _outcome(future: Future[str], expected: str | None) -> Outcome:
    if not future.done():
        return Outcome.LOST
    if (error := _breaking(future)) is not None:
        return Outcome.BLAMED if getattr(error, "ran", False) else Outcome.BROKEN
    if future.cancelled() or future.exception() is not None:
        return Outcome.ERROR
    return Outcome.FINISHED if future.result() == expected else Outcome.WRONG


def _breaking(future: Future[str]) -> BrokenProcessPool | None:
    error = None if future.cancelled() or not future.done() else future.exception()
    return error if isinstance(error, BrokenProcessPool) else None


def _victim(error: BrokenProcessPool) -> Victim:
    """What the error says; an executor whose errors say nothing has None everywhere."""
    pid, exitcode, task = (getattr(error, name, None) for name in ("pid", "exitcode", "task"))
    return Victim(pid, exitcode, task, str(error))


def _further_work(pool: Executor, path: str) -> str | None:
    """A digest computed after the death, or None if the pool says that it is broken."""
    try:
        return pool.submit(digest, path).result(PATIENCE)
    except BrokenProcessPool:
        return None


# --- The claims -------------------------------------------------------------------------------------------------------


def _death_checks(seen: _Seen) -> tuple[Check, ...]:
    outcomes, victim = seen.outcomes, seen.victim
    lost, wrong, other = outcomes[Outcome.LOST], outcomes[Outcome.WRONG], outcomes[Outcome.ERROR]
    blamed = "no error names it" if victim is None else f"pid {victim.pid}, exit code {victim.exitcode}"
    return (
        Check("every future ended", lost == 0, f"{lost} never ended"),
        Check("none ended wrongly", wrong + other == 0, f"{wrong} wrong, {other} other errors"),
        Check("the death is charged to its task", _names_the_deed(victim) and outcomes[Outcome.BLAMED] == 1, blamed),
        Check(
            "each failed future has its own error",
            seen.errors == seen.failed,
            f"{seen.errors} errors for {seen.failed} futures",
        ),
    )


def _names_the_deed(victim: Victim | None) -> bool:
    name = f"{killed_while_hashing.__module__}.{killed_while_hashing.__qualname__}"
    return victim is not None and victim.pid is not None and (victim.exitcode, victim.task) == (KILLED, name)


def _policy_check(policy: Policy, seen: _Seen) -> Check:
    further = "refused" if seen.further is None else "ran"
    if policy == "break":
        return Check("the pool refuses further work", further == "refused", further)
    others = seen.outcomes[Outcome.BROKEN] + seen.outcomes[Outcome.REFUSED]
    held = others == 0 and further == "ran"
    return Check("only its task failed, the pool goes on", held, f"{others} others, new work {further}")


def _nothing_left(before: Census) -> Check:
    gc.collect()  # a pool's wake-up pipe goes with the last reference to the pool
    left = Census.take().new_since(before)
    return Check("no process, thread or descriptor left", not left, ", ".join(left) or "0 left")
