"""A traced pool: every process of it writes a line for each event; fault plans have their points there."""
