"""The audit's verdicts: the command, its report, its drawings."""
