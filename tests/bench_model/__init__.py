"""How fast the checker is: one model of a pool, explored by it, by a plain loop, by TLC and by SPIN."""
