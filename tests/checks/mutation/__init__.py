"""Mechanical mutants: small faults put into the machines and the fast rooms by rule, and which check sees each."""
