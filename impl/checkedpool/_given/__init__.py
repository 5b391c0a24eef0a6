"""What a program can give an executor for its workers, where that needs classes in the plain pool's place."""
