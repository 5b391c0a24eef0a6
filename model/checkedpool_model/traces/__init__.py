"""Traces of real runs, held against the protocol: which step of the model each recorded event is.

Decides: nothing; ``reading`` finds the facts of a trace, ``manager_events``, ``client_events`` and ``worker_events``
say which steps they are, ``rules`` where the code may do what the model's table does not have, ``verdict`` what came of
it. Must not know: how a trace is written.
"""
