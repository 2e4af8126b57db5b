"""What the code of a service does, subject by subject."""
