"""What pipelines do, for the probes that ask."""
