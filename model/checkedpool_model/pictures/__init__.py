"""Pictures of real runs: lanes over real time, and below them the events, each with its step of the model.

Decides: nothing; ``lanes`` has what stands in a lane, ``events`` which events are told in words. Must not know: how a
trace is followed (``traces``).
"""
