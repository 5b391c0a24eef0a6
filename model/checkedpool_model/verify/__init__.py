"""What `make verify` asks of the model: scopes, mutants, refinement, each with its verdict."""
