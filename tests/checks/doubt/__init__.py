"""Bugs to plant by choice, each in a copy of the project: ``make doubt`` shows which check names it, and how."""
