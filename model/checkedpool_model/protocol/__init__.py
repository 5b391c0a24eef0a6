"""The protocol as a transition system: state, actions, properties.  What may happen, not what is explored."""
