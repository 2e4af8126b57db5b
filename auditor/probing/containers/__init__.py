"""Images and Compose files of a service."""
