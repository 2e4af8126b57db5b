"""One subject each, in whatever language."""
