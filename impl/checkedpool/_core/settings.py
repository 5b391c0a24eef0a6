"""What is fixed for the life of a pool.  Decides nothing."""

from __future__ import annotations

from checkedpool._core.record import Record
from checkedpool_spec.vocabulary import DeathPolicy


class Settings(Record):
    """What is fixed for the life of a pool.  Limits are seconds."""

    max_workers: int
    policy: DeathPolicy = DeathPolicy.BREAK
    on_demand: bool = True  # spawn and forkserver start workers when they are needed; fork never does
    task_limit: int | None = None
    window: int = 64  # tickets ahead of a worker; 1 where they cannot be taken back
    cautious: int | None = None  # fewer, ahead of one whose tasks are not known to be short; None: not fewer
    exit_limit: float = 300.0
    terminate_limit: float = 5.0
    kill_limit: float = 10.0
    start_limit: float = 60.0
    patience: float = 0.05  # how long a job may keep a user-code thread before others get a further one
