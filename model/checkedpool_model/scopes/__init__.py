"""The bounded systems that are explored, and what each of them covers."""
