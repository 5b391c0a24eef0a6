"""A real worker is killed at each point of its life, a thousand times over; behind `make kills`."""
