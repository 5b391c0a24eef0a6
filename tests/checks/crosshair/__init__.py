"""Contracts of pure functions, which CrossHair confirms for all values or does not refute; and their mutants."""
