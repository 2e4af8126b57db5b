"""What is reached from where a service starts."""
