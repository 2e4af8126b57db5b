"""The probes: one file for each thing that is looked at, found by entry point."""
