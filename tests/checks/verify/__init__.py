"""The one-page report behind `make verify`, and its tests."""
