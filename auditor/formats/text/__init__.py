"""The plain formats below all others: text, JSON, YAML, XML, CSV."""
