"""The thin shell: performs what the pure machines order.  No branch here depends on the state of a pool."""
