"""The audit kit is audited: histories by hand, executors that break one clause each, the command."""
