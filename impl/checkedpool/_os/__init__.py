"""What the operating system and the interpreter give: channels, processes, locks, the fork guard."""
