"""The repository: its stack, settings, documents, history."""
