"""Reports in the repository, and what they are worth."""
