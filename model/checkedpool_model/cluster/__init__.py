"""Tickets on a scheduler: the protocol of the executor on a cluster, small, and that it refines the contract."""
