"""The museum: famous bugs of executors, each as a small model in which the checker finds it, beside its cure.

Decides: which exhibits there are, in which order. Must not know: what they are about.
"""

from checkedpool_model.museum import (
    blocked_writer,
    cancelled_not_told,
    cleared_table,
    closed_too_early,
    dead_reader,
    dead_reference,
    eaten_wakeup,
    endless_replacement,
    fork_hooks,
    full_pipe,
    inherited_end,
    late_acknowledgement,
    lock_order,
    lost_task,
    stale_token,
    stolen_pill,
    stumbling_break,
    two_tables,
)
from checkedpool_model.museum.exhibit import Exhibit
from checkedpool_spec.names import did_you_mean

__all__ = ["EXHIBITS", "UnknownExhibitError", "exhibit_named"]

EXHIBITS: tuple[Exhibit, ...] = (
    stale_token.EXHIBIT,
    full_pipe.EXHIBIT,
    lock_order.EXHIBIT,
    cancelled_not_told.EXHIBIT,
    closed_too_early.EXHIBIT,
    dead_reader.EXHIBIT,
    stolen_pill.EXHIBIT,
    eaten_wakeup.EXHIBIT,
    dead_reference.EXHIBIT,
    cleared_table.EXHIBIT,
    blocked_writer.EXHIBIT,
    lost_task.EXHIBIT,
    late_acknowledgement.EXHIBIT,
    two_tables.EXHIBIT,
    stumbling_break.EXHIBIT,
    inherited_end.EXHIBIT,
    endless_replacement.EXHIBIT,
    fork_hooks.EXHIBIT,
)


class UnknownExhibitError(ValueError):
    """There is no exhibit of that name."""

    def __init__(self, name: str) -> None:
        known = [exhibit.name for exhibit in EXHIBITS]
        super().__init__(f"there is no exhibit {name!r}{did_you_mean(name, known)}; known exhibits: {', '.join(known)}")


def exhibit_named(name: str) -> Exhibit:
    """The exhibit of that name, or UnknownExhibitError with the known ones."""
    for exhibit in EXHIBITS:
        if exhibit.name == name:
            return exhibit
    raise UnknownExhibitError(name)
