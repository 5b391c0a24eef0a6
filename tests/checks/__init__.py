"""Programs with a verdict.  Each can be run by itself, and most are rows of ``make verify``."""
