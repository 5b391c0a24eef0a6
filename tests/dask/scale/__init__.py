"""How far one scheduler goes: its costs measured, large clusters simulated with them, the speed beside the engine."""
