"""The checker: explores a system of guarded actions exhaustively. It knows nothing of pools."""
