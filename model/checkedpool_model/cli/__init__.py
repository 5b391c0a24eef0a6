"""The model's verbs of the command line, and the documents that are generated from it."""
