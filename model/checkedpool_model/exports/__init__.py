"""A trace that was followed, in the format of another tool.

Decides: nothing; each format has a file of its own. Must not know: how a trace is followed (``traces``).
"""
