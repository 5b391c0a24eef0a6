"""The fast rooms beside the plain pool, at every interleaving of small scopes: the code that runs, access by access."""
