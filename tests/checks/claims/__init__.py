"""What the project claims, each with the command that shows it: ``docs/claims.md``, and ``make claims``."""
