"""What a running deployment answers."""
