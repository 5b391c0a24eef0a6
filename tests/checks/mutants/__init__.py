"""Broken code, each of which a check must catch: ``make mutants`` runs the list."""
