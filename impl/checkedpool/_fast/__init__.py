"""Fast rooms: each file replaces a plain class of the pool, or a part of one, by a faster one that does the same."""
