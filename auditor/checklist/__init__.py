"""Checklists: from YAML to values, with errors that name the place; everything of policy lives there."""
