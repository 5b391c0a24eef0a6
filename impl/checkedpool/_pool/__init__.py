"""The parent's side of the pool: futures, the calls of clients, the manager's platform, starting workers."""
