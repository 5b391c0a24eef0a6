"""The reading budget: how much of the plain pool one has to read to follow what happens.

``python -m tests.checks.reading`` shows it, file by file.
"""
