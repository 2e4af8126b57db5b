"""Lines, comments, names and places in source text."""
