"""Which pool cannot do which row, and why. The report shows a dash, and the reason below it.

Decides: what is not even tried. Must not know: how a row is measured. What a pool can be asked for and then does not do
is not a refusal: it is measured, and if it hangs, that is its result.
"""

from fnmatch import fnmatchcase

NO_METHOD = "threads are started in one way only"
NO_CANCEL = "no call cancels what waits: terminate() leaves its results without an end"

STOPS = "stop() leaves its futures without an end"

NO_LIMIT = "replaces no worker after a number of tasks that its constructor is told"
NO_TIME = "limits no task in time"
OTHER_FACE = "has another face: it would be another script"

REFUSALS = {
    ("threads", "start-*"): NO_METHOD,
    ("threads", "limit-*"): NO_METHOD,
    ("standard", "in-time"): NO_TIME,
    ("threads", "in-time"): NO_TIME,
    ("loky", "in-time"): NO_TIME,
    ("mp.Pool", "in-time"): NO_TIME,
    ("mpire", "in-time"): "limits a map in time, no task that is submitted by itself",
    ("loky", "limit-*"): NO_LIMIT,
    ("mpire", "limit-*"): NO_LIMIT,
    ("threads", "import"): OTHER_FACE,
    ("loky", "import"): OTHER_FACE,
    ("pebble", "import"): OTHER_FACE,
    ("mpire", "import"): OTHER_FACE,
    ("mp.Pool", "import"): OTHER_FACE,
    ("threads", "death"): "a thread cannot be killed",
    **dict.fromkeys([(peer, "lambdas") for peer in ("standard", "pebble", "mp.Pool", "mpire")], "sends no lambda"),
    **dict.fromkeys(
        [(peer, "logged") for peer in ("standard", "loky", "pebble", "mp.Pool", "mpire")], "forwards no log"
    ),
    ("threads", "logged"): "has one process",
    ("loky", "start-fork"): "warns against fork: its own start methods replace it",
    ("pebble", "cancel-*"): STOPS,
    ("mp.Pool", "cancel-*"): NO_CANCEL,
    ("mpire", "cancel-*"): NO_CANCEL,
}


def refusal(peer: str, row: str) -> str | None:
    """Why this peer is not measured on this row; None if it is."""
    found = (why for (who, rows), why in REFUSALS.items() if who == peer and fnmatchcase(row, rows))
    return next(found, None)
