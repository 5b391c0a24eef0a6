"""The shell's parts one by one, without any worker process."""
