"""The worker's side: what runs in a worker process, and what it imports."""
