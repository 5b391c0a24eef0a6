"""The pool's own behaviour suite, asked of the executor on a cluster: the same tests, and pools of another kind."""
