"""Traces of real runs: read, judged, mutated."""
