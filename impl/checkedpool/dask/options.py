"""Views: the session as an executor on a cluster with options has it.

Decides which of a pool's options a cluster can keep.  Must not know: how a call is tried again.
"""

from __future__ import annotations

from checkedpool.dask.errors import as_standard
from checkedpool.dask.future import Options
from checkedpool.options import DEFAULTS, checked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from checkedpool.dask.future import DaskFuture
    from checkedpool.dask.session import Session

CANNOT_STOP = (
    "{name}: a task on a cluster cannot be stopped once it has begun: its worker may run tasks of others, or have "
    "begun another one by the time that it is ended; have the task look at the time by itself, or run it here by "
    "checkedpool.ProcessPoolExecutor, which has {name}"
)


class View:
    """A session whose calls have options; all else is the session's own."""

    options: dict[str, Any]

    def __init__(self, session: Session | View, given: Mapping[str, object]) -> None:
        """What is not ``given`` is as in the session, which may be a view itself."""
        self.session: Session = session.session if isinstance(session, View) else session
        self.options = {**(session.options if isinstance(session, View) else DEFAULTS), **checked(given)}
        for name in ("timeout", "cancel_running"):
            if self.options[name]:
                raise ValueError(CANNOT_STOP.format(name=name))
        asked = self.options["retry_on"]
        causes = (as_standard(), TimeoutError) if asked is None else asked
        self._kept = Options(self.options["retries"], causes, self.options["priority"])

    def submit(self, fn: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> DaskFuture[Any]:
        """As the session's."""
        return self.session.submit(fn, args, kwargs, self._kept)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)
