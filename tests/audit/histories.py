"""Histories written by hand.  Decides: short words for events.  Must not know: what is allowed."""

from checkedpool.testing.audit import Call, Checker, Difference, Event, Kind, Work
from checkedpool_spec.vocabulary import DeathPolicy, ShutdownLevel


class Told:
    """A history that is told call by call."""

    def __init__(
        self, workers: int = 1, policy: DeathPolicy = DeathPolicy.BREAK, allowed: tuple[str, ...] = ()
    ) -> None:
        self.checker = Checker(workers, policy, allowed)
        self._calls = 0
        self._tasks = 0

    @property
    def difference(self) -> Difference | None:
        return self.checker.difference

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses that it breaks."""
        return self.difference.clauses if self.difference else ()

    def event(self, kind: Kind, task: int = -1, said: str = "") -> "Told":
        self.checker.feed(Event(kind, task=task, said=said))
        return self

    def begin(  # noqa: PLR0913 - what there is of a call
        self,
        what: Call,
        task: int = -1,
        work: Work | None = None,
        level: int = 0,
        *,
        wait: bool = False,
        note: str = "",
    ) -> int:
        self._calls += 1
        self.checker.feed(Event(Kind.BEGIN, task, self._calls, what, work, level, wait, note=note))
        return self._calls

    def end(self, call: int, said: object) -> "Told":
        self.checker.feed(Event(Kind.END, call=call, said=str(said)))
        return self

    def call(self, what: Call, said: object, task: int = -1) -> "Told":
        return self.end(self.begin(what, task), said)

    def submit(self, work: Work = Work.QUICK, said: str = "accepted") -> int:
        """A submit from its begin to its end; the task's number."""
        task, self._tasks = self._tasks, self._tasks + 1
        self.end(self.begin(Call.SUBMIT, task, work), said)
        return task

    def busy(self) -> "Told":
        """A worker is inside a task that it does not leave."""
        return self.event(Kind.ENTERED, self.submit(Work.HELD))

    def shut_down(self, level: ShutdownLevel = ShutdownLevel.DRAIN, said: str = "returned") -> "Told":
        return self.end(self.begin(Call.SHUTDOWN, level=level), said)

    def begin_to_wait(self, level: ShutdownLevel = ShutdownLevel.DRAIN) -> int:
        return self.begin(Call.SHUTDOWN, level=level, wait=True)
