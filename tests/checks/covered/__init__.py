"""Which lines of the executor exploration executes, and which tests alone: ``python -m tests.checks.covered``."""
