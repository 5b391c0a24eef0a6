"""The pool on systems that are not at hand: its real processes, with only the names that Windows or macOS has."""
