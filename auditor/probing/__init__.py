"""The contract of a probe, and the only doors to the world: repository, HTTP, commands."""
