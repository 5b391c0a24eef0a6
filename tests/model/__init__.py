"""The model and its checker."""
