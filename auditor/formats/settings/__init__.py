"""Settings and environments, as files tell them."""
