"""The lesson: the programs of the page on shutdown, run with this executor and with the standard one."""
