"""The only code that knows both sides: machines on a simulated platform against the model."""
