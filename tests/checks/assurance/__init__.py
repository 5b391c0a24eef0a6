"""Which clause of the contract is checked by what, on a page: ``python -m tests.checks.assurance``."""
