"""Shell, as far as it is read without running it."""
