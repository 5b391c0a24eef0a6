"""The executor on a cluster: its tickets as a machine, and all the rest on a real local cluster."""
