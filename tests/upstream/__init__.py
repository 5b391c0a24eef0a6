"""What is to be told to those whose executors have a bug: pages, programs, on which versions it was seen."""
