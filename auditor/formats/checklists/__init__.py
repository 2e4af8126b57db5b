"""Checklists that people keep as Markdown: task lists, weights, scores and totals, with their places."""
