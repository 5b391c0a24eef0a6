"""The inductive invariant of the ticket protocol: that it is proved, that it is tied, and that each could fail."""
