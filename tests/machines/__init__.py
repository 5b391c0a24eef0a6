"""The pure machines, without any process."""
