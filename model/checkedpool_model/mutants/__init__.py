"""Broken variants of the protocol: each must be killed by the claim that it names."""
