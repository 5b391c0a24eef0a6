"""The demonstration: real work, a kill in the middle of it, and every future accounted for."""
