"""What is done when the manager itself has failed, and in which order.  Decides that order, performs nothing.

No machine takes part: what it knew may be what is wrong.  Whoever performs this asks his own books instead: which
workers there are, which futures have no end or owe callbacks, what nobody has taken out of the inbox.

The order matters three times.  Submissions are refused before the inbox is looked into: who has posted before that is
notified, who posts later looks at the gate again and withdraws.  Workers are ended before futures: nobody begins what
is done.  And their channels are closed when all have an end: a canceller may be at one, and finds the ticket that
nobody took; and a client that issues its task to a worker that was lent finds its post in the inbox no more.
"""

from __future__ import annotations

from checkedpool._core.tables import Name


class Panic(Name):
    """One thing to do."""

    REFUSE = "refuse submissions: the pool is broken"
    END_WORKERS = "kill every worker and reap it"
    TELL = "tell every future that has no end; one whose lock is held is told by a user-code thread"
    CALL_BACK = "have the callbacks of all these called: when all are told, since one may wait for another"
    LET_GO = "give up the starts that are under way, and let the user-code threads go when they have done their jobs"
    CLOSE = "close what belonged to the workers"


ORDER = (Panic.REFUSE, Panic.END_WORKERS, Panic.TELL, Panic.CALL_BACK, Panic.LET_GO, Panic.CLOSE)
