"""What the auditor's users keep: attestations and baselines."""
