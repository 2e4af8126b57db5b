"""Where a service starts."""
