"""Whole programs that people want: docs/recipes.md."""
