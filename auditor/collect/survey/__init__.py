"""A first look at a repository, by what probes know of stacks, reports, containers and routes."""
