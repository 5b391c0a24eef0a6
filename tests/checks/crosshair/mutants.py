"""Faults in the code that runs, each with the contract that must be refuted by it.

Decides: which faults there are, and how one gets into a process: the module is compiled from the changed text.
Must not know: what CrossHair makes of it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

__all__ = ["MUTANTS", "Mutant", "NotThereError", "put_in"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """``before``, which stands in the module once, becomes ``after``."""

    name: str
    contract: str
    module: str
    before: str
    after: str


class NotThereError(RuntimeError):
    """What the mutant breaks is not there any more."""


RECORD, MANAGER, TABLES = "checkedpool._core.worker_record", "checkedpool._core.manager", "checkedpool._core.tables"
RULES, LENDING, PIPES = "checkedpool._fast.quick_rules", "checkedpool._fast.dispatch_rules", "checkedpool._fast.pipes"
PICKLING, SHARED = "checkedpool._payload.pickling", "checkedpool._pool.shared"
READING, FILES, TRACE = "checkedpool_model.traces.reading", "checkedpool_spec.trace_files", "checkedpool_spec.trace"

MUTANTS = (
    Mutant("unread frames are counted without the lap", "numbers.new_and_unread", RECORD,
           "return (self.last - self.read) % LAST_SEQ", "return self.last - self.read"),
    Mutant("a worker is dealt more frames than there are numbers", "numbers.room", RECORD,
           "min(settings.window - has, UNREAD - self.unread)", "settings.window - has"),
    Mutant("the number after the last one is 0", "numbers.next_number", RECORD,
           "self.last, (self.last + len(ids) - 1) % LAST_SEQ + 1", "self.last, (self.last + len(ids)) % LAST_SEQ"),
    Mutant("numbers of a batch do not come round", "numbers.batch", RECORD,
           "((first + place) % LAST_SEQ + 1, task)", "(first % LAST_SEQ + place + 1, task)"),
    Mutant("the number that is lent does not come round", "numbers.lent_number", RECORD,
           "return self.last % LAST_SEQ + 1", "return self.last + 1"),
    Mutant("a marked frame that is next to be read is forgotten", "numbers.marked", RECORD,
           "(self.last - mark) % LAST_SEQ <= self.unread)", "(self.last - mark) % LAST_SEQ < self.unread)"),
    Mutant("a marked frame that was read is still to be read", "numbers.marking", RECORD,
           "seq if seq != MARK else self.marks[0]", "seq if seq != MARK else self.read"),
    Mutant("frames without tickets do not count towards the limit", "records.limit", RECORD,
           "self.limit - self.given - len(self.queued)", "self.limit - self.given"),
    Mutant("a full pipe gets one frame more", "records.behind", RECORD,
           "min(room, 1 if self.idle else 0)", "min(room, 1)"),
    Mutant("what is not known to be short has the whole window", "records.cautious", RULES,
           "few is None or self.quick:", "few is None or not self.quick:"),
    Mutant("tickets go out for frames that are not whole", "records.issuable", RECORD,
           "whole = len(self.queued) - self.behind", "whole = len(self.queued)"),
    Mutant("what comes back comes in reverse", "revoking.revoked", MANAGER,
           "for id in reversed(tuple(ids)):", "for id in tuple(ids):"),
    Mutant("what came back stands behind what was queued", "revoking.revoked", MANAGER,
           "[*ids, *lane.take_queued()]", "[*lane.take_queued(), *ids]"),
    Mutant("what came back still counts", "revoking.revoked", MANAGER,
           "lane.given -= len(ids)", "lane.given -= 0"),
    Mutant("the task of a loan is booked under another number", "revoking.lent", LENDING,
           "lane.last = lane.next_seq", "lane.last += 1"),
    Mutant("a worker at its limit is lent", "revoking.lent", LENDING,
           "lane.given < lane.limit", "lane.given <= lane.limit"),
    Mutant("of equal workers the later one is first", "dealing.two", RULES,
           "low.sort(key=lambda hand: hand.number)", "low.sort(key=lambda hand: -hand.number)"),
    Mutant("rounds go on past the next worker's level", "dealing.two", RULES,
           "rounds = min(rounds, rest[0].has - level)", "rounds = rounds"),
    Mutant("a worker has as much after a round as before", "dealing.three", RULES,
           "hand.has += rounds", "hand.has += 0"),
    Mutant("a frame is whole a byte late", "frames.cut", PICKLING,
           "(end := HEADER.size + length)", "(end := HEADER.size + length + 1)"),
    Mutant("a length is two bytes", "frames.packed", PICKLING,
           'Struct("<BBQ")', 'Struct("<BBH")'),
    Mutant("a length is signed", "frames.length_of", PICKLING,
           'Struct("<BBQ")', 'Struct("<BBq")'),
    Mutant("the fast assembler forgets what it has", "frames.cut", PIPES,
           "self._parts.append(data[at:])", "self._parts.append(data[at + 1:])"),
    Mutant("a frame below the ticket runs too", "tables.runs", TABLES,
           "seq == self.ticket else", "seq <= self.ticket else"),
    Mutant("the ticket to leave is a frame's", "tables.runs", TABLES,
           "if ticket == LEAVE:", "if ticket < 0:"),
    Mutant("who has cancelled goes without waking the manager", "tables.cancel", TABLES,
           "Step.POST_REVOKED: {None: Step.WAKE_DONE}", "Step.POST_REVOKED: {None: End.TRUE}"),
    Mutant("a submit refuses what the manager has", "tables.submit", TABLES,
           "Step.WITHDRAW_CLOSED: {True: End.CLOSED, False: Step.WAKE_FOR_TASK}",
           "Step.WITHDRAW_CLOSED: {True: End.CLOSED, False: End.CLOSED}"),
    Mutant("a cancelled future gets a value", "futures.ended", SHARED,
           "if self._state not in DONE:  # no call comes", "if self._state != FINISHED:  # no call comes"),
    Mutant("a future without a pool may be cancelled", "futures.said", SHARED,
           "self._state == PENDING and shared is not None", "self._state == PENDING"),
    Mutant("a cancel that came late says True", "futures.cancelled", SHARED,
           "return at is End.TRUE and self.cancelled()", "return at is End.TRUE"),
    Mutant("true is a number", "traces.number", FILES,
           "value = self.fields.get(name)\n        if isinstance(value, int) and not isinstance(value, bool):",
           "value = self.fields.get(name)\n        if isinstance(value, int):"),
    Mutant("an initializer that failed is followed by ready", "traces.written", TRACE,
           '("INITIALIZE", "FAILED"): "SAY_FAILED"', '("INITIALIZE", "FAILED"): "SAY_READY"'),
    Mutant("a look may end before it begins", "traces.looks", READING,
           "or span[1] < first:", "or span[1] < 0:"),
    Mutant("a worker's clock may go back", "traces.clock", READING,
           "        if line.before < clock:", "        if line.after < file.first.before:"),
)  # fmt: skip


def put_in(mutant: Mutant) -> None:
    """From now on its module is the changed one."""
    if mutant.module in sys.modules:
        raise NotThereError(f"{mutant.module} was imported before it was changed")
    sys.meta_path.insert(0, _Finder(mutant))


class _Finder(MetaPathFinder):
    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.mutant.module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(self.mutant, spec.origin)
        return spec


class _Loader(SourceFileLoader):
    def __init__(self, mutant: Mutant, origin: str) -> None:
        super().__init__(mutant.module, origin)
        self.mutant = mutant

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - it is of one module
        source, mutant = Path(self.path).read_text(encoding="utf-8"), self.mutant
        if source.count(mutant.before) != 1:
            raise NotThereError(f"{mutant.name}: it stands {source.count(mutant.before)} times in {mutant.module}")
        code: CodeType = compile(source.replace(mutant.before, mutant.after), self.path, "exec", dont_inherit=True)
        return code
