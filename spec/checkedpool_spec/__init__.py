"""The specification's package: the words that model and implementation share, and the command line's entry.

Decides nothing itself. Must not import the model or the implementation: both stand on it.
"""
