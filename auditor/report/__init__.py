"""Showing: a Report to text, one file per format. Pure, except for the one safe writer."""
