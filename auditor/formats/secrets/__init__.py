"""What a secret looks like."""
