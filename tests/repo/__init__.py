"""The project's own rules: layers, file sizes, docstrings, documented commands, the Makefile."""
