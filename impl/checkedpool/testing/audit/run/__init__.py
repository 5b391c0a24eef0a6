"""Driving an executor through a scenario, and writing its history down."""
