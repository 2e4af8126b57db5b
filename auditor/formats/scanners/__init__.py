"""Reports of linters, type checkers and scanners."""
