"""Results of load tools."""
