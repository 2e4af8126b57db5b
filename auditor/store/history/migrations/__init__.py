"""The revisions of the history's schema, run by `auditor.store.history.migrate` and by nothing else."""
