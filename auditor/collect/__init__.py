"""Looking: finds probes, resolves the target, and runs the probes over it."""
